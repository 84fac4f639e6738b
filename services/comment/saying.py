"""Saving a change and telling everything it changed: one order of steps for handler, form and staff."""

from __future__ import annotations

from services.comment import store
from services.comment.contract import tell_comment, tell_counts, tell_tip
from services.comment.model import Change, Place, Status
from services.comment.store import Thread
from shared.outbox import Unit


async def keep(unit: Unit, thread: Thread, place: Place, change: Change) -> None:
    """Save a change under a locked thread; tell the comment, the words it points at, the replies that
    joined it, and a new count."""
    comment = change.comment
    root_public = comment.status is Status.PUBLISHED if comment.is_root else place.root_public
    after, joined = await store.save(unit, change, root_public=root_public)
    unit.emit(tell_comment(comment))
    if comment.points or (place.known is not None and place.known.points):
        unit.emit(tell_tip(comment))
    for reply in joined:
        unit.emit(tell_comment(reply))
    if after.published != thread.published:
        unit.emit(tell_counts(after))
