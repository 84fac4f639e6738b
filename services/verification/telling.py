"""A verdict sheet told with all it stands on, in the transaction that changed it."""

from __future__ import annotations

from services.verification import contract
from services.verification.model.subject import Subject
from services.verification.store import cited
from shared.outbox import Unit


async def verdict_sheet(unit: Unit, subject: Subject) -> None:
    """Every outcome, the evidence it cites, and how the sources of that were rated when the outcome came about."""
    found = await cited.by_outcomes(unit, subject.sheet.site_id, subject.outcomes.values())
    unit.emit(contract.verdict_sheet(subject, found.evidence.values(), found.ratings))
