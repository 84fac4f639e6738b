"""How a source was rated, shown with what it carried: in words, and only where somebody had rated it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from plumbline.events.v1 import common_pb2, publication_pb2, verdict_pb2

from services.publish.pages import make_assets, make_pages
from services.publish.panel_json import claim_json
from services.publish.presenting import evidence_view
from services.publish.views import EvidenceView
from services.publish.wording import DEFAULT_SCHEME, evidence_class_words, rated_words
from tests.builders import events as make
from tests.builders.reader_page import evidence

SINCE = datetime(2026, 3, 3, tzinfo=UTC)


def rating(**changes: object) -> verdict_pb2.SourceRating:
    said = verdict_pb2.SourceRating(
        evidence_id="e1", domain="example.com", credibility="reliable", provenance="Press council, ruling 4.", version=2
    )
    said.valid_from.FromDatetime(SINCE)
    for name, value in changes.items():
        setattr(said, name, value)
    return said


def shown(one: EvidenceView) -> str:
    module = make_pages(make_assets()).get_template("parts.html").module
    return str(module.evidence(one))  # type: ignore[attr-defined]


def test_PUB13_the_rating_stands_beside_the_quotation_with_since_when_and_where_from() -> None:
    citation = make.outcome().citations[0]
    view = evidence_view(citation, make.evidence(), rating(link="https://council.example/4"))
    words = shown(view)
    assert "Rated reliable by this newsroom since 3 March 2026, version 2." in words
    assert 'Known from: <a href="https://council.example/4" rel="noopener">Press council, ruling 4</a>.' in words
    assert "Real-time source." in words


def test_a_source_nobody_rated_is_said_to_be_unrated() -> None:
    assert "Source not rated by this newsroom" in shown(evidence("Words.", "for"))
    assert "which we do not rate" in shown(evidence("Words.", "for", evidence_class="newsroom_analysis"))


def test_what_people_wrote_about_a_source_is_never_markup() -> None:
    view = evidence_view(make.outcome().citations[0], make.evidence(), rating(provenance="<b>They said</b>"))
    assert "<b>" not in shown(view)


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("fetched", "Real-time source"),
        ("uploaded", "Real-time source, a file our desk was given"),
        ("typed", "Real-time source, words our desk took down"),
        ("", "Real-time source"),
    ],
)
def test_how_a_source_came_to_us_is_told_in_words(origin: str, words: str) -> None:
    assert evidence_class_words("real_time_source", origin) == words


def test_a_first_rating_has_no_version_to_tell() -> None:
    assert rated_words("mixed", SINCE, 1) == "Rated mixed: partly reliable by this newsroom since 3 March 2026"


def test_programs_read_the_rating_with_the_citation_it_belongs_to() -> None:
    outcome = make.outcome()
    outcome.source_ratings.append(rating())
    outcome.citations.append(common_pb2.Citation(evidence_id="e2", exact="x", stance=common_pb2.STANCE_DISCUSSES))
    one = publication_pb2.PanelClaim(claim=make.claim(), outcome=outcome)
    held = {each: make.evidence(each) for each in ("e1", "e2")}
    told = [each["source_rating"] for each in claim_json(one, 1, held, "a1", DEFAULT_SCHEME)["citations"]]
    assert told[0]["credibility"] == "reliable"
    assert told[0]["since"].startswith("2026-03-03")
    assert told[1] is None
