"""Every claim sheet told again, as it was last told."""

from __future__ import annotations

from uuid import UUID

from plumbline.events.v1 import claim_pb2

from services.claim_extraction import contract, store
from shared.events import version_of
from shared.outbox import Unit
from shared.republish import AT_ONCE, in_epoch


async def sheets(unit: Unit, epoch: int, after: str) -> tuple[int, str]:
    """A page of sheets, by subject."""
    page = await store.told_after(unit, UUID(after) if after else UUID(int=0), AT_ONCE)
    for _, told in page:
        message = claim_pb2.ClaimSheet.FromString(told)
        unit.emit(contract.told_again(message, in_epoch(version_of(message.version), epoch)))
    return len(page), str(page[-1][0]) if page else ""


TELLS_AGAIN = (sheets,)
