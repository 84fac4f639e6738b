"""An inference model of the operator's: an ONNX file, its tokenizer, and a config that names its labels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from services.verification.engine.proposals import Proposed
from services.verification.model import Stance
from services.verification.plugins.port import Offered, Proposal, VerifierFailed

LONGEST = 256  # tokens of passage and claim together
SURE = 0.8
BATCH = 16
LABELS = {"entailment": Stance.SUPPORTS, "contradiction": Stance.CONTRADICTS}

OffLoop = Callable[..., Awaitable[Any]]


class Inference:
    """Reads passage and claim as premise and hypothesis. Loaded at first use, off the event loop; nothing leaves the machine."""

    name, outside = "nli", False

    def __init__(self, folder: Path, off_loop: OffLoop) -> None:
        self._folder, self._off_loop = folder, off_loop
        self._model: _Loaded | None = None

    def most(self, claim: str, offered: Sequence[Offered]) -> int:
        return 0

    async def propose(self, claim: str, offered: Sequence[Offered]) -> Proposal:
        """The passages the model is sure about, with its probability as their score."""
        proposal: Proposal = await self._off_loop(self._propose, claim, tuple(offered))
        return proposal

    def _propose(self, claim: str, offered: Sequence[Offered]) -> Proposal:
        try:
            self._model = self._model or _Loaded(self._folder)
            pairs = [(each.evidence_id, passage) for each in offered for passage in each.passages]
            judged, tokens = self._model.judge([passage for _, passage in pairs], claim)
        except Exception as error:  # a runtime of native code; whatever it raises, the plug-in has failed
            raise VerifierFailed(f"the model could not be run ({type(error).__name__})") from error
        proposed = tuple(
            Proposed(evidence_id, passage, stance.value, score)
            for (evidence_id, passage), (stance, score) in zip(pairs, judged, strict=True)
            if stance is not None and score >= SURE
        )
        return Proposal(proposed, tokens, 0, self._model.sha256)


class _Loaded:
    """The session, the tokenizer and the order of the labels. Raises for a folder that does not hold all three."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        body = (folder / "model.onnx").read_bytes()
        self.sha256 = hashlib.sha256(body).hexdigest()
        named = json.loads((folder / "config.json").read_text(encoding="utf-8"))["id2label"]
        self._stances = [LABELS.get(str(named[str(n)]).lower()) for n in range(len(named))]
        if set(LABELS.values()) - set(self._stances):
            raise ValueError("the labels do not name entailment and contradiction")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(LONGEST, strategy="only_first")
        self._tokenizer.enable_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(body, options, providers=["CPUExecutionProvider"])
        self._wanted = {each.name for each in self._session.get_inputs()}

    def judge(self, passages: Sequence[str], claim: str) -> tuple[list[tuple[Stance | None, float]], int]:
        """(stance or None for neutral, probability) of each passage, and the tokens read."""
        import numpy as np

        judged: list[tuple[Stance | None, float]] = []
        tokens = 0
        for start in range(0, len(passages), BATCH):
            read = self._tokenizer.encode_batch([(passage, claim) for passage in passages[start : start + BATCH]])
            fed = {
                "input_ids": [each.ids for each in read],
                "attention_mask": [each.attention_mask for each in read],
                "token_type_ids": [each.type_ids for each in read],
            }
            tokens += sum(sum(each.attention_mask) for each in read)
            given = {name: np.array(rows, np.int64) for name, rows in fed.items() if name in self._wanted}
            raw = np.asarray(self._session.run(None, given)[0], np.float64)
            shares = np.exp(raw - raw.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            judged += [(self._stances[int(row.argmax())], float(row.max())) for row in shares]
        return judged, tokens
