"""The stages that need no network: each takes a claim and stored texts and says what it found, with citations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.verification.engine.disputed import about_a_rumour, only_repeated
from services.verification.engine.entirety import of_a_table, only_said, supposed
from services.verification.engine.matching import Match
from services.verification.engine.numeric import Figures, NumericCheck, check_numbers
from services.verification.engine.page_numbers import on_page
from services.verification.engine.parts import told_of_parts
from services.verification.engine.pronouns import speaks_of_its_own
from services.verification.engine.quotes import Quoted, check_quote
from services.verification.engine.selection import Passage, select_passages
from services.verification.engine.told import Told
from services.verification.model import (
    REFUTING,
    Citation,
    Claim,
    Comparison,
    Evidence,
    FactCheck,
    Finding,
    PolicySettings,
    Rating,
    Sameness,
    Stage,
    StageResult,
    StageStatus,
    Stance,
)

PASSAGES = 8
QUOTED = re.compile(r"[“\"]([^“”\"]{12,})(?:[”\"]|$)")  # a quotation that goes on in the next paragraph stays open
FEW_WORDS = 4


def known_claim_stage(
    claim: Claim,
    matches: Sequence[Match],
    fact_checks: Mapping[str, FactCheck],
    evidence: Mapping[str, Evidence],
    settings: PolicySettings,
) -> StageResult:
    """What earlier fact checks say. One that is the same claim carries its rating, cited from its stored page or, for
    our own verdicts, from the passages it stands on; the nearest one about another claim is told as such."""
    findings: list[Finding] = []
    for match in matches:
        check = fact_checks.get(match.fact_check_id)
        if check is None or check.withdrawn or match.similarity < settings.match_similarity:
            continue
        if match.same:
            findings.append(_carried(claim, match, check, evidence))
        elif match.comparison.sameness is Sameness.DIFFERENT and not findings:
            findings.append(_another_claim(match, check))
    same = [f for f in findings if f.comparison is not None and f.comparison.sameness is Sameness.SAME]
    kept = same or findings
    status = StageStatus.FOUND if kept else StageStatus.NOTHING
    return StageResult(Stage.KNOWN_CLAIM, status, tuple(kept), f"{len(matches)} near fact checks compared")


def structured_stage(claim: Claim, evidence: Sequence[Evidence], *, report: bool = False) -> StageResult:
    """Figures, dates and ranks held against stored texts. A text that states the claimed figure anywhere is not counted
    against the claim for another figure elsewhere in it.

    For a `report` ("X said P") it is the quoted words instead: they stand in a text or do not, whether P holds or not.
    """
    findings: list[Finding] = []
    for item in evidence:
        finding = _quotation(claim, item) if report else _figures(claim, item)
        if finding is not None:
            findings.append(finding)
    if claim.parts and not report:
        findings += told_of_parts(findings, {part: _by_figures(claim, part, evidence) for part in claim.parts})
    status = StageStatus.FOUND if findings else StageStatus.NOTHING if evidence else StageStatus.NOT_ASKED
    return StageResult(Stage.STRUCTURED, status, tuple(findings), f"{len(evidence)} texts read")


def _by_figures(claim: Claim, part: str, evidence: Sequence[Evidence]) -> list[Finding]:
    """What the texts say of one statement of a claim that makes several."""
    alone = replace(claim, text=part, parts=())
    return [finding for item in evidence if (finding := _figures(alone, item)) is not None]


def cite_passage(evidence: Evidence, passage: Passage, stance: Stance) -> Citation:
    return Citation(evidence.evidence_id, passage.start, passage.end, passage.text, stance)


def stance_of(rating: Rating | None) -> Stance:
    """What an earlier verdict does to the claim it is about."""
    if rating in REFUTING:
        return Stance.CONTRADICTS
    told = (Rating.SUPPORTED, Rating.MOSTLY_SUPPORTED, Rating.MIXED, Rating.MISSING_CONTEXT)
    return Stance.SUPPORTS if rating in told else Stance.DISCUSSES


def _carried(claim: Claim, match: Match, check: FactCheck, evidence: Mapping[str, Evidence]) -> Finding:
    stance = stance_of(check.rating)
    page = evidence.get(check.evidence_id)
    citations = check.citations if check.own else ()
    if page is not None and not citations:
        best = select_passages(f"{check.claim} {check.title}", page.text, k=1)
        citations = tuple(cite_passage(page, passage, stance) for passage in best)
    word = check.rating_label or (check.rating.value.replace("_", " ") if check.rating else "no rating")
    when = f" on {check.reviewed_at:%-d %B %Y}" if check.reviewed_at else ""
    return Finding(
        stance=stance,
        explanation=f"{check.publisher or 'Another publisher'} checked this claim{when} and rated it “{word}”.",
        citations=citations,
        rating=check.rating,
        score=match.similarity,
        fact_check_id=check.fact_check_id,
        comparison=match.comparison,
        publisher=check.publisher,
    )


def _another_claim(match: Match, check: FactCheck) -> Finding:
    told = Comparison(Sameness.DIFFERENT, match.comparison.kind, f"“{check.claim}” {match.comparison.explanation}")
    return Finding(
        stance=Stance.DISCUSSES,
        explanation=told.explanation,
        score=match.similarity,
        fact_check_id=check.fact_check_id,
        comparison=told,
        publisher=check.publisher,
    )


def _figures(claim: Claim, item: Evidence) -> Finding | None:
    source = item.publisher or item.title or "the source"
    passages = [p for p in select_passages(claim.text, item.text, PASSAGES) if not only_repeated(p.text)]
    told = Told(claim.published_at, item.published_at)
    checked = [(p, check_numbers(claim.text, p.text, source=source, told=told)) for p in passages]
    agreeing = next(((p, c) for p, c in checked if c.result is Figures.AGREES), None)
    if agreeing is not None:
        return None if about_a_rumour(item.title) else _figure_finding(item, *agreeing)
    differing = next(
        (
            (p, c)
            for p, c in checked
            if c.result is Figures.DIFFERS
            and not supposed(claim.text, p.text)
            and not of_a_table(p.text)
            and speaks_of_its_own(claim.text, item.text, p)
        ),
        None,
    )
    return _figure_finding(item, *differing) if differing else None


def _figure_finding(item: Evidence, passage: Passage, check: NumericCheck) -> Finding:
    if check.result is Figures.DIFFERS:
        stance = Stance.CONTRADICTS
    else:
        vouched = check.complete and not only_said(passage.text, check.stated) and not of_a_table(passage.text)
        stance = Stance.SUPPORTS if vouched else Stance.DISCUSSES
    rating = Rating.SUPPORTED if stance is Stance.SUPPORTS else None
    return Finding(
        stance,
        on_page(check.explanation, item.text, passage.start),
        (cite_passage(item, passage, stance),),
        rating,
        passage.score,
        publisher=item.publisher,
    )


def _quotation(claim: Claim, item: Evidence) -> Finding | None:
    """A quotation of the claim against a text that names the same speaker; silence of the text says nothing."""
    spoken = [found[1] for found in QUOTED.finditer(claim.text)] or ([claim.text] if claim.verbatim else [])
    surname = claim.source_name.split()[-1] if claim.source_name.split() else ""
    if surname and surname.casefold() not in item.text.casefold():
        return None
    for words in (quoted for quoted in spoken if len(quoted.split()) >= FEW_WORDS):
        check = check_quote(words, item.text)
        if check.result is Quoted.NOT_FOUND or (check.result is Quoted.ALTERED and not surname):
            continue
        stance = Stance.SUPPORTS if check.result is Quoted.VERBATIM else Stance.CONTRADICTS
        best = select_passages(words, item.text, k=1)
        if check.start >= 0:
            exact = item.text[check.start : check.end]
            citations: tuple[Citation, ...] = (Citation(item.evidence_id, check.start, check.end, exact, stance),)
        else:
            citations = tuple(cite_passage(item, passage, stance) for passage in best)
        rating = Rating.SUPPORTED if stance is Stance.SUPPORTS else None
        told = on_page(check.explanation, item.text, citations[0].start) if citations else check.explanation
        return Finding(stance, told, citations, rating, 1.0, publisher=item.publisher)
    return None
