"""The pages readers open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from jinja2 import Environment
from plumbline.events.v1 import article_pb2, publication_pb2
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from services.publish import pages, presenting, presenting_comments, reading
from services.publish.model import Publication
from services.publish.pages import comment_form
from services.publish.views import (
    AudioView,
    ClaimPage,
    CommentsView,
    CorrectionsPage,
    CorrectionView,
    ErrorPage,
    FactCheckView,
    HomePage,
    MethodologyPage,
    ReaderPage,
    SearchPage,
    SiteView,
    Tally,
    TeaserView,
)
from services.publish.wording import RatingStep, chip
from shared.errors import NotFound, Refused
from shared.pseudonyms import Reader, reader_of
from shared.service import Resources
from shared.web.headers import page_headers

PAGE_SIZE = 20
ASKED = "A fresh check was asked for. Outcomes change here as they come in."


@dataclass(frozen=True, slots=True)
class Pages:
    """The routes of pages, and what they share."""

    resources: Resources
    environment: Environment
    site_id: UUID
    public_url: str
    seen: dict[UUID, SiteView] = field(default_factory=dict)

    def routes(self) -> tuple[BaseRoute, ...]:
        return (
            Route("/", self.home),
            Route("/search", self.search),
            Route("/corrections", self.corrections),
            Route("/methodology", self.methodology),
            Route("/claims/{claim_id}", self.claim),
            Route("/articles/{article_id}", self.reader),
            Route("/articles/{article_id}/reply", self.reader),
        )

    def reader_behind(self, request: Request) -> Reader:
        """Who asks, as far as we want to know."""
        address = request.client.host if request.client else ""
        found = self.resources
        agent = request.headers.get("user-agent", "")
        return reader_of(found.master, self.site_id, address, agent, found.clock.now())

    async def home(self, request: Request) -> Response:
        site, scheme = await self.site(request)
        rows = await reading.latest(self.resources.db, self.site_id, PAGE_SIZE)
        checks = await reading.search(self.resources.db, self.site_id, "", 6, 0)
        page = HomePage(site, tuple(self._teaser(r, scheme) for r in rows), tuple(_check(r, scheme) for r in checks))
        return self._page(pages.render_home(self.environment, page))

    async def search(self, request: Request) -> Response:
        site, scheme = await self.site(request)
        words = request.query_params.get("q", "").replace("\x00", "").strip()
        start = _number(request.query_params.get("from", "0"))
        if len(words) > 300:
            page = SearchPage(site, words[:300], (), error="Use at most 300 characters.")
            return self._page(pages.render_search(self.environment, page), status=422)
        rows = await reading.search(self.resources.db, self.site_id, words, PAGE_SIZE, start)
        total = rows[0]["total"] if rows else 0
        more = start + PAGE_SIZE
        url = request.url.include_query_params(**{"from": more})
        next_url = f"{url.path}?{url.query}" if more < total else ""
        page = SearchPage(site, words, tuple(_check(r, scheme) for r in rows), total=total, next_url=next_url)
        return self._page(pages.render_search(self.environment, page))

    async def corrections(self, request: Request) -> Response:
        site, _ = await self.site(request)
        rows = await reading.all_corrections(self.resources.db, self.site_id, 100)
        shown = tuple(_corrected(row) for row in rows)
        return self._page(pages.render_corrections(self.environment, CorrectionsPage(site, shown)))

    async def methodology(self, request: Request) -> Response:
        site, scheme = await self.site(request)
        return self._page(pages.render_methodology(self.environment, MethodologyPage(site, scheme)))

    async def claim(self, request: Request) -> Response:
        claim_id = uuid_of(request.path_params["claim_id"], "claim")
        publication = await reading.publication_of_claim(self.resources.db, claim_id)
        if publication is None or publication.panel is None:
            raise NotFound("claim")
        site, scheme = await self.site(request)
        panel = presenting.panel_view(publication, scheme=scheme, request_id="")
        found = panel.claim(str(claim_id))
        if found is None:
            raise NotFound("claim")
        article = presenting.article_view(publication)
        corrections = await reading.corrections(self.resources.db, UUID(publication.article_id))
        found = replace(found, history=presenting.changes_of(found.claim_id, corrections))
        teaser = TeaserView(article.title, article.path, article.published_at, article.standfirst, article.bylines)
        return self._page(pages.render_claim(self.environment, ClaimPage(site, found, teaser)))

    async def reader(self, request: Request) -> Response:
        publication = await self.publication(request)
        page = await self.reader_page(request, publication)
        return self._page(pages.render_reader_page(self.environment, page))

    async def reader_page(self, request: Request, publication: Publication) -> ReaderPage:
        db, now = self.resources.db, self.resources.clock.now()
        article_id = UUID(publication.article_id)
        site, scheme = await self.site(request, UUID(publication.site_id))
        whole = request.query_params.get("comments") == "all"
        limits = {"roots_at_most": 500, "replies_at_most": 100} if whole else {}
        roots = await reading.comments(db, article_id, **limits)
        count = await reading.comment_count(db, article_id)
        article = presenting.article_view(publication, await reading.corrections(db, article_id))
        request_id = str(self.resources.ids.new())
        panel = presenting.panel_view(
            publication,
            scheme=scheme,
            request_id=request_id,
            progress=await reading.progress(db, article_id, now - timedelta(minutes=2)),
            notice=ASKED if request.query_params.get("asked") else "",
        )
        comments = presenting_comments.comments_view(
            publication.article_id, roots, count, request_id=request_id, withdrawn=article.withdrawn, whole=whole
        )
        comments = _replying(request, article.article_id, comments, request_id)
        return ReaderPage(site, article, await self._audio(article_id, article.text_sha256), panel, comments)

    async def _audio(self, article_id: UUID, text_sha256: str) -> AudioView:
        row = await reading.audio_state(self.resources.db, article_id)
        if row is None:
            return AudioView("updating")
        return presenting.audio_view(
            str(article_id), text_sha256, row["state"], row["text_sha256"], row["reason"], row["duration_ms"]
        )

    async def publication(self, request: Request) -> Publication:
        article_id = uuid_of(request.path_params["article_id"], "article")
        publication = await reading.publication(self.resources.db, article_id)
        if publication is None:
            raise NotFound("article")
        return publication

    async def site(self, request: Request, site_id: UUID | None = None) -> tuple[SiteView, tuple[RatingStep, ...]]:
        """The site as pages show it, and its rating scheme."""
        site = await self.resources.directory.site(site_id or self.site_id)
        base_url = self.public_url or str(request.base_url).rstrip("/")
        view = self.seen[site_id or self.site_id] = presenting.site_view(site, base_url)
        return view, presenting.scheme_of(site)

    def failure(self, request: Request, status: int, reason: str, message: str) -> Response:
        """A failure as a page, in the site's clothes as last seen; nothing is read from a database for it."""
        site = self.seen.get(self.site_id) or presenting.site_view(None, self.public_url)
        return render_error(self.environment, site, status, message)

    def _teaser(self, row: Any, scheme: tuple[RatingStep, ...]) -> TeaserView:
        article = article_pb2.Article.FromString(row["article"])
        publication = Publication(article_id=str(row["article_id"]), site_id=article.site_id, article=article)
        view = presenting.article_view(publication)
        chips: tuple[Tally, ...] = ()
        if row["panel"]:
            panel = publication_pb2.Panel.FromString(row["panel"])
            chips = presenting.panel_view(replace(publication, panel=panel), scheme=scheme, request_id="").tallies
        return TeaserView(
            view.title, view.path, view.published_at, view.standfirst, view.bylines, chips, row["comments"]
        )

    def _page(self, html: str, *, status: int = 200) -> Response:
        return HTMLResponse(html, status_code=status, headers=page_headers())


