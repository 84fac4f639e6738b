"""Asks connectors within limits: a time-out, a number of requests and of leads, a breaker, a cap, a cache with its age."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from services.verification.connectors.breaker import Breaker
from services.verification.connectors.port import Answer, AskFailed, Connector, Question
from services.verification.connectors.remembering import Asked, InProcess, Memory
from services.verification.fetcher import Response
from services.verification.model import Lookup, StageStatus
from services.verification.sandbox import FetchFailed, PageText
from services.verification.spending import SPENT, Purse

ANEW_SECONDS = 60.0  # "Verify now" asks again what is older than this


class Door(Protocol):
    """The fetcher, as far as connectors need it."""

    async def ask(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response: ...

    async def read(
        self, body: bytes, *, url: str, content_type: str, charset: str = "", within: str = "page"
    ) -> PageText: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connector may spend. `requests` and `leads` are for each claim."""

    seconds: float = 8.0
    requests: int = 4
    leads: int = 3
    at_once: int = 2
    remember_seconds: float = 900.0
    failures: int = 3
    rest_seconds: float = 60.0


class _DaySpent(Exception):
    """The day's budget does not allow a further request."""


Pay = Callable[[], Awaitable[bool]]


class _Counted:
    """The door for one question: no more requests than its budget, and none that cannot be paid for."""

    def __init__(self, door: Door, budget: int, pay: Pay) -> None:
        self._door, self._budget, self._pay, self.spent = door, budget, pay, 0

    async def ask(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
        if self.spent >= self._budget:
            raise AskFailed("the requests for this claim were spent")
        if not await self._pay():
            raise _DaySpent
        self.spent += 1
        try:
            return await self._door.ask(url, headers=headers)
        except FetchFailed as failure:
            raise AskFailed(f"{failure.problem.value}: {failure.detail}", failure.retry_after) from failure

    async def read(
        self, body: bytes, *, url: str, content_type: str, charset: str = "", within: str = "page"
    ) -> PageText:
        try:
            return await self._door.read(body, url=url, content_type=content_type, charset=charset, within=within)
        except FetchFailed as failure:
            raise AskFailed(f"{failure.problem.value}: {failure.detail}") from failure


class Asking:
    """One connector behind its limits. Whatever the provider does, the answer is found, nothing, failed or not asked."""

    def __init__(
        self,
        connector: Connector,
        door: Door,
        limits: Limits | None = None,
        *,
        drafts: bool = False,
        seconds: Callable[[], float] = time.monotonic,
        memory: Memory | None = None,
        price: int = 0,
        purse: Purse | None = None,
    ) -> None:
        self.connector, self._door, self._limits = connector, door, limits or Limits()
        self._drafts, self._seconds = drafts, seconds
        self._slots = asyncio.Semaphore(self._limits.at_once)
        self._breaker = Breaker(self._limits.failures, self._limits.rest_seconds)
        self._memory = memory or InProcess(seconds)
        self._price, self._purse = price, purse

    async def ask(self, question: Question, *, anew: bool = False) -> Asked:
        """Never raises for what a provider does. A failure is never remembered; found and nothing are, and say how old
        they are."""
        if self.connector.outside and not question.public and not self._drafts:
            return self._without(StageStatus.NOT_ASKED, "what is not published is not told to others")
        if (kept := await self._remembered(question, anew)) is not None:
            return kept
        async with self._slots:
            if wait := self._breaker.resting(self._seconds()):
                return self._without(StageStatus.FAILED, f"left alone for another {wait:.0f} s after failures")
            asked = await self._ask(question)
        if self._limits.remember_seconds:
            await self._memory.keep(self.connector.name, question, asked)
        return asked

    async def _ask(self, question: Question) -> Asked:
        started = self._seconds()
        counted = _Counted(self._door, self._limits.requests, partial(self._paid, question.site_id))
        try:
            async with asyncio.timeout(self._limits.seconds):
                answer = await self.connector.ask(question, counted)
        except TimeoutError:
            asked = self._failed(f"no answer within {self._limits.seconds:g} s")
        except AskFailed as failure:
            asked = self._failed(failure.detail, failure.retry_after)
        except _DaySpent:
            asked = self._without(StageStatus.NOT_ASKED, SPENT)
        except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError) as error:
            # a provider that breaks its own format is a provider that failed
            asked = self._failed(f"an answer that could not be read ({type(error).__name__})")
        else:
            self._breaker = self._breaker.succeeded()
            asked = self._answered(answer)
        spent = round((self._seconds() - started) * 1000)
        return replace(asked, lookup=replace(asked.lookup, milliseconds=spent, requests=counted.spent))

    async def _paid(self, site_id: str) -> bool:
        """Whether a request may be sent: one that costs something is counted before."""
        if not self._price or self._purse is None:
            return True
        taken = await self._purse.take(site_id, self.connector.name, self._price)
        if taken is not None:
            await self._purse.settle(taken, self._price)
        return taken is not None

    def _answered(self, answer: Answer) -> Asked:
        if answer.skipped:
            return self._without(StageStatus.NOT_ASKED, answer.skipped)
        leads, documents = answer.leads[: self._limits.leads], answer.documents[: self._limits.leads]
        status = StageStatus.FOUND if leads or documents or answer.reviews else StageStatus.NOTHING
        return Asked(Lookup(self.connector.name, status, answer.detail), leads, documents, answer.reviews)

    def _failed(self, detail: str, retry_after: float | None = None) -> Asked:
        self._breaker = self._breaker.failing(self._seconds(), retry_after)
        return self._without(StageStatus.FAILED, detail)

    def _without(self, status: StageStatus, detail: str) -> Asked:
        return Asked(Lookup(self.connector.name, status, detail))

    async def _remembered(self, question: Question, anew: bool) -> Asked | None:
        within = min(ANEW_SECONDS, self._limits.remember_seconds) if anew else self._limits.remember_seconds
        held = await self._memory.recall(self.connector.name, question, within) if within else None
        if held is None:
            return None
        age, asked = held
        return replace(asked, lookup=replace(asked.lookup, age_seconds=int(age), milliseconds=0, requests=0))


class Sources:
    """Every configured connector. `round_seconds` bounds what one round of checks waits for them."""

    def __init__(
        self,
        asking: Sequence[Asking],
        *,
        round_seconds: float = 20.0,
        count: Callable[[Lookup], None] = lambda lookup: None,
    ) -> None:
        self._asking, self._round, self._count = tuple(asking), round_seconds, count

    async def about(self, questions: Sequence[Question], *, anew: bool = False) -> list[list[Asked]]:
        """For each question what each connector answered. What the round had no time for has failed, and says so."""
        pairs = [(asking, question) for question in questions for asking in self._asking]
        if not pairs:
            return [[] for _ in questions]
        tasks = [asyncio.create_task(asking.ask(question, anew=anew)) for asking, question in pairs]
        try:
            await asyncio.wait(tasks, timeout=self._round)
            answers = [
                task.result()
                if task.done()
                else asking._without(StageStatus.FAILED, "the time of this round was spent")
                for task, (asking, _) in zip(tasks, pairs, strict=True)
            ]
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        for answer in answers:
            self._count(answer.lookup)
        each = len(self._asking)
        return [answers[n * each : (n + 1) * each] for n in range(len(questions))]
