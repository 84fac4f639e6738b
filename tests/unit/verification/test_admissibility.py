from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.verification.engine.addresses import canonical_url, not_an_article, under_domain
from services.verification.engine.admissibility import admissible_ids, inadmissible, not_citable, place
from services.verification.engine.independence import independent_groups, is_copy
from services.verification.model import Citation, Origin, Stance
from tests.unit.verification.builders import SETTINGS, analysis, claim, evidence


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/",
        "https://news.example",
        "https://www.news.example/index.html",
        "https://news.example/en/",
        "https://news.example/world",
        "https://news.example/news/politics/",
        "https://news.example/tag/rents",
        "https://news.example/topics/housing",
        "https://news.example/category/economy/page/2",
        "https://news.example/author/anna-smith",
        "https://news.example/search?q=rents",
        "https://news.example/search/rents",
        "https://news.example/?s=rents",
        "https://www.google.com/search?q=rents+lisbon",
        "https://news.google.co.uk/search?q=rents",
        "https://www.bing.com/search?q=rents",
        "https://duckduckgo.com/?q=rents",
        "https://whois.domaintools.com/news.example",
        "https://who.is/whois/news.example",
        "https://registry.example/whois/news.example",
        "https://news.example/login?next=/rents",
        "https://news.example/subscribe",
        "https://news.example/account/signin",
        "https://news.example/feed",
        "https://news.example/rss.xml",
        "https://news.example/sitemap.xml",
        "https://news.example/archive",
        "ftp://news.example/report.txt",
        "javascript:alert(1)",
        "news.example/rents",
        "",
    ],
)
def test_J4_pages_that_are_no_article_cannot_carry_evidence(url: str) -> None:
    assert not_an_article(url)
    assert inadmissible(evidence(url=url), claim(), SETTINGS)


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example/2026/03/rents-rose",
        "https://news.example/world/europe/rents-in-lisbon-rose-12-percent",
        "https://news.example/news/articles/c4gk2lx8",
        "https://news.example/story?id=93411",
        "https://news.example/?p=1734",
        "https://en.wikipedia.org/wiki/Lisbon",
        "https://statistics.example/indicator/SP.POP.TOTL",
        "https://ministry.example/publications/annual-report-2025.pdf",
        "https://news.example/rents-rose-again.html",
    ],
)
def test_articles_and_documents_can(url: str) -> None:
    assert not_an_article(url) == ""
    assert inadmissible(evidence(url=url), claim(), SETTINGS) == ""


def test_J5_only_analyses_of_our_own_house_are_admitted() -> None:
    ours = evidence("o", url="https://www.harbourpost.example/2026/02/rents-background-story")
    assert inadmissible(ours, claim(), SETTINGS)
    assert inadmissible(analysis(), claim(), SETTINGS) == ""
    assert under_domain("https://blog.harbourpost.example/x", SETTINGS.own_domains)
    assert not under_domain("https://notharbourpost.example/x", SETTINGS.own_domains)
    machine = evidence("m", origin=Origin.MACHINE)
    assert admissible_ids([ours, machine, evidence()], claim(), SETTINGS) == {"e1"}


def test_a_stub_behind_a_paywall_is_no_evidence() -> None:
    assert inadmissible(evidence(text="Rents rose. Subscribe to continue reading."), claim(), SETTINGS)


def test_one_page_has_one_spelling() -> None:
    spellings = [
        "https://www.news.example/a/b/?utm_source=x&id=1#top",
        "http://news.example/a/b?id=1",
        "https://m.news.example/a/b/amp?id=1&fbclid=abc",
    ]
    assert len({canonical_url(url) for url in spellings}) == 1


def test_J2_a_passage_is_cited_only_where_it_stands() -> None:
    item = evidence(text="Rents rose by 3\n percent. The office said so.")
    citation = place("Rents rose by 3 percent.", item, Stance.CONTRADICTS)
    assert citation is not None
    assert citation.exact == item.text[citation.start : citation.end] == "Rents rose by 3\n percent."
    assert place("Rents rose by 4 percent.", item, Stance.CONTRADICTS) is None
    assert not_citable(citation, {"e1": item}) == ""
    assert not_citable(citation, {})


@given(st.integers(0, 40), st.characters(categories=["L", "N"]))
def test_J2_one_changed_character_is_refused(at: int, letter: str) -> None:
    item = evidence(text="Rents rose by 3 percent. The office said so.")
    altered = item.text[:at] + letter + item.text[at + 1 :]
    refused = not_citable(Citation("e1", 0, len(altered), altered, Stance.SUPPORTS), {"e1": item})
    assert bool(refused) == (altered != item.text)


def test_J6_five_printings_of_one_wire_story_are_one_source() -> None:
    wire = "LISBON (Reuters) - Rents in the capital rose by three percent over the year, the office said on Monday. "
    more = "Tenants' groups said that the figure hides much larger jumps for new contracts in the old town. "
    printed = [
        evidence(f"e{n}", wire + more + f"Paper {n} adds a line of its own about the weather.") for n in range(5)
    ]
    other = evidence("x", "A survey of brokers counts twelve thousand new contracts and finds prices nearly flat.")
    assert sorted(map(len, independent_groups([*printed, other]))) == [1, 5]
    assert is_copy(wire + more, wire + more + "Something else entirely.")
    same_house = [
        evidence("a", "One text.", url="https://n.example/a/b-c"),
        evidence("b", "Two.", url="https://n.example/d/e-f"),
    ]
    assert len(independent_groups(same_house)) == 1
