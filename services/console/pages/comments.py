"""Comments that wait for a moderator."""

from __future__ import annotations

from plumbline.staff.v1 import moderation_service_pb2
from starlette.responses import Response

from services.console.desk import Visit
from services.console.model.review import age
from services.console.review_wire import held_of
from shared.errors import Refused

DONE = {"published": "The comment is published.", "removed": "The comment is removed."}


async def show(visit: Visit) -> Response:
    """Held comments, oldest first, each with the reasons it was held for."""
    found = await visit.desk.calls.held_comments(visit.who, page=visit.request.query_params.get("page", ""))
    now = visit.desk.clock.now()
    comments = [held_of(one) for one in found.comments]
    return visit.page(
        "comments.html",
        rows=[(comment, age(comment.written_at, now)) for comment in comments],
        next_page=found.next_page_token,
        done=DONE.get(visit.request.query_params.get("done", ""), ""),
    )


async def decide(visit: Visit) -> Response:
    """Publish or remove one comment."""
    answer = visit.one("answer")
    if answer not in ("publish", "remove"):
        raise Refused("INVALID_ANSWER", "Publish or remove it.", field="answer")
    decision = moderation_service_pb2.DecideCommentRequest(
        comment_id=visit.request.path_params["comment_id"], publish=answer == "publish", note=visit.one("note")
    )
    await visit.desk.calls.decide_comment(visit.who, decision)
    return visit.go(f"/console/comments?done={'published' if answer == 'publish' else 'removed'}")
