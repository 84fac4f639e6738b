"""What we tell machines of a review is what our own archive would take in from it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from selectolax.lexbor import LexborHTMLParser

from services.publish import pages
from services.publish.structured_data import claim_review
from services.publish.views import ClaimPage, ClaimView, TeaserView
from services.verification.engine.claim_review import fact_check_of
from tests.builders.reader_page import NOON, SITE, claims

REVIEWED = [claim for claim in claims() if claim_review(SITE, claim)]


@pytest.mark.parametrize("claim", REVIEWED, ids=lambda claim: claim.rating)
def test_a_review_we_publish_is_read_back_as_it_was_meant(claim: ClaimView) -> None:
    short = replace(claim, text=" ".join(claim.text.split()[:8]))
    review = claim_review(replace(SITE, homepage=SITE.base_url), short, "https://desk.example/articles/1")
    assert review is not None
    read = fact_check_of(json.loads(json.dumps(review)), "site")
    assert (read.claim, read.url) == (short.text, SITE.base_url + claim.path)
    assert (read.publisher, read.rating_label) == (SITE.name, claim.chip.word)
    assert read.rating is not None, "our own words for ratings are words we know"
    assert read.rating.value == claim.rating
    assert read.reviewed_at == claim.decided_at


def test_a_review_says_in_which_article_the_claim_stands() -> None:
    teaser = TeaserView("The deep hall", "/articles/1", NOON)
    page = LexborHTMLParser(
        pages.render_claim(pages.make_pages(pages.make_assets()), ClaimPage(SITE, REVIEWED[0], teaser))
    )
    (told,) = [json.loads(node.text()) for node in page.css('script[type="application/ld+json"]')]
    assert told["itemReviewed"]["appearance"] == {"@type": "CreativeWork", "url": f"{SITE.base_url}/articles/1"}
    assert "appearance" not in (claim_review(SITE, REVIEWED[0]) or {})["itemReviewed"]
