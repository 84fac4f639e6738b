"""Every comment with the words it points at, and every count, told again."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from services.comment import store
from services.comment.contract import tell_comment, tell_counts, tell_tip
from shared.events import NEVER
from shared.outbox import Unit
from shared.republish import AT_ONCE, in_epoch


async def comments(unit: Unit, epoch: int, after: str) -> tuple[int, str]:
    """A page of comments, by id."""
    page = await store.comments_after(unit, _from(after), AT_ONCE)
    for one in page:
        again = replace(one, version=in_epoch(one.version, epoch))
        unit.emit(tell_comment(again))
        if one.quote:
            unit.emit(tell_tip(again))
    return len(page), str(page[-1].comment_id) if page else ""


async def counts(unit: Unit, epoch: int, after: str) -> tuple[int, str]:
    """A page of articles, by id; one whose count was never told stays silent."""
    page = await store.threads_after(unit, _from(after), AT_ONCE)
    counted = [thread for thread in page if thread.version > NEVER]
    for thread in counted:
        unit.emit(tell_counts(replace(thread, version=in_epoch(thread.version, epoch))))
    return len(counted), str(page[-1].article_id) if page else ""


def _from(after: str) -> UUID:
    return UUID(after) if after else UUID(int=0)


TELLS_AGAIN = (comments, counts)
