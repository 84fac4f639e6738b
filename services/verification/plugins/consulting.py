"""Consults the plug-ins about the claims of a round, within limits, and lets through what passes the gate."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.verification.connectors.breaker import Breaker
from services.verification.engine.admissibility import inadmissible
from services.verification.engine.instructions import addressed_to_machines
from services.verification.engine.proposals import Refusal, admit
from services.verification.engine.selection import select_passages
from services.verification.model import Claim, Evidence, PolicySettings, Stage, StageResult, StageStatus
from services.verification.plugins.port import Offered, Proposal, Verifier, VerifierFailed
from services.verification.spending import SPENT, Purse

PASSAGES = 4  # of one source
SOURCES = 8  # of one claim

Refused = Callable[[str, Refusal, int], None]


@dataclass(frozen=True, slots=True)
class Spend:
    """What one plug-in may cost. `claims` and `cost_micros` are for each round of checks."""

    seconds: float = 30.0
    claims: int = 40
    cost_micros: int = 1_000_000
    at_once: int = 2
    failures: int = 3
    rest_seconds: float = 60.0


@dataclass(frozen=True)
class Consultation:
    """A claim and the sources held against it."""

    claim: Claim
    sources: Sequence[Evidence]
    settings: PolicySettings
    public: bool = True
    site_id: str = ""


class Consulting:
    """One plug-in behind its limits and the gate."""

    def __init__(
        self,
        verifier: Verifier,
        spend: Spend | None = None,
        *,
        drafts: bool = False,
        refused: Refused = lambda plugin, why, count: None,
        seconds: Callable[[], float] = time.monotonic,
        purse: Purse | None = None,
    ) -> None:
        self._verifier, self._spend, self._drafts = verifier, spend or Spend(), drafts
        self._refused, self._seconds, self._purse = refused, seconds, purse
        self._slots = asyncio.Semaphore(self._spend.at_once)
        self._breaker = Breaker(self._spend.failures, self._spend.rest_seconds)

    async def round(self, cases: Sequence[Consultation]) -> list[StageResult]:
        """One result for each case. A plug-in that fails, costs too much or is refused changes no other stage."""
        left = RoundPurse(self._spend.cost_micros)
        asked = [self._one(case, left) if n < self._spend.claims else self._over() for n, case in enumerate(cases)]
        return list(await asyncio.gather(*asked))

    async def _over(self) -> StageResult:
        return self._result(StageStatus.NOT_ASKED, "the claims of this round were spent")

    async def _one(self, case: Consultation, left: RoundPurse) -> StageResult:
        if self._verifier.outside and not case.public and not self._drafts:
            return self._result(StageStatus.NOT_ASKED, "what is not published is not told to others")
        async with self._slots:
            if left.micros <= 0:
                return self._result(StageStatus.NOT_ASKED, "the cost of this round was spent")
            if wait := self._breaker.resting(self._seconds()):
                return self._result(StageStatus.FAILED, f"left alone for another {wait:.0f} s after failures")
            offered = await asyncio.to_thread(offer, case)
            if not offered:
                return self._result(StageStatus.NOT_ASKED, "no passage to show")
            started, most = self._seconds(), self._verifier.most(case.claim.text, offered)
            taken = await self._purse.take(case.site_id, self._verifier.name, most) if self._purse and most else None
            if self._purse and most and taken is None:
                return self._result(StageStatus.NOT_ASKED, SPENT)
            result = await self._ask(case, offered, most)
            if self._purse and taken is not None:
                await self._purse.settle(taken, result.cost_micros)
        left.micros -= result.cost_micros
        return replace(result, milliseconds=round((self._seconds() - started) * 1000))

    async def _ask(self, case: Consultation, offered: Sequence[Offered], most: int) -> StageResult:
        try:
            async with asyncio.timeout(self._spend.seconds):
                proposal = await self._verifier.propose(case.claim.text, offered)
        except TimeoutError:
            # the question may have been answered for all we know: it counts at its most
            return self._failed(f"no answer within {self._spend.seconds:g} s", None, Proposal(cost_micros=most))
        except VerifierFailed as failure:
            return self._failed(failure.detail, failure.retry_after, failure.spent)
        self._breaker = self._breaker.succeeded()
        shown = {each.evidence_id for each in offered}
        known = {item.evidence_id: item for item in case.sources if item.evidence_id in shown}
        admitted = admit(case.claim, proposal.proposed, known, by=self._verifier.name)
        for why, count in sorted(admitted.refused.items()):
            self._refused(self._verifier.name, why, count)
        told = "".join(f", {count} refused ({why.value})" for why, count in sorted(admitted.refused.items()))
        status = StageStatus.FOUND if admitted.findings else StageStatus.NOTHING
        found = self._result(status, f"{len(offered)} sources shown{told}", proposal)
        return replace(found, findings=admitted.findings)

    def _failed(self, detail: str, retry_after: float | None, spent: Proposal) -> StageResult:
        self._breaker = self._breaker.failing(self._seconds(), retry_after)
        return self._result(StageStatus.FAILED, detail, spent)

    def _result(self, status: StageStatus, detail: str, spent: Proposal | None = None) -> StageResult:
        cost = spent or Proposal()
        return StageResult(
            Stage.PLUGIN,
            status,
            detail=f"{self._verifier.name}: {detail}",
            cost_micros=cost.cost_micros,
            tokens=cost.tokens,
            model_hash=cost.model_hash,
        )


class RoundPurse:
    """What is left of a round's money."""

    def __init__(self, micros: int) -> None:
        self.micros = micros


class Plugins:
    """Every plug-in that is switched on."""

    def __init__(self, consulting: Sequence[Consulting] = ()) -> None:
        self._consulting = tuple(consulting)

    async def round(self, cases: Mapping[str, Consultation]) -> dict[str, tuple[StageResult, ...]]:
        """By claim, what each plug-in proposed."""
        rounds = await asyncio.gather(*(each.round(list(cases.values())) for each in self._consulting))
        return {claim_id: tuple(results[n] for results in rounds) for n, claim_id in enumerate(cases)}


def offer(case: Consultation) -> list[Offered]:
    """The passages that bear on the claim, of sources that may be evidence; nothing that speaks to machines."""
    offered: list[Offered] = []
    for item in case.sources:
        if len(offered) == SOURCES:
            break
        if inadmissible(item, case.claim, case.settings):
            continue
        passages = [p.text for p in select_passages(case.claim.text, item.text, PASSAGES)]
        kept = tuple(text for text in passages if not addressed_to_machines(text))
        if kept:
            offered.append(Offered(item.evidence_id, item.publisher, kept))
    return offered
