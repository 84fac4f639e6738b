"""ClaimReview markup read with suspicion; page tokens good for one question."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.verification.engine.claim_review import NotUsable, fact_check_of
from services.verification.model import Rating
from shared.errors import Refused
from shared.paging import LARGEST, Pages, page_size

SITE = "site"


def review(**changed: Any) -> dict[str, Any]:
    return {
        "@type": "ClaimReview",
        "url": "https://www.desk.example/checks/1?utm_source=x",
        "claimReviewed": "Only 5&nbsp;percent of the ocean floor\nhas been mapped.",
        "name": "Far more",
        "datePublished": "2024-07-02",
        "inLanguage": "en",
        "author": {"name": "The Desk", "url": "https://desk.example/"},
        "itemReviewed": {"author": [{"name": "Posts"}]},
        "reviewRating": {"ratingValue": "1", "worstRating": "1", "bestRating": "5", "alternateName": "False"},
        **changed,
    }


def test_a_review_becomes_a_fact_check() -> None:
    found = fact_check_of(review(), SITE)
    assert found.claim == "Only 5 percent of the ocean floor has been mapped."
    assert (found.publisher, found.claimant, found.rating, found.rating_label) == (
        "The Desk",
        "Posts",
        Rating.REFUTED,
        "False",
    )
    assert found.reviewed_at == datetime(2024, 7, 2, tzinfo=UTC)
    assert not found.own


def test_the_same_page_and_claim_is_the_same_fact_check_however_it_is_spelled() -> None:
    ids = {
        fact_check_of(review(**changed), SITE).fact_check_id
        for changed in (
            {},
            {"url": "http://desk.example/checks/1"},
            {"claimReviewed": "ONLY 5 PERCENT of the ocean floor has been mapped."},
            {"reviewRating": {"alternateName": "True"}},
        )
    }
    assert len(ids) == 1
    assert fact_check_of(review(url="https://desk.example/checks/2"), SITE).fact_check_id not in ids
    assert fact_check_of(review(claimReviewed="Another claim."), SITE).fact_check_id not in ids
    assert fact_check_of(review(), "another site").fact_check_id not in ids


@pytest.mark.parametrize(
    "changed",
    [
        {"claimReviewed": ""},
        {"claimReviewed": None},
        {"claimReviewed": ["a"]},
        {"url": ""},
        {"url": "javascript:alert(1)"},
        {"url": "https:///x"},
        {"author": {"name": "The Desk", "url": "https://elsewhere.example/"}},
        {"author": {"name": "The Desk", "url": "https://notdesk.example/"}},
        {"author": {"name": "The Desk", "url": "mailto:desk@desk.example"}},
    ],
)
def test_what_cannot_be_trusted_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(NotUsable):
        fact_check_of(review(**changed), SITE)


@pytest.mark.parametrize(
    "changed",
    [
        {"reviewRating": {}},
        {"reviewRating": None},
        {"reviewRating": {"ratingValue": "many"}},
        {"datePublished": "yesterday", "reviewRating": {"alternateName": "Satire"}},
        {"author": "The Desk", "reviewRating": []},
        {"itemReviewed": "text", "reviewRating": 3},
    ],
)
def test_a_rating_that_cannot_be_read_is_no_rating(changed: dict[str, Any]) -> None:
    assert fact_check_of(review(**changed), SITE).rating is None


def test_a_subdomain_of_the_publisher_is_the_publisher() -> None:
    author = {"name": "The Desk", "url": "https://news.desk.example/about"}
    assert fact_check_of(review(author=author), SITE).publisher_url == "https://news.desk.example/about"


def test_a_page_token_opens_its_own_question_alone() -> None:
    pages = Pages(b"secret")
    token = pages.token(["site", "ocean"], [20])
    assert pages.place(["site", "ocean"], token) == [20]
    assert pages.place(["site", "ocean"], "") is None
    for question, given in (
        (["site", "sharks"], token),
        (["other", "ocean"], token),
        (["siteocean"], token),
        (["site", "ocean"], token + "A"),
        (["site", "ocean"], "AAAA"),
        (["site", "ocean"], "not a token"),
    ):
        with pytest.raises(Refused):
            pages.place(question, given)
    with pytest.raises(Refused):
        Pages(b"another").place(["site", "ocean"], token)


def test_page_sizes_have_a_default_a_limit_and_a_floor() -> None:
    assert [page_size(asked) for asked in (0, 1, 100, 5_000)] == [20, 1, 100, LARGEST]
    with pytest.raises(Refused):
        page_size(-1)
