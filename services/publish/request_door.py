"""The door for readers' claims: a page with a form that needs no JavaScript, and the same as JSON."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.publish.api import Pages
from services.publish.claim_requests import Taken, take, wanted_of
from services.publish.pages import render_request, request_form
from services.publish.views import RequestPage
from shared.errors import Refused
from shared.pseudonyms import ReaderQuota
from shared.quota import TooMany
from shared.sent import read_texts
from shared.web.forms import FormErrors
from shared.web.headers import page_headers

FIELDS = ("claim", "url", "claimant", "request_id")


@dataclass(frozen=True, slots=True)
class RequestDoor:
    """Takes claims from readers; nobody has to say who they are."""

    pages: Pages
    quota: ReaderQuota

    def routes(self) -> tuple[BaseRoute, ...]:
        return (Route("/requests", self.show, methods=["GET"]), Route("/requests", self.post, methods=["POST"]))

    async def show(self, request: Request) -> Response:
        """The empty form."""
        return await self._page(request, {"request_id": ""}, None, 200)

    async def post(self, request: Request) -> Response:
        """Take a claim: 202, or 200 when the same form was taken before."""
        as_page = "text/html" in request.headers.get("accept", "")
        given = await read_texts(request, FIELDS)
        try:
            wanted = wanted_of(**given)
            taken = await take(
                self.pages.resources, self.pages.site_id, wanted, self.pages.reader_behind(request), self.quota
            )
        except Refused as error:
            if not as_page:
                raise
            return await self._page(request, given, error, error.status)
        status = 200 if taken.again else 202
        if as_page:
            return await self._received(request, taken, status)
        return JSONResponse({"request_id": str(taken.request_id), "duplicate": taken.again}, status)

    async def _page(self, request: Request, given: dict[str, str], error: Refused | None, status: int) -> Response:
        """The form, with all that was typed; an id used for other words must not be sent again with these."""
        site, _ = await self.pages.site(request)
        known = error is None or error.field != "request_id"
        form = request_form((given["request_id"] if known else "") or str(self.pages.resources.ids.new()))
        headers = page_headers(cache="no-store", indexable=error is None)
        if error is not None:
            field = error.field if error.field in FIELDS[:-1] else ""
            form = form.filled(given, FormErrors({field: error.message}))
            if isinstance(error, TooMany):
                headers["retry-after"] = str(int(error.retry_after) + 1)
        html = render_request(self.pages.environment, RequestPage(site), form)
        return HTMLResponse(html, status, headers)

    async def _received(self, request: Request, taken: Taken, status: int) -> Response:
        site, _ = await self.pages.site(request)
        page = RequestPage(site, str(taken.request_id))
        html = render_request(self.pages.environment, page, request_form(""))
        return HTMLResponse(html, status, page_headers(cache="no-store", indexable=False))
