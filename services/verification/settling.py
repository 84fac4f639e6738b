"""How a round of checks ends: one transaction that saves what it found and tells it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.verification import rechecks, runs, telling
from services.verification.model import Evidence, Outcome, PolicySettings, Verdict
from services.verification.model.affected import Basis, Change
from services.verification.model.rechecking import after_check, finding_digest, machine_verdict, review_after_check
from services.verification.model.subject import Subject
from services.verification.store import audit, bases, evidence, reviews, subjects, verdicts
from services.verification.store.codec import Case, case_json
from services.verification.store.evidence import Page
from shared.inbox import Work
from shared.outbox import Unit


@dataclass(frozen=True)
class Checked:
    """What one run found: the machine's outcome of each claim, what it was given, and the pages it tried."""

    settings: PolicySettings
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    inputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)  # what a replay needs besides
    pages: tuple[Page, ...] = ()
    documents: tuple[Evidence, ...] = ()
    changed_pages: frozenset[str] = frozenset()  # addresses that gave other words than before
    bases: dict[str, Basis] = field(default_factory=dict)
    vectors: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # text hash and vector of each claim
    model_hash: str = ""


async def settle(tx: Unit, now: Subject, checked: Checked, work: Work) -> None:
    """Save what a run found and tell it. People's verdicts stay; what disagrees with them goes back to people."""
    site_id, at = now.sheet.site_id, work.clock.now()
    assert now.run is not None
    run_id = now.run.run_id
    held = [page.evidence for page in checked.pages if page.evidence is not None]
    await evidence.save(tx, site_id, [*held, *checked.documents], at=at)
    await evidence.save_pages(tx, site_id, checked.pages)
    shown, decided = _shown(now, checked, at)
    await verdicts.append(tx, site_id, [(verdict, "", "") for verdict in decided])
    texts = {case.claim.article_text for case in checked.cases.values()} - {""}
    await evidence.save_words(tx, sorted(texts))
    found = [
        (machine, {**checked.inputs[claim_id], "case": json.loads(case_json(checked.cases[claim_id]))})
        for claim_id, machine in checked.outcomes.items()
    ]
    await verdicts.keep_assessments(tx, site_id, run_id, found, at=at)
    rows = [subjects.outcome_row(shown[claim_id], machine) for claim_id, machine in checked.outcomes.items()]
    await subjects.save_outcomes(tx, site_id, rows)
    await bases.save(tx, site_id, checked.model_hash, checked.bases, checked.vectors)
    if checked.changed_pages:
        await rechecks.ask(tx, Change(site_id, pages=checked.changed_pages))
    await _open_reviews(tx, now, shown, checked, work)
    settled = runs.finished(replace(now, outcomes={**now.outcomes, **shown}), at=at)
    if now.run.attempt == 0 or runs.says_more(now, settled):
        settled = runs.told(settled, work.epoch)
        await telling.verdict_sheet(tx, settled)
    await subjects.save_run(tx, settled)
    if settled.run is not None:
        delay = settled.run.started_at - at
        await tx.enqueue(runs.CHECK, runs.payload(settled), dedupe_key=settled.run.run_id, delay=delay)
    await audit.append(tx, _audit_entry(settled, run_id, checked, at))


def _shown(now: Subject, checked: Checked, at: datetime) -> tuple[dict[str, Outcome], list[Verdict]]:
    """The outcomes to show, and the verdicts the policy let the machine reach alone."""
    shown: dict[str, Outcome] = {}
    decided: list[Verdict] = []
    for claim_id, machine in checked.outcomes.items():
        latest = now.verdicts.get(claim_id)
        outcome = after_check(now.outcomes.get(claim_id), machine)
        verdict = machine_verdict(outcome, latest, at=at, settings=checked.settings)
        if verdict is not None:
            decided.append(verdict)
        standing = verdict or latest
        shown[claim_id] = replace(outcome, verdict_version=standing.version) if standing else outcome
    return shown, decided


async def _open_reviews(tx: Unit, now: Subject, shown: dict[str, Outcome], checked: Checked, work: Work) -> None:
    """What waits for people. A draft opens nothing: whoever writes it may send it in at every save. A review a person began
    on one of its claims is kept up."""
    held = await reviews.of_claims(tx, list(shown))
    opened: list[reviews.Kept] = []
    for claim_id, outcome in shown.items():
        kept = held.get(claim_id)
        if kept is None and now.sheet.draft:
            continue
        review, seen = (kept.review, kept.seen) if kept else (None, "")
        after = review_after_check(review, seen, outcome, checked.outcomes[claim_id], at=work.clock.now())
        if after is not None:
            opened.append(reviews.Kept(after, seen))
    await reviews.save(tx, now.sheet.site_id, opened)


def _audit_entry(settled: Subject, run_id: str, checked: Checked, at: datetime) -> dict[str, Any]:
    """A run in the audit: which words were judged on which evidence, and what came out, as ids and hashes."""
    return {
        "act": "check",
        "at": at.isoformat(),
        "site": settled.sheet.site_id,
        "subject": settled.sheet.subject_id,
        "claims_version": str(settled.sheet.version),
        "run": run_id,
        "claims": {
            claim_id: {"text": machine.text_hash, "found": finding_digest(machine), **checked.inputs[claim_id]}
            for claim_id, machine in checked.outcomes.items()
        },
    }
