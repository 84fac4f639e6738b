"""From what the stages found to what a claim's card says. Abstains first; a refutation always waits for two people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.verification.engine.admissibility import inadmissible, independent_of_us, not_citable
from services.verification.engine.independence import independent_groups
from services.verification.model import (
    REFUTING,
    SUPPORTING,
    Abstention,
    Basis,
    Claim,
    Evidence,
    Finding,
    Outcome,
    OutcomeStatus,
    PolicySettings,
    Rating,
    Sameness,
    Stage,
    StageResult,
    StageStatus,
    Stance,
)

BASIS = {
    Stage.KNOWN_CLAIM: Basis.KNOWN_CLAIM,
    Stage.STRUCTURED: Basis.STRUCTURED,
    Stage.STANCE: Basis.STANCE,
    Stage.PLUGIN: Basis.PLUGIN,
}
SUGGESTIONS = frozenset({Stage.STANCE, Stage.PLUGIN})  # what models say contradicts nothing by itself
STRENGTH = (Stage.KNOWN_CLAIM, Stage.STRUCTURED, Stage.STANCE, Stage.PLUGIN)
WAITING = "awaiting review"
UNREVIEWED = "Automated, not yet reviewed"


@dataclass(frozen=True)
class Ground:
    """A finding that passed every gate, with the stage it came from."""

    stage: Stage
    finding: Finding
    independent: bool  # rests on a source that is not our own analysis
    publisher: str


@dataclass(frozen=True)
class _Case:
    claim: Claim
    stages: tuple[StageResult, ...]
    evidence: Mapping[str, Evidence]
    settings: PolicySettings
    notes: tuple[str, ...]

    def outcome(
        self,
        status: OutcomeStatus,
        headline: str,
        code: Abstention | None,
        why: str = "",
        grounds: Sequence[Ground] = (),
        rating: Rating | None = None,
    ) -> Outcome:
        findings = [ground.finding for ground in grounds]
        return Outcome(
            claim_id=self.claim.claim_id,
            text_hash=self.claim.text_hash,
            status=status,
            rating=rating,
            headline=headline,
            explanation=" ".join(dict.fromkeys(f.explanation for f in findings if f.explanation)),
            abstention=why,
            abstention_code=code,
            basis=BASIS[grounds[0].stage] if grounds else Basis.NONE,
            citations=tuple(dict.fromkeys(c for f in findings for c in f.citations)),
            stages=self.stages,
            fact_check_id=next((f.fact_check_id for f in findings if f.fact_check_id), ""),
            notes=self.notes,
        )


def decide(
    claim: Claim, stages: Sequence[StageResult], evidence: Mapping[str, Evidence], settings: PolicySettings
) -> Outcome:
    """What a claim's card says after its checks. Pure: the same inputs give the same outcome.

    Nothing found, a failed lookup and a lookup that was not asked for never give a rating. Whatever contradicts a
    claim gives `needs_review` and no rating: refuting takes two people. Only a path whose measured precision allows
    it reaches a verdict alone, and never one that refutes.
    """
    if not claim.active:
        case = _Case(claim, tuple(stages), evidence, settings, ())
        return case.outcome(OutcomeStatus.WITHDRAWN, "This claim is no longer in the article.", None)
    grounds, notes = _grounds(claim, stages, evidence, settings)
    case = _Case(claim, tuple(stages), evidence, settings, notes)
    against = [ground for ground in grounds if _counts_against(ground)]
    supporting = [ground for ground in grounds if ground.finding.stance is Stance.SUPPORTS]
    supporting = [ground for ground in supporting if not _outweighed(ground, against)]
    if not against:  # that one statement of several holds, supports the others not
        supporting = [ground for ground in supporting if not ground.finding.of_part]
    if against and supporting:
        return _conflict(case, against, supporting)
    if against:
        return _contradicted(case, against)
    if supporting:
        return _supported(case, supporting)
    return _abstain(case, grounds)


def _outweighed(supporting: Ground, against: Sequence[Ground]) -> bool:
    """A model reads agreement into a text that, compared by code, says otherwise: the text is no second source."""
    contrary = {c.evidence_id for g in against if g.stage is not Stage.STANCE for c in g.finding.citations}
    return supporting.stage is Stage.STANCE and any(c.evidence_id in contrary for c in supporting.finding.citations)


def _counts_against(ground: Ground) -> bool:
    return ground.finding.stance is Stance.CONTRADICTS or ground.finding.rating in REFUTING


def _grounds(
    claim: Claim, stages: Sequence[StageResult], evidence: Mapping[str, Evidence], settings: PolicySettings
) -> tuple[list[Ground], tuple[str, ...]]:
    """Findings whose citations hold, strongest stage first, and a note about each one that was refused."""
    reasons = {item.evidence_id: inadmissible(item, claim, settings) for item in evidence.values()}
    grounds: list[Ground] = []
    notes: list[str] = []
    for stage in STRENGTH:
        for result in stages:
            if result.stage is not stage or result.status is not StageStatus.FOUND:
                continue
            for finding in result.findings:
                refused = _refusal(finding, evidence, reasons)
                if refused:
                    notes.append(f"{stage.value}: {refused}")
                    continue
                cited = [evidence[citation.evidence_id] for citation in finding.citations]
                publisher = finding.publisher or next((item.publisher for item in cited if item.publisher), "")
                grounds.append(Ground(stage, finding, any(map(independent_of_us, cited)), publisher))
    return grounds, tuple(dict.fromkeys(notes))


def _refusal(finding: Finding, evidence: Mapping[str, Evidence], reasons: Mapping[str, str]) -> str:
    if finding.comparison is not None and finding.comparison.sameness is not Sameness.SAME:
        return finding.comparison.explanation or "an earlier fact check is about another claim"
    if not finding.citations and finding.fact_check_id:
        return f"the page of an earlier fact check by {finding.publisher or 'another publisher'} is not stored yet"
    if not finding.citations:
        return "nothing stored could be cited for it"
    for citation in finding.citations:
        reason = not_citable(citation, evidence) or reasons[citation.evidence_id]
        if reason:
            return reason
    return ""


def _conflict(case: _Case, against: Sequence[Ground], supporting: Sequence[Ground]) -> Outcome:
    strong = [g for g in against if g.stage not in SUGGESTIONS]
    if not strong:  # a model alone is no contradiction; the support is judged without it, by people
        headline = f"Supported by {_names(supporting)}, but other sources may disagree, {WAITING}."
        why = "Some sources seem to support this and others to dispute it. A person has to read them."
        return case.outcome(
            OutcomeStatus.NEEDS_REVIEW, headline, Abstention.SOURCES_CONFLICT, why, [*supporting, *against]
        )
    headline = f"Sources disagree: {_names(supporting)} for, {_names(strong)} against, {WAITING}."
    why = "Sources contradict each other on this. The machine takes no side."
    return case.outcome(
        OutcomeStatus.NEEDS_REVIEW,
        headline,
        Abstention.SOURCES_CONFLICT,
        why,
        [*supporting, *strong],
        rating=Rating.CONFLICTING if all(_positive(g) for g in (*supporting, *strong)) else None,
    )


def _positive(ground: Ground) -> bool:
    return ground.stage in (Stage.KNOWN_CLAIM, Stage.STRUCTURED) and ground.independent


def _contradicted(case: _Case, against: Sequence[Ground]) -> Outcome:
    strong = [g for g in against if g.stage not in SUGGESTIONS]
    if not strong:
        headline = f"A source may disagree with this, {WAITING}."
        why = "A text seems to dispute this, but the passage states no contrary fact that could be checked."
        return case.outcome(OutcomeStatus.NEEDS_REVIEW, headline, Abstention.ONLY_DISCUSSED, why, against)
    independent = [g for g in strong if g.independent]
    if not independent:
        headline = f"Our own analysis says otherwise, {WAITING}."
        why = f"Only analysis by {case.settings.site_name} contradicts this, and that alone cannot refute a claim."
        return case.outcome(OutcomeStatus.NEEDS_REVIEW, headline, Abstention.ONLY_OWN_ANALYSIS, why, strong)
    headline = f"Contradicted by {_names(independent)}, {WAITING}."
    why = "Calling a claim refuted takes two people. Until they have looked, this says only what was found."
    ordered = [*independent, *(g for g in strong if not g.independent)]
    return case.outcome(OutcomeStatus.NEEDS_REVIEW, headline, Abstention.CONTRADICTION_NEEDS_PEOPLE, why, ordered)


def _supported(case: _Case, supporting: Sequence[Ground]) -> Outcome:
    firm = [g for g in supporting if g.stage in (Stage.KNOWN_CLAIM, Stage.STRUCTURED)]
    if not firm and not _enough_stance(case, supporting):
        headline = f"Mentioned by {_names(supporting)}, {WAITING}."
        why = "Sources seem to agree, but not firmly or not independently enough to suggest a rating."
        return case.outcome(OutcomeStatus.NEEDS_REVIEW, headline, Abstention.ONLY_DISCUSSED, why, supporting)
    grounds = firm or list(supporting)
    rating = _agreed_rating(grounds)
    if rating is None:
        headline = f"Checked before by {_names(grounds)}, {WAITING}."
        why = "Earlier checks rate this differently or in words our scale does not have."
        return case.outcome(OutcomeStatus.NEEDS_REVIEW, headline, Abstention.SOURCES_CONFLICT, why, grounds)
    words = {Rating.MIXED: "Partly supported", Rating.MISSING_CONTEXT: "True but missing context"}.get(
        rating, "Supported"
    )
    path = BASIS[grounds[0].stage]
    if case.settings.may_decide_alone(path, rating) and grounds[0].independent:
        headline = f"{words} by {_names(grounds)}. Decided automatically; no person has reviewed it."
        return case.outcome(OutcomeStatus.VERDICT, headline, None, "", grounds, rating)
    headline = f"{words} by {_names(grounds)}. {UNREVIEWED}."
    why = "This way of checking has not yet been shown to be right often enough to decide alone."
    return case.outcome(OutcomeStatus.ASSESSED, headline, Abstention.PATH_NOT_MEASURED, why, grounds, rating)


def _enough_stance(case: _Case, supporting: Sequence[Ground]) -> bool:
    sure = [g for g in supporting if g.finding.score >= case.settings.stance_score and g.independent]
    cited = {c.evidence_id: case.evidence[c.evidence_id] for g in sure for c in g.finding.citations}
    return len(independent_groups(list(cited.values()))) >= case.settings.stance_sources


def _agreed_rating(grounds: Sequence[Ground]) -> Rating | None:
    ratings = {g.finding.rating or Rating.SUPPORTED for g in grounds}
    if len(ratings) == 1:
        return next(iter(ratings))
    # where both degrees of support were given, the weaker one is the careful answer
    return Rating.MOSTLY_SUPPORTED if ratings <= SUPPORTING else None


def _abstain(case: _Case, grounds: Sequence[Ground]) -> Outcome:
    code, why = _why_nothing(case, grounds)
    headline = {
        Abstention.ONLY_DISCUSSED: "Sources discuss this without settling it.",
        Abstention.LOOKUP_FAILED: "Not checked yet: a source could not be reached.",
        Abstention.NOT_LOOKED_UP: "Not checked yet.",
        Abstention.LANGUAGE: "Not checked by machine in this language.",
    }.get(code, "Not enough evidence yet.")
    return case.outcome(OutcomeStatus.NEEDS_REVIEW, headline, code, why, grounds)


def _why_nothing(case: _Case, grounds: Sequence[Ground]) -> tuple[Abstention, str]:
    if grounds:
        return Abstention.ONLY_DISCUSSED, "The passages found are about this, but none states it or its opposite."
    looked = [result for result in case.stages if result.stage in (Stage.RETRIEVAL, Stage.KNOWN_CLAIM)]
    if case.claim.language.split("-")[0] not in case.settings.languages:
        return Abstention.LANGUAGE, "The checks do not read this language; a person has to look."
    if any(result.status is StageStatus.FAILED for result in looked):
        return Abstention.LOOKUP_FAILED, "A lookup failed and will be tried again. That says nothing about the claim."
    different = _different_claims(case.stages)
    if different:
        return Abstention.DIFFERENT_CLAIM, f"The nearest earlier fact check is about another claim: {different}"
    if case.notes:
        return Abstention.NO_ADMISSIBLE_SOURCE, f"What was found may not be used as evidence: {case.notes[0]}."
    if all(result.status is StageStatus.NOT_ASKED for result in looked):
        return Abstention.NOT_LOOKED_UP, "No source was asked about this. That says nothing about the claim."
    return Abstention.NOTHING_FOUND, "Nothing was found that states this or its opposite. That does not make it wrong."


def _different_claims(stages: Iterable[StageResult]) -> str:
    for result in stages:
        for finding in result.findings:
            if finding.comparison is not None and finding.comparison.sameness is Sameness.DIFFERENT:
                return finding.comparison.explanation
    return ""


def _names(grounds: Sequence[Ground]) -> str:
    names = list(dict.fromkeys(ground.publisher or "a source" for ground in grounds))
    if len(names) <= 2:
        return " and ".join(names)
    return f"{names[0]}, {names[1]} and {len(names) - 2} more"


def without_stages(outcome: Outcome) -> Outcome:
    """The decision alone, for comparing two runs: costs and times left out."""
    return replace(outcome, stages=())
