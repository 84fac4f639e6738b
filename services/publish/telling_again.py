"""Every panel and every correction told again."""

from __future__ import annotations

from uuid import UUID

from services.publish import contract, store
from shared.events import version_of
from shared.outbox import Unit
from shared.republish import AT_ONCE, in_epoch


async def panels(unit: Unit, epoch: int, after: str) -> tuple[int, str]:
    """A page of panels, by article."""
    page = await store.panels_after(unit, _from(after), AT_ONCE)
    for panel in page:
        panel.version.CopyFrom(contract.wire_version(in_epoch(version_of(panel.version), epoch)))
        unit.emit(contract.panel_event(panel))
    return len(page), page[-1].article_id if page else ""


async def corrections(unit: Unit, epoch: int, after: str) -> tuple[int, str]:
    """A page of corrections, by id."""
    page = await store.corrections_after(unit, _from(after), AT_ONCE)
    for correction in page:
        correction.version.CopyFrom(contract.wire_version(in_epoch(version_of(correction.version), epoch)))
        unit.emit(contract.correction_event(correction))
    return len(page), page[-1].correction_id if page else ""


def _from(after: str) -> UUID:
    return UUID(after) if after else UUID(int=0)


TELLS_AGAIN = (panels, corrections)
