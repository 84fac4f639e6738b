"""Past decisions of the machine made again from what was recorded about them."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from services.verification.engine.checking import structured_stage
from services.verification.engine.policy import decide, without_stages
from services.verification.model import Evidence, Outcome, Stage, StageResult
from services.verification.model.rechecking import finding_digest
from services.verification.store import evidence, verdicts
from services.verification.store.codec import Case
from shared.postgres import Sql


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that does not come out as it was recorded."""

    assessment_id: int
    what: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many decisions came out the same, and which did not."""

    same: int
    differing: tuple[Difference, ...]


async def replay(sql: Sql, latest: int) -> Replayed:
    """Takes the latest assessments, reads figures, dates and quoted words in the stored texts again and asks the policy
    again. What the archive and the look-ups answered is taken as recorded: both have moved on since.

    The same means: the same comparison of texts, the same outcome to the last citation, and the very finding whose
    digest stands in the audit.
    """
    differing: list[Difference] = []
    recorded = await verdicts.latest_assessments(sql, latest)
    audited = await verdicts.audited(sql, {each.run_id for each in recorded})
    for each in recorded:
        named = set(each.evidence_ids)
        held = await evidence.of_ids(sql, each.case.claim.site_id, named)
        article = each.case.claim.article_text
        texts = await evidence.words(sql, [article]) if article else {}
        case = replace(each.case, claim=replace(each.case.claim, article_text=texts.get(article, "")))
        what = _difference(case, each.outcome, held, named)
        if not what and audited.get((each.run_id, each.outcome.claim_id)) != finding_digest(each.outcome):
            what = "the audit names another finding"
        if what:
            differing.append(Difference(each.assessment_id, what))
    return Replayed(len(recorded) - len(differing), tuple(differing))


def _difference(case: Case, recorded: Outcome, held: dict[str, Evidence], named: set[str]) -> str:
    """What comes out differently; empty when nothing does."""
    if named - held.keys():
        return f"evidence {min(named - held.keys())} is gone"
    sources = [held[each] for each in case.sources]
    stages = tuple(_again(stage, case, sources) for stage in recorded.stages)
    if stages != recorded.stages:
        return "the texts compare differently"
    outcome = decide(case.claim, stages, held, case.settings)
    if without_stages(outcome) != without_stages(recorded):
        return f"the policy says {json.dumps(outcome.headline)} instead of {json.dumps(recorded.headline)}"
    return ""


def _again(stage: StageResult, case: Case, sources: list[Evidence]) -> StageResult:
    if stage.stage is not Stage.STRUCTURED:
        return stage
    result = structured_stage(case.claim, sources, report=case.report)
    return replace(result, milliseconds=stage.milliseconds)
