"""From page values to HTML: one function per page. The environment is made once per service and passed in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2 import Environment

from services.publish.structured_data import claim_review, data_block, news_article
from services.publish.views import (
    ClaimPage,
    CorrectionsPage,
    ErrorPage,
    HomePage,
    MethodologyPage,
    ReaderPage,
    RequestPage,
    SearchPage,
    SiteView,
)
from services.publish.wording import ICONS, evidence_class_words, published_words, rated_words
from shared.web.assets import Assets
from shared.web.forms import Field, Form
from shared.web.pages import Layout, Link, make_environment

HERE = Path(__file__).parent
COMMENT_LENGTH = 5000
NAME_LENGTH = 80
CLAIM_LENGTH, URL_LENGTH, CLAIMANT_LENGTH = 2000, 2000, 200

_ERROR_TITLES = {
    400: "We could not read that request",
    404: "There is nothing at this address",
    405: "That is not possible here",
    410: "This page was withdrawn",
    413: "That was too long",
    422: "Something in the form needs another look",
    429: "Too many requests for now",
    503: "This part is resting for a moment",
}


def make_assets(mount: str = "/static/publish") -> Assets:
    """Static files of this service and the shared ones."""
    return Assets(mount, HERE / "static")


def make_pages(assets: Assets) -> Environment:
    """Templates of this service, ready to render."""
    environment = make_environment(assets, HERE / "templates")
    environment.globals["icons"] = ICONS
    environment.globals["published_words"] = published_words
    environment.globals["evidence_class_words"] = evidence_class_words
    environment.globals["rated_words"] = rated_words
    return environment


def layout(site: SiteView, current: str = "") -> Layout:
    """What surrounds every page of one site; `current` is the path of the page shown."""
    nav = (
        ("Latest", "/"),
        ("Fact checks", "/search"),
        ("Corrections", "/corrections"),
        ("How we check", "/methodology"),
    )
    return Layout(
        name=site.name,
        tagline=site.mission.partition(". ")[0].rstrip("."),
        language=site.language,
        home="/",
        nav=tuple(Link(text, href, href == current) for text, href in nav),
    )


def comment_form(action: str, *, request_id: str, parent_id: str = "", parent_name: str = "") -> Form:
    """The form for a comment or a reply. `request_id` makes sending twice harmless; name is optional, no account."""
    return Form(
        id=f"reply-{parent_id}" if parent_id else "comment",
        action=action,
        submit="Post reply" if parent_id else "Post comment",
        fields=(
            Field(
                "name",
                "Your name",
                hint="Leave it empty to comment anonymously.",
                max_length=NAME_LENGTH,
                autocomplete="name",
            ),
            Field(
                "comment",
                f"Your reply to {parent_name}" if parent_name else "Your comment",
                kind="textarea",
                required=True,
                max_length=COMMENT_LENGTH,
            ),
            Field(
                "quote",
                "Words of the article we should check",
                kind="textarea",
                hint="Copy them from the article, letter for letter.",
                max_length=CLAIM_LENGTH,
                rows=2,
            ),
        ),
        hidden=(("request_id", request_id), ("parent_id", parent_id)),
        note="Comments are checked before they appear. We store no e-mail and set no cookie.",
    )


def verify_form(action: str, *, request_id: str) -> Form:
    """The Verify now button: a form without questions."""
    return Form(id="verify", action=action, submit="Verify now", fields=(), hidden=(("request_id", request_id),))


def render_reader_page(environment: Environment, page: ReaderPage) -> str:
    """The reader page: publisher, Listen to the article, the article, Fact Checker, comments."""
    page = replace(page, panel=page.panel.fitted())
    address = page.site.base_url + page.article.path
    reviews = (claim_review(page.site, claim, address) for claim in page.panel.claims)
    return _render(
        environment,
        "reader.html",
        layout(page.site),
        page=page,
        article_data=data_block(news_article(page)),
        reviews=[data_block(one) for one in reviews if one],
    )


def render_panel_fragment(environment: Environment, page: ReaderPage) -> str:
    """The part of the reader page that live updates replace: the Fact Checker box and the claims' cards."""
    fitted = replace(page, panel=page.panel.fitted())
    return environment.get_template("panel_fragment.html").render(page=fitted)


def render_home(environment: Environment, page: HomePage) -> str:
    """Latest articles and the search box."""
    return _render(environment, "home.html", layout(page.site, "/"), page=page, search=search_form(""))


def render_search(environment: Environment, page: SearchPage) -> str:
    """Results of a fact-check search."""
    form = search_form(page.query, page.error)
    return _render(environment, "search.html", layout(page.site, "/search"), page=page, search=form)


def render_claim(environment: Environment, page: ClaimPage) -> str:
    """One claim with all its evidence."""
    article = page.site.base_url + page.article.path if page.article else ""
    review = claim_review(page.site, page.claim, article)
    data = data_block(review) if review else None
    return _render(environment, "claim.html", layout(page.site), page=page, review=data)


def render_corrections(environment: Environment, page: CorrectionsPage) -> str:
    """Every correction."""
    return _render(environment, "corrections.html", layout(page.site, "/corrections"), page=page)


def render_methodology(environment: Environment, page: MethodologyPage) -> str:
    """How we check, who pays, how to complain."""
    return _render(environment, "methodology.html", layout(page.site, "/methodology"), page=page)


def render_request(environment: Environment, page: RequestPage, form: Form) -> str:
    """Where a reader sends in a claim, and what became of it."""
    return _render(environment, "request.html", layout(page.site), page=page, form=form)


def request_form(request_id: str) -> Form:
    """The form that asks us to check a claim. `request_id` makes sending twice harmless."""
    return Form(
        id="request",
        action="/requests",
        submit="Send the claim",
        fields=(
            Field(
                "claim",
                "The claim, word for word",
                kind="textarea",
                hint="A sentence that could be right or wrong, as you read or heard it.",
                required=True,
                max_length=CLAIM_LENGTH,
            ),
            Field(
                "url",
                "Where you met it",
                kind="url",
                hint="An address that begins with https://.",
                max_length=URL_LENGTH,
            ),
            Field("claimant", "Who said it", max_length=CLAIMANT_LENGTH),
        ),
        hidden=(("request_id", request_id),),
        note="We do not ask who you are: no e-mail, no account, no cookie.",
    )


def render_error(environment: Environment, page: ErrorPage) -> str:
    """A failure in plain words."""
    fallback = "Something went wrong on our side" if page.status >= 500 else "That did not work"
    title = _ERROR_TITLES.get(page.status, fallback)
    return _render(environment, "error.html", layout(page.site), page=page, title=title)


def search_form(query: str, error: str = "") -> Form:
    """The fact-check search box."""
    question = Field("q", "Search fact checks", kind="search", value=query, error=error, required=True, max_length=300)
    return Form(id="search", action="/search", method="get", submit="Search", fields=(question,))


def _render(environment: Environment, template: str, around: Layout, **values: Any) -> str:
    return environment.get_template(template).render(layout=around, site=values["page"].site, **values)
