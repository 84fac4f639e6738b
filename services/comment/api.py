"""The HTTP door of comment: threads as JSON, a form that needs no JavaScript, counts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from services.comment import reading
from services.comment.model import Status
from services.comment.pages import Pages
from services.comment.posting import Draft, Posted, Posting
from services.comment.reading import Cursor, Page, Seen
from shared.errors import NotFound, Refused
from shared.http import read_json
from shared.pseudonyms import reader_of
from shared.quota import TooMany
from shared.sent import read_texts
from shared.service import Resources

MOST_ARTICLES = 200


class Api:
    """Readers' doors; all of them public."""

    def __init__(self, resources: Resources, posting: Posting, pages: Pages) -> None:
        self._resources, self._posting, self._pages = resources, posting, pages

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("/articles/{article_id}/comments", self.show, methods=["GET"]),
            Route("/articles/{article_id}/comments", self.post, methods=["POST"]),
            Route("/comments/counts", self.counts, methods=["POST"]),
        )

    async def show(self, request: Request) -> Response:
        """A page of comments: roots newest first with their first replies; `?parent=` lists what hangs on one root."""
        article_id = _article_id(request)
        db = self._resources.db
        thread = await reading.thread(db, article_id)
        if thread is None or not thread.known or thread.withdrawn:
            raise NotFound("article")
        etag = f'W/"{thread.version}"'
        if etag in [tag.strip() for tag in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=_caching(etag))
        asked = request.query_params
        limit, parent = _limit(asked.get("limit", "")), asked.get("parent", "")
        cursor = asked.get("cursor", "")
        if parent:
            page = await reading.replies(
                db, article_id, _comment_id(parent), Cursor.parse(cursor) if cursor else reading.FIRST, limit=limit
            )
        else:
            page = await reading.roots(db, article_id, Cursor.parse(cursor) if cursor else reading.LAST, limit=limit)
        content = {"article_id": str(article_id), "count": thread.published, **_page(page)}
        return JSONResponse(content, headers=_caching(etag))

    async def post(self, request: Request) -> Response:
        """Take a comment: 201 when readers can see it, 202 when a person looks first, 200 when it was taken before."""
        as_page = "text/html" in request.headers.get("accept", "")
        thread = await self._posting.article(_article_id(request))
        draft = await _draft(request)
        now = self._resources.clock.now()
        reader = reader_of(
            self._resources.master,
            thread.site_id,
            request.client.host if request.client else "",
            request.headers.get("user-agent", ""),
            now,
        )
        try:
            posted = await self._posting.post(thread, draft, reader)
        except Refused as error:
            if not as_page:
                raise
            page = await self._pages.again(thread, draft, error)
            headers = {**self._pages.headers, **_retry(error)}
            return HTMLResponse(page, error.status, headers=headers)
        status = 200 if posted.again else 201 if posted.status is Status.PUBLISHED else 202
        if as_page:
            return HTMLResponse(await self._pages.received(thread, posted), status, headers=self._pages.headers)
        return JSONResponse(_posted(posted), status)

    async def counts(self, request: Request) -> Response:
        """Numbers of public comments for up to 200 articles: `{"article_ids": [...]}` -> `{"counts": {id: number}}`."""
        asked = (await read_json(request)).get("article_ids")
        if not isinstance(asked, list) or len(asked) > MOST_ARTICLES or not all(isinstance(one, str) for one in asked):
            message = f"article_ids is a list of at most {MOST_ARTICLES} ids."
            raise Refused("INVALID_IDS", message, field="article_ids")
        ids: dict[UUID, str] = {}
        for at, text in enumerate(asked):
            try:
                ids[UUID(text)] = text
            except ValueError:
                raise Refused("INVALID_ID", "This is no article's id.", field=f"article_ids[{at}]") from None
        found = await reading.counts(self._resources.db, ids)
        return JSONResponse({"counts": {text: found.get(article_id, 0) for article_id, text in ids.items()}})


async def _draft(request: Request) -> Draft:
    """What a form or a program sent. Raises Refused naming the field."""
    texts = await read_texts(request, ("name", "comment", "quote", "parent", "parent_id", "request_id"))
    parent = texts["parent"] or texts["parent_id"]
    return Draft(texts["name"], texts["comment"], parent, texts["request_id"], texts["quote"])


def _article_id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["article_id"])
    except ValueError:
        raise NotFound("article") from None


def _comment_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused("INVALID_ID", "This is no comment's id.", field="parent") from None


def _limit(text: str) -> int:
    if not text:
        return reading.ROOTS
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= reading.MOST:
        raise Refused("INVALID_LIMIT", f"limit is a number from 1 to {reading.MOST}.", field="limit")
    return int(text)


def _caching(etag: str) -> dict[str, str]:
    return {"etag": etag, "cache-control": "public, no-cache"}


def _retry(error: Refused) -> dict[str, str]:
    return {"retry-after": str(int(error.retry_after) + 1)} if isinstance(error, TooMany) else {}


def _page(page: Page) -> dict[str, Any]:
    return {"comments": [_shown(one) for one in page.comments], "next": str(page.following) if page.following else None}


def _shown(one: Seen) -> dict[str, Any]:
    shown = {
        "comment_id": str(one.comment_id),
        "author_name": one.author_name,
        "anonymous": not one.author_name,
        "body_html": one.html,
        "written_at": one.written_at.isoformat(),
    }
    if one.parent_id is not None:
        return {**shown, "parent_id": str(one.parent_id)}
    return {
        **shown,
        "replies_count": one.replies_count,
        "replies": [_shown(reply) for reply in one.replies],
        "replies_next": str(one.more) if one.more else None,
    }


def _posted(posted: Posted) -> dict[str, Any]:
    shown = posted.status is Status.PUBLISHED
    return {
        "comment_id": str(posted.comment_id),
        "article_id": str(posted.article_id),
        "status": "published" if shown else "held",
        "duplicate": posted.again,
    }