def render_error(environment: Environment, site: SiteView, status: int, message: str, reference: str = "") -> Response:
    """A failure as a page."""
    html = pages.render_error(environment, ErrorPage(site, status, message, reference))
    return HTMLResponse(html, status_code=status, headers=page_headers())


def uuid_of(text: str, what: str) -> UUID:
    """The id in an address. Raises NotFound for anything else: a wrong id and a missing thing answer the same."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound(what) from None


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 6:
        raise Refused("INVALID_NUMBER", "This has to be a whole number.", field="from")
    return int(text)


def _check(row: Any, scheme: tuple[RatingStep, ...]) -> FactCheckView:
    """A fact check in a list; a foreign publisher's word is shown as that publisher wrote it."""
    own = row["own"]
    rated = chip(
        status="verdict",
        rating=row["rating"] or "not_enough_evidence",
        headline=row["rating_label"],
        reviewed_by=row["publisher"],
        scheme=scheme,
    )
    url = f"/claims/{row['claim_id']}" if own and row["claim_id"] else row["url"]
    return FactCheckView(
        claim=row["claim"],
        chip=rated,
        publisher=row["publisher"],
        url=url,
        reviewed_at=row["reviewed_at"],
        claimant=row["claimant"],
        title=row["title"],
        own=own,
    )


def _corrected(row: Any) -> CorrectionView:
    correction = publication_pb2.Correction.FromString(row["body"])
    title = article_pb2.Article.FromString(row["article"]).title if row["article"] else ""
    return presenting.correction_view(correction, title)


def _replying(request: Request, article_id: str, comments: CommentsView, request_id: str) -> CommentsView:
    """Without JavaScript a reply opens the same page with its form under the comment that is answered."""
    answered = request.query_params.get("to", "")
    if not answered or comments.form is None:
        return comments
    action = f"{presenting.path_of(article_id)}/comments"

    def opened(one: Any) -> Any:
        form = None
        if one.comment_id == answered:
            form = comment_form(action, request_id=request_id, parent_id=answered, parent_name=one.shown_name)
        return replace(one, reply_form=form, replies=tuple(opened(reply) for reply in one.replies))

    return replace(comments, roots=tuple(opened(root) for root in comments.roots), replying=True)
