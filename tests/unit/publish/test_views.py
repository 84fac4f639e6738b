"""Page values: counts, balance of evidence, and lists brought together."""

from __future__ import annotations

from dataclasses import replace

from tests.builders.reader_page import claims, evidence, reader_page


def test_tallies_cover_every_claim_and_their_stripes_touch() -> None:
    panel = reader_page(claim_count=14).panel
    start = 0
    for one in panel.tallies:
        assert one.start == start
        start += one.count
    assert start == 14


def test_PUB13_a_shortened_claim_keeps_evidence_for_and_against() -> None:
    supporting = [evidence(f"for {number}", "for") for number in range(5)]
    quotes = (*supporting, evidence("against", "against"))
    shortened = replace(claims()[0], evidence=quotes).summary(3)
    assert (shortened.evidence_for, shortened.evidence_against) == (2, 1)
    assert shortened.more_evidence == "3 more for"


def test_a_claim_with_little_evidence_is_not_shortened() -> None:
    claim = claims()[2]
    assert claim.summary(3).evidence == claim.evidence
    assert claim.summary(3).more_evidence == ""


def test_list_items_that_follow_each_other_form_one_list() -> None:
    groups = reader_page().article.groups
    assert [kind for kind, _ in groups] == ["heading", "paragraph", "list_item"]
    assert len(groups[-1][1]) == 2


def test_sources_are_counted_once_however_often_they_are_quoted() -> None:
    assert reader_page(claim_count=14).panel.sources == reader_page(claim_count=7).panel.sources


def test_PUB13_evidence_left_out_of_a_long_panel_is_counted_by_side() -> None:
    panel = reader_page(claim_count=40).panel.fitted()
    both_sides = panel.claims[2]
    assert (both_sides.evidence_for, both_sides.evidence_against) == (0, 1)
    assert both_sides.more_evidence == "1 more for"
