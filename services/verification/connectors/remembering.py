"""Where answers are remembered: in this process, or in the database for every instance. A failure never is."""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from services.verification.connectors.port import Lead, Question
from services.verification.model import Evidence, Lookup, StageStatus
from services.verification.store import answers
from shared.postgres import Sql

REMEMBERED = 1_000  # questions of one process
KEPT = frozenset({StageStatus.FOUND, StageStatus.NOTHING})


@dataclass(frozen=True, slots=True)
class Asked:
    """A connector's answer to one question, and how it went."""

    lookup: Lookup
    leads: tuple[Lead, ...] = ()
    documents: tuple[Evidence, ...] = ()
    reviews: tuple[dict[str, Any], ...] = ()


class Memory(Protocol):
    """Remembers answers of connectors."""

    async def recall(self, connector: str, question: Question, within: float) -> tuple[float, Asked] | None:
        """(age in seconds, answer), where one is younger than `within` seconds."""
        ...

    async def keep(self, connector: str, question: Question, asked: Asked) -> None:
        """Found and nothing are kept, whatever else an answer is is not."""
        ...


class InProcess:
    """For one process, until it ends."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._kept: OrderedDict[tuple[str, Question], tuple[float, Asked]] = OrderedDict()

    async def recall(self, connector: str, question: Question, within: float) -> tuple[float, Asked] | None:
        if (held := self._kept.get((connector, question))) is None:
            return None
        age = self._seconds() - held[0]
        return (age, held[1]) if age < within else None

    async def keep(self, connector: str, question: Question, asked: Asked) -> None:
        if asked.lookup.status not in KEPT:
            return
        self._kept[connector, question] = (self._seconds(), asked)
        self._kept.move_to_end((connector, question))
        while len(self._kept) > REMEMBERED:
            self._kept.popitem(last=False)


class InDatabase:
    """For every instance, as long as the retention of `connector_answer` says."""

    def __init__(self, sql: Sql, now: Callable[[], datetime]) -> None:
        self._sql, self._now = sql, now

    async def recall(self, connector: str, question: Question, within: float) -> tuple[float, Asked] | None:
        now, site_id = self._now(), UUID(question.site_id)
        since = now - timedelta(seconds=within)
        found = await answers.recall(self._sql, site_id, connector, digest(question), since)
        if found is None:
            return None
        try:
            asked = _written().validate_json(found[0])
        except ValidationError:  # written by another release
            return None
        return max(0.0, (now - found[1]).total_seconds()), asked

    async def keep(self, connector: str, question: Question, asked: Asked) -> None:
        if asked.lookup.status not in KEPT:
            return
        body = _written().dump_json(asked).decode()
        if len(body.encode()) > answers.LARGEST or "\\u0000" in body:
            return
        kept = (asked.lookup.status.value, body, self._now())
        await answers.keep(self._sql, UUID(question.site_id), connector, digest(question), *kept)


def digest(question: Question) -> str:
    """The name of a question: the same words of another site, language or audience are another one."""
    said = [question.site_id, question.text, question.language, question.public]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@cache
def _written() -> TypeAdapter[Asked]:
    return TypeAdapter(Asked)
