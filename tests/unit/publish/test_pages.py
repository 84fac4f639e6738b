"""Rendered pages, read back as HTML: every promise that holds without a browser."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from jinja2 import Environment, UndefinedError
from selectolax.lexbor import LexborHTMLParser

from services.publish import pages
from services.publish.views import (
    AudioView,
    ClaimPage,
    CorrectionsPage,
    ErrorPage,
    FactCheckView,
    HomePage,
    MethodologyPage,
    ReaderPage,
    RequestPage,
    SearchPage,
    TeaserView,
)
from services.publish.wording import DEFAULT_SCHEME
from tests.builders.reader_page import NOON, SITE, claims, reader_page

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


@pytest.fixture(scope="module")
def environment() -> Environment:
    return pages.make_pages(pages.make_assets())


def render(environment: Environment, page: ReaderPage | None = None) -> LexborHTMLParser:
    return LexborHTMLParser(pages.render_reader_page(environment, page or reader_page()))


def every_page(environment: Environment) -> dict[str, str]:
    page = reader_page()
    claim = claims()[2]
    teaser = TeaserView(page.article.title, page.article.path, NOON, tallies=page.panel.tallies)
    check = FactCheckView(claim.text, claim.chip, "Northlight Fact Desk", "https://northlight.example/c", NOON)
    return {
        "reader": pages.render_reader_page(environment, page),
        "home": pages.render_home(environment, HomePage(SITE, (teaser,), (check,))),
        "search": pages.render_search(environment, SearchPage(SITE, "ocean", (check,), 1)),
        "claim": pages.render_claim(environment, ClaimPage(SITE, claim, teaser)),
        "corrections": pages.render_corrections(environment, CorrectionsPage(SITE, page.article.corrections)),
        "methodology": pages.render_methodology(environment, MethodologyPage(SITE, DEFAULT_SCHEME)),
        "request": pages.render_request(environment, RequestPage(SITE), pages.request_form("r-1")),
        "request received": pages.render_request(environment, RequestPage(SITE, "r-1"), pages.request_form("")),
        "error": pages.render_error(environment, ErrorPage(SITE, 404)),
    }


def test_the_reader_page_has_its_four_parts_in_order_between_the_publishers_identity(environment: Environment) -> None:
    markup = pages.render_reader_page(environment, reader_page())
    order = [
        SITE.name,
        "Listen to the article",
        'id="article-body"',
        "Verify this article using the newsroom’s own analysis and real-time sources.",
        'id="comments"',
        "Saltmere Courier Cooperative Ltd",
    ]
    found = [markup.index(words) for words in order]
    assert found == sorted(found)


def test_RP6_all_of_it_is_there_without_javascript(environment: Environment) -> None:
    tree = render(environment)
    page = reader_page()
    text = tree.body.text() if tree.body else ""
    for claim in page.panel.claims:
        assert claim.chip.word in text
        assert claim.said_by in text
        for item in claim.evidence:
            assert item.quote in text
            assert item.publisher in text
    assert tree.css_first("#listen audio[controls] source") is not None
    form = tree.css_first("form#comment")
    assert form is not None
    assert form.attributes["method"] == "post"
    assert {one.attributes.get("name") for one in form.css("input, textarea")} == {
        "name",
        "comment",
        "quote",
        "request_id",
        "parent_id",
    }
    verify = tree.css_first("form.verify")
    assert verify is not None
    assert (verify.attributes["method"], verify.attributes["action"]) == ("post", "/articles/a1/verify")
    replies = [one.attributes["href"] for one in tree.css("[data-reply]")]
    assert len(replies) == 8
    assert all("?reply=" in (one or "") for one in replies)


def test_PUB3_body_list_card_and_claim_page_say_the_same(environment: Environment) -> None:
    tree = render(environment)
    for claim in claims():
        said = {node.text() for node in tree.css(f'[data-chip="{claim.claim_id}"] .chip-word')}
        card = tree.css_first(f"#card-{claim.claim_id} .outcome")
        own = LexborHTMLParser(pages.render_claim(environment, ClaimPage(SITE, claim))).css_first(".finding .outcome")
        assert card is not None
        assert own is not None
        assert said | {card.text().strip(), own.text().strip()} == {claim.chip.word}
        assert len(tree.css(f'[data-chip="{claim.claim_id}"]')) == 2


def test_J9_PUB10_only_reviewed_verdicts_are_told_to_machines(environment: Environment) -> None:
    tree = render(environment)
    told = [json.loads(node.text()) for node in tree.css('script[type="application/ld+json"]')]
    reviews = [one for one in told if one["@type"] == "ClaimReview"]
    reviewed = [claim for claim in claims() if claim.reviewed_by]
    assert [one["itemReviewed"]["text"] for one in reviews] == [claim.text for claim in reviewed]
    for claim in claims():
        if not claim.reviewed_by:
            assert "ClaimReview" not in pages.render_claim(environment, ClaimPage(SITE, claim))


def test_PUB4_PUB5_PUB6_what_machines_read_stands_on_the_page(environment: Environment) -> None:
    tree = render(environment)
    text = tree.body.text() if tree.body else ""
    for node in tree.css('script[type="application/ld+json"]'):
        told = json.loads(node.text())
        if told["@type"] != "ClaimReview":
            continue
        rating = told["reviewRating"]
        assert rating["alternateName"] in text
        assert len(told["claimReviewed"]) <= 75
        assert told.get("reviewBody", "") in text
        if "ratingValue" in rating:
            assert rating["worstRating"] <= rating["ratingValue"] <= rating["bestRating"]
        else:
            assert rating["alternateName"] == "Missing context"


def test_PUB7_every_claim_has_an_element_of_its_own(environment: Environment) -> None:
    tree = render(environment, reader_page(claim_count=14))
    ids = [node.attributes["id"] for node in tree.css("[id]")]
    assert len(ids) == len(set(ids)), "ids are unique"
    for claim in claims(14):
        assert f"c-{claim.claim_id}" in ids
        assert f"card-{claim.claim_id}" in ids


def test_PUB8_every_page_links_to_methodology_corrections_funding_and_complaints(environment: Environment) -> None:
    for name, markup in every_page(environment).items():
        links = {node.attributes.get("href") for node in LexborHTMLParser(markup).css("footer a")}
        wanted = {"/methodology", "/corrections", "/methodology#funding", "/methodology#complaints"}
        assert wanted <= links, name


def test_RP12_S5_no_inline_script_style_or_handler_and_nothing_from_elsewhere(environment: Environment) -> None:
    for name, markup in every_page(environment).items():
        tree = LexborHTMLParser(markup)
        assert not tree.css("style, [style]"), name
        for node in tree.css("*"):
            assert not [key for key in node.attributes if key.startswith("on")], name
        for script in tree.css("script"):
            assert (script.attributes.get("src") or "").startswith("/static/") or (
                script.attributes.get("type") == "application/ld+json"
            ), name
        for node in tree.css("link[rel=stylesheet], link[rel=icon], img, source, audio[src]"):
            address = node.attributes.get("href") or node.attributes.get("src") or ""
            assert address.startswith("/"), (name, address)
            assert not address.startswith("//"), (name, address)


def test_C7_hostile_words_stay_words_everywhere(environment: Environment) -> None:
    page = reader_page()
    claim = replace(page.panel.claims[0], text=HOSTILE, explanation=HOSTILE, said_by=HOSTILE)
    hostile = replace(
        page,
        site=replace(SITE, name=HOSTILE, funding=HOSTILE, contact=HOSTILE),
        article=replace(page.article, title=HOSTILE, standfirst=HOSTILE, bylines=(HOSTILE,)),
        panel=replace(page.panel, claims=(claim, *page.panel.claims[1:])),
        comments=replace(page.comments, roots=(replace(page.comments.roots[0], author_name=HOSTILE),)),
    )
    tree = LexborHTMLParser(pages.render_reader_page(environment, hostile))
    assert not tree.css("[onerror]")
    assert all("alert" not in node.text() for node in tree.css('script:not([type="application/ld+json"])'))
    article = json.loads(tree.css('script[type="application/ld+json"]')[0].text())
    assert article["headline"] == HOSTILE


def test_the_words_of_a_block_are_the_blocks_text_once_chips_are_left_out(environment: Environment) -> None:
    tree = render(environment)
    for block in reader_page().article.blocks:
        node = tree.css_first(f'[data-block="{block.block_id}"]')
        assert node is not None
        for chip in node.css("[data-chip]"):
            chip.decompose()
        assert node.text() == "".join(piece.text for piece in block.pieces)


def test_RP11_the_page_stands_when_parts_of_it_are_missing(environment: Environment) -> None:
    page = reader_page(claim_count=0, comment_count=0)
    degraded = replace(
        page,
        audio=AudioView(),
        panel=replace(page.panel, notice="Checks are not reachable at the moment.", checked_at=None),
        comments=replace(page.comments, form=None, notice="Comments are not reachable at the moment."),
    )
    text = pages.render_reader_page(environment, degraded)
    for words in (
        "No recording of this article is available",
        "Checks are not reachable",
        "Comments are not reachable",
    ):
        assert words in text


def test_stale_audio_is_never_offered(environment: Environment) -> None:
    page = reader_page()
    updating = replace(page, audio=replace(page.audio, state="updating"))
    tree = LexborHTMLParser(pages.render_reader_page(environment, updating))
    assert not tree.css("audio")
    assert "made anew" in (tree.body.text() if tree.body else "")


def test_a_form_sent_with_errors_keeps_what_was_typed_and_names_the_field(environment: Environment) -> None:
    from shared.web import FormErrors, render_form_page

    form = pages.comment_form("/articles/a1/comments", request_id="r1").filled(
        {"name": "Wilma", "comment": " "}, FormErrors({"comment": "Write something first."})
    )
    tree = LexborHTMLParser(render_form_page(environment, pages.layout(SITE), "Your comment", form))
    name, comment = tree.css_first("[name=name]"), tree.css_first("[name=comment]")
    assert name is not None
    assert comment is not None
    assert name.attributes["value"] == "Wilma"
    assert comment.attributes["aria-invalid"] == "true"
    error = tree.css_first("#" + (comment.attributes["aria-describedby"] or "").split()[-1])
    assert error is not None
    assert error.text() == "Write something first."
    summary = tree.css_first(".error-summary a")
    assert summary is not None
    assert summary.attributes["href"] == "#" + (comment.attributes["id"] or "")


def test_an_error_page_holds_a_reference_and_nothing_internal(environment: Environment) -> None:
    text = pages.render_error(environment, ErrorPage(SITE, 500, reference="4bf92f35"))
    assert "4bf92f35" in text
    assert not re.search(r"Traceback|Exception|asyncpg|services\.", text)


def test_the_live_fragment_is_the_same_markup_as_in_the_page(environment: Environment) -> None:
    page = reader_page()
    whole = render(environment, page)
    part = LexborHTMLParser(pages.render_panel_fragment(environment, page))
    for selector in ("#fact-checker", "#claim-cards"):
        one, other = whole.css_first(selector), part.css_first(selector)
        assert one is not None
        assert other is not None
        assert one.html == other.html


def test_a_name_missing_from_a_template_raises_instead_of_printing_nothing(environment: Environment) -> None:
    with pytest.raises(UndefinedError):
        environment.from_string("{{ page.nothing }}").render(page=reader_page())


def test_RP2_the_typical_page_stays_under_1500_nodes_and_the_long_one_under_3000(environment: Environment) -> None:
    typical = render(environment, reader_page(claim_count=14, comment_count=20))
    assert len(typical.css("*")) <= 1500
    long = reader_page(claim_count=40, comment_count=80)
    assert len(render(environment, long).css("*")) <= 3000
