"""The demonstration's own content keeps what its EXPECTED.md says of it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.local.site_server import SitePage, read_site

DEMO = Path(__file__).parents[3] / "deploy" / "demo"
BASE = "http://127.0.0.1:8099"
TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Expected:
    """One row of a table of EXPECTED.md."""

    id: str
    words: str
    said_by: str
    kind: str
    finding: str
    rests_on: str
    rating: str


def rows() -> Iterator[Expected]:
    for line in (DEMO / "EXPECTED.md").read_text("utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if len(cells) == 7 and re.fullmatch(r"[AB]\d+", cells[0]):
            yield Expected(*cells)


def load(name: str) -> Any:
    return json.loads((DEMO / name).read_text("utf-8"))


def words_of(name: str) -> str:
    return " ".join(html.unescape(TAG.sub("", load(name)["html"])).split())


ARTICLES = {"A": "articles/deep-hall.json", "B": "articles/smallpox-plaque.json"}
ROWS = list(rows())


@pytest.fixture(scope="module")
def site() -> dict[str, SitePage]:
    return read_site(DEMO / "site", BASE)


def text_at(site: dict[str, SitePage], path: str) -> str:
    return " ".join(html.unescape(TAG.sub(" ", site[path].body.decode())).split())


def test_there_is_a_row_for_each_outcome() -> None:
    assert len(ROWS) == 13
    assert {row.finding.split()[0] for row in ROWS} == {"match", "number", "none"}
    assert {"number contradicts", "match contradicts", "number supports", "match supports", "none"} <= {
        r.finding for r in ROWS
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_each_expected_claim_stands_in_its_article_and_its_evidence_is_served(
    row: Expected, site: dict[str, SitePage]
) -> None:
    article = words_of(ARTICLES[row.id[0]])
    assert row.words in article
    if row.kind in ("named", "document", "anonymous"):
        surname = row.said_by.removeprefix("the ").removeprefix("a ").split()[-1]
        assert surname in article
    if row.rests_on:
        assert row.rests_on in site


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/sources/titanic.html", "About 1,500 people died when the Titanic sank in April 1912."),
        ("/sources/challenger-deep.html", "in the bathyscaphe Trieste on 23 January 1960."),
        ("/sources/trade-by-sea.html", "Ships carry more than 80 per cent of world trade by volume."),
        ("/sources/tsunami-2004.html", "The Indian Ocean tsunami of 26 December 2004 killed about 230,000 people"),
        ("/sources/smallpox.html", "Cases of wild polio have fallen by more than 99 per cent since 1988."),
    ],
)
def test_the_sources_state_the_measures_that_are_compared(site: dict[str, SitePage], path: str, sentence: str) -> None:
    assert sentence in text_at(site, path)


def test_every_link_of_every_article_leads_to_a_page(site: dict[str, SitePage]) -> None:
    for name in (*ARTICLES.values(), "articles/deep-hall.revised.json"):
        for path in re.findall(r'href="\{base\}([^"]+)"', load(name)["html"]):
            assert path in site, (name, path)


def test_the_revision_changes_one_paragraph_and_takes_the_wrong_number_out() -> None:
    first, second = load("articles/deep-hall.json"), load("articles/deep-hall.revised.json")
    assert second["source_version"] > first["source_version"]
    before, after = first["html"].splitlines(), second["html"].splitlines()
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1
    assert "3,000" not in words_of("articles/deep-hall.revised.json")
    assert 500 <= len(words_of("articles/deep-hall.json").split()) <= 800


def test_PUB5_the_archive_has_forty_fact_checks_or_more_on_one_rising_scale(site: dict[str, SitePage]) -> None:
    reviews = [one["item"][0] for one in load("site/factchecks.json")["dataFeedElement"]]
    assert len(reviews) >= 40
    assert len({one["url"] for one in reviews}) == len(reviews) == len({one["claimReviewed"] for one in reviews})
    words = {(one["reviewRating"]["ratingValue"], one["reviewRating"]["alternateName"]) for one in reviews}
    assert len(words) == len({value for value, _ in words}) == 5, "one word for each value"
    for one in reviews:
        rating = one["reviewRating"]
        assert (rating["worstRating"], rating["bestRating"]) == (1, 5)
        page = text_at(site, one["url"].removeprefix("{base}"))
        for shown in (one["claimReviewed"], one["reviewBody"], rating["alternateName"], one["author"]["name"]):
            assert shown in page


def test_comments_hang_together_and_two_are_anonymous() -> None:
    comments = load("comments.json")
    ids = [one["comment_id"] for one in comments]
    assert len(set(ids)) == len(ids) == 8
    for position, one in enumerate(comments):
        assert one["parent_id"] is None or one["parent_id"] in ids[:position], "a parent comes before its reply"
    assert sum(one["author_name"] is None for one in comments) == 2


def test_nobody_is_mistaken_for_a_real_publisher() -> None:
    publisher = load("publisher.json")
    assert publisher["homepage"].endswith(".example")
    assert publisher["contact"].endswith(".example")
    assert "Fictional" in publisher["legal_footer"]
