"""One claim against all that was looked up for it: each stage's answer, and from them the outcome. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.verification.engine.addresses import site_of
from services.verification.engine.agreement import AgreementModel, agreement_stage
from services.verification.engine.checking import cite_passage, known_claim_stage, structured_stage
from services.verification.engine.matching import Match
from services.verification.engine.policy import decide
from services.verification.engine.selection import select_passages
from services.verification.model import (
    Claim,
    Evidence,
    FactCheck,
    Finding,
    Lookup,
    Outcome,
    PolicySettings,
    Sameness,
    Stage,
    StageResult,
    StageStatus,
    Stance,
)
from services.verification.model.affected import Basis

SHOWN = 2  # passages of one source put before a reviewer

Seconds = Callable[[], float]


@dataclass(frozen=True)
class Found:
    """What was looked up for one claim. `sources` are pages the subject rests on; `held` is everything else that may be
    cited: the pages of fact checks, and what our own verdicts stand on."""

    matches: Sequence[Match] = ()
    fact_checks: Mapping[str, FactCheck] = field(default_factory=dict)
    sources: Sequence[Evidence] = ()
    held: Sequence[Evidence] = ()
    retrieval: tuple[StageStatus, str] = (StageStatus.NOT_ASKED, "no source to look at")
    lookups: Sequence[Lookup] = ()  # what each connector answered
    proposals: Sequence[StageResult] = ()  # what plug-ins proposed, past their gate
    agreement: AgreementModel | None = None  # reads whether passages say what the claim says
    report: bool = False  # the claim says that somebody said something
    model_hash: str = ""

    @property
    def evidence(self) -> dict[str, Evidence]:
        """Everything the stages may cite, by id."""
        return {item.evidence_id: item for item in (*self.sources, *self.held)}


def assess(claim: Claim, found: Found, settings: PolicySettings, seconds: Seconds = time.perf_counter) -> Outcome:
    """What the machine says of a claim. The same input gives the same outcome; only the recorded times differ."""
    stages = [
        _timed(seconds, lambda: known_claim(claim, found, settings)),
        _timed(seconds, lambda: structured_stage(claim, found.sources, report=found.report)),
        _timed(seconds, lambda: retrieval_stage(claim, found)),
        *found.proposals,
        *([] if found.agreement is None or found.report else [_timed(seconds, lambda: agreed(claim, found))]),
    ]
    return decide(claim, stages, found.evidence, settings)


def agreed(claim: Claim, found: Found) -> StageResult:
    """How far the sources say what the claim says."""
    assert found.agreement is not None
    return agreement_stage(claim, found.sources, found.agreement)


def basis_of(claim: Claim, found: Found, settings: PolicySettings, asked: Collection[str]) -> Basis:
    """What the assessment of a claim stands on, so that a change of it is known to touch the claim."""
    near = {
        match.fact_check_id
        for match in found.matches
        if match.similarity >= settings.match_similarity
        and match.comparison.sameness is not Sameness.NOT_COMPARABLE
        and (check := found.fact_checks.get(match.fact_check_id)) is not None
        and not of_itself(claim, check)
    }
    hosts = {site_of(item.url) for item in found.evidence.values()} | {site_of(url) for url in asked}
    return Basis(frozenset(near), frozenset(asked), frozenset(hosts - {""}))


def unfinished(claim: Claim, found: Found, settings: PolicySettings, detail: str) -> Outcome:
    """The outcome of a claim whose checks could not be finished: nothing is concluded from that."""
    stages = [StageResult(stage, StageStatus.FAILED, detail=detail) for stage in (Stage.KNOWN_CLAIM, Stage.RETRIEVAL)]
    return decide(claim, stages, found.evidence, settings)


def known_claim(claim: Claim, found: Found, settings: PolicySettings) -> StageResult:
    """Earlier fact checks of the claim. Verdicts on this very claim or article are none; who said it is not rated."""
    if found.report:
        return StageResult(Stage.KNOWN_CLAIM, StageStatus.NOT_ASKED, detail="that it was said is not what was checked")
    others = {each: check for each, check in found.fact_checks.items() if not of_itself(claim, check)}
    result = known_claim_stage(claim, found.matches, others, found.evidence, settings)
    return replace(result, model_hash=found.model_hash)


def of_itself(claim: Claim, check: FactCheck) -> bool:
    """Whether our own verdict on this claim, or on another of its article, would be used to judge it."""
    same_article = bool(claim.article_id) and check.article_id == claim.article_id
    return check.own and (check.claim_id == claim.claim_id or same_article)


def retrieval_stage(claim: Claim, found: Found) -> StageResult:
    """How the look-ups went, with the nearest passages for whoever reviews the claim. It decides nothing."""
    status, detail = found.retrieval
    nearest = (
        (source, passage) for source in found.sources for passage in select_passages(claim.text, source.text, SHOWN)
    )
    findings = tuple(
        Finding(
            Stance.DISCUSSES,
            "",
            (cite_passage(source, passage, Stance.DISCUSSES),),
            score=passage.score,
            publisher=source.publisher,
        )
        for source, passage in nearest
    )
    if status is StageStatus.FOUND and not findings:
        status = StageStatus.NOTHING
    return StageResult(Stage.RETRIEVAL, status, findings, detail, lookups=tuple(found.lookups))


def _timed(seconds: Seconds, stage: Callable[[], StageResult]) -> StageResult:
    started = seconds()
    result = stage()
    return replace(result, milliseconds=round((seconds() - started) * 1000))
