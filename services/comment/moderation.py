"""Moderation that fails held: whatever goes wrong, a comment waits for a person instead of appearing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from services.comment.engine.rules import Case, History, Reason, judge
from services.comment.engine.words import Words
from services.comment.model import Judgement, Settings

SECONDS = 2.0
FAILED = "moderation_failed"
PREMODERATED = "premoderation"


class Moderation:
    """Judges comments by rule, in a thread, within a time limit."""

    def __init__(
        self, log: Any, *, judge: Callable[[Case], tuple[Reason, ...]] = judge, seconds: float = SECONDS
    ) -> None:
        self._log, self._judge, self._seconds = log, judge, seconds

    async def judge(self, words: Words, name: str, history: History, settings: Settings) -> Judgement:
        """All reasons that spoke; held when there is one, when the site reads everything first, or when judging failed."""
        case = Case(words.text, words.raw, name, words.links, history, settings.limits)
        try:
            reasons = tuple(await asyncio.wait_for(asyncio.to_thread(self._judge, case), self._seconds))
        except Exception as error:  # C2: an error and a time-out hold, they never publish
            self._log.error("moderation.failed", error=type(error).__name__)
            return Judgement(True, (Reason(FAILED, 0, len(words.text), 1.0, 1.0),))
        if settings.premoderated:
            reasons = (*reasons, Reason(PREMODERATED, 0, len(words.text), 1.0, 1.0))
        return Judgement(bool(reasons), reasons)
