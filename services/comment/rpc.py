"""ModerationService: what the staff desk asks of comment. The person behind a call stands in PERSON."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.staff.v1 import moderation_service_pb2 as staff_pb2
from plumbline.staff.v1 import moderation_service_pb2_grpc as staff_grpc

from services.comment import reading, store
from services.comment.model import Comment, Place, decide
from services.comment.reading import Cursor
from services.comment.saying import keep
from services.comment.staff_words import in_words
from shared.clock import Clock
from shared.errors import NotFound, Refused
from shared.grpc import PERSON, Rpc
from shared.ids import Ids
from shared.outbox import Outbox

SERVICE = "plumbline.staff.v1.ModerationService"
MODERATOR = "moderator"
PAGE, MOST = 50, 200
NOTE_LENGTH = 1_000


class ModerationDoor(staff_grpc.ModerationServiceServicer):
    """Comments of the person's own site; everything else is NOT_FOUND."""

    def __init__(self, outbox: Outbox, *, ids: Ids, clock: Clock) -> None:
        self._outbox, self._ids, self._clock = outbox, ids, clock

    async def ListHeldComments(
        self, request: staff_pb2.ListHeldCommentsRequest, context: grpc.aio.ServicerContext
    ) -> staff_pb2.ListHeldCommentsResponse:
        if request.page_size < 0:
            raise Refused("INVALID_PAGE_SIZE", "A page size is not negative.", field="page_size", status=400)
        try:
            after = Cursor.parse(request.page_token) if request.page_token else reading.FIRST
        except Refused as error:
            raise Refused(error.reason, error.message, field="page_token", status=400) from error
        limit = min(request.page_size or PAGE, MOST)
        found, following = await reading.held(self._outbox.db, PERSON.get().site_id, after, limit=limit)
        return staff_pb2.ListHeldCommentsResponse(
            comments=[_held(comment) for comment in found], next_page_token=str(following) if following else ""
        )

    async def DecideComment(
        self, request: staff_pb2.DecideCommentRequest, context: grpc.aio.ServicerContext
    ) -> staff_pb2.HeldComment:
        """Publish or remove a comment, and write down who did. Deciding the same twice changes nothing."""
        person = PERSON.get()
        note = request.note.strip()
        if len(note) > NOTE_LENGTH:
            raise Refused("TOO_LONG", f"A note has at most {NOTE_LENGTH:,} characters.", field="note", status=400)
        async with self._outbox.transaction() as unit:
            seen = await store.find(unit, _comment_id(request.comment_id))
            if seen is None or seen.site_id != person.site_id:
                raise NotFound("comment")
            thread = await store.lock_thread(unit, seen.article_id, seen.site_id)
            loaded = await store.load(unit, seen.comment_id, None)
            before, parent = loaded.known, loaded.parent
            assert before is not None
            place = Place(before, before.root_id, before.is_root or (parent is not None and parent.root_public))
            change = decide(place, publish=request.publish, epoch=self._outbox.epoch)
            if change is None:
                return _held(before)
            await keep(unit, thread, place, change)
            await store.write_act(
                unit,
                self._ids.new(),
                before,
                change.comment,
                at=self._clock.now(),
                person_id=person.person_id,
                note=note,
            )
        return _held(change.comment)


def moderation(outbox: Outbox, *, ids: Ids, clock: Clock) -> Rpc:
    """The service and the role each of its methods needs."""
    register = partial(staff_grpc.add_ModerationServiceServicer_to_server, ModerationDoor(outbox, ids=ids, clock=clock))
    return Rpc(SERVICE, register, {"ListHeldComments": MODERATOR, "DecideComment": MODERATOR})


def _comment_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("comment") from None


def _held(comment: Comment) -> staff_pb2.HeldComment:
    written_at = Timestamp()
    written_at.FromDatetime(comment.written_at)
    return staff_pb2.HeldComment(
        comment_id=str(comment.comment_id),
        article_id=str(comment.article_id),
        author_name=comment.author_name,
        body_html=comment.words.html,
        status=comment.status.value,
        reasons=[in_words(reason) for reason in comment.reasons],
        written_at=written_at,
    )
