"""What the desk shows of a claim and what the person in front of it can do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plumbline.staff.v1 import review_service_pb2 as pb
from plumbline.staff.v1.moderation_service_pb2 import HeldComment

from services.console.model.review import Draft, Review, Step, age, first_draft, marked, next_step
from services.console.model.site import DEFAULT_SCHEME
from services.console.review_wire import held_of, proposal, review_of
from tests.builders.staff_review import open_review

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def review(**changed: object) -> Review:
    return review_of(open_review(**changed))


@pytest.mark.parametrize(
    ("state", "by", "step"),
    [
        ("open", "", Step.DECIDE),
        ("assigned", "", Step.DECIDE),
        ("machine", "", Step.DECIDE),
        ("decided", "p-1", Step.CHANGE),
        ("corrected", "", Step.CHANGE),
        ("withdrawn", "", Step.CHANGE),
        ("proposed", "p-2", Step.SECOND),
        ("proposed", "p-1", Step.WAIT),
        ("proposed", "Ann", Step.WAIT),
        ("something new", "", Step.NOTHING),
    ],
)
def test_J4_nobody_is_offered_a_second_opinion_on_their_own_decision(state: str, by: str, step: Step) -> None:
    assert next_step(review(state=state, proposed_by=by), "p-1", "Ann") is step


def test_what_each_step_took_is_said_in_words() -> None:
    looked = pb.LookupNote(connector="gdelt", result="found", milliseconds=740, requests=1, age_seconds=90)
    stages = [
        pb.StageNote(stage="retrieval", result="found", milliseconds=3, lookups=[looked]),
        pb.StageNote(stage="plugin", result="failed", milliseconds=2_400, tokens=1_000, cost_micros=1_400),
    ]
    retrieval, plugin = review(stages=stages).stages
    assert (retrieval.spent, plugin.spent) == ("3 ms", "2,400 ms, 1,000 tokens, cost 0.0014")
    (lookup,) = retrieval.lookups
    assert (lookup.stage, lookup.spent) == ("gdelt", "740 ms, 1 request, remembered 90 s")


def test_what_somebody_else_has_or_the_article_dropped_is_not_offered() -> None:
    assert next_step(review(state="assigned", assigned_to="p-2"), "p-1", "Ann") is Step.TAKEN
    assert next_step(review(state="assigned", assigned_to="p-1"), "p-1", "Ann") is Step.DECIDE
    assert next_step(review(claim_state="withdrawn"), "p-1", "Ann") is Step.NOTHING


def test_a_draft_keeps_what_was_ticked_in_the_order_of_the_review() -> None:
    kept = pb.Quotation(
        quotation_id="q", evidence_id="e2", exact="x", stance="supports", start=0, end=1, picked_by="Ann"
    )
    shown = review(quotations=[kept])
    picked, suggested = shown.quotes
    assert (picked.quotation_id, picked.picked_by, shown.cited) == ("q", "Ann", (suggested,))
    assert first_draft(shown).quotes(shown) == (picked, suggested)
    assert Draft(keep=frozenset({suggested.key, "unknown"})).quotes(shown) == (suggested,)
    assert Draft().quotes(shown) == ()
    sent = proposal(shown, Draft("refuted", "Because.", "Corrected.", first_draft(shown).keep))
    said = (sent.claim_id, sent.rating, sent.explanation, sent.note, sent.version)
    assert said == ("claim-1", "refuted", "Because.", "Corrected.", 3)
    assert [(c.evidence_id, c.exact, c.stance, c.end) for c in sent.citations] == [
        ("e2", "x", "supports", 1),
        ("e1", "found\nthat the harbour cost 55 million", "contradicts", 0),
    ]


def test_the_same_passage_kept_and_suggested_stands_once() -> None:
    words = "found\nthat the harbour cost 55 million"
    kept = pb.Quotation(quotation_id="q", evidence_id="e1", exact=words, stance="contradicts")
    (quote,) = review(quotations=[kept]).quotes
    assert quote.quotation_id == "q"


def test_evidence_stands_on_the_side_it_speaks_for() -> None:
    passage = pb.ReviewCitation(evidence_id="e1", exact="x", stance="contradicts")
    held = [pb.ReviewEvidence(evidence_id="e1", passages=[passage]), pb.ReviewEvidence(evidence_id="e2")]
    sides = review(evidence=held).sides()
    assert [(title, [each.evidence_id for each in found]) for title, found in sides] == [
        ("Against the claim", ["e1"]),
        ("For the claim", []),
        ("Neither, or not yet judged", ["e2"]),
    ]
    assert len(review(evidence=held[:1]).sides()) == 2


@given(st.text("ab \n", max_size=40), st.lists(st.text("ab", max_size=4), max_size=4))
def test_marking_quotes_never_changes_the_excerpt(excerpt: str, quotes: list[str]) -> None:
    runs = marked(excerpt, quotes)
    assert "".join(text for text, _ in runs) == excerpt
    assert all(text for text, _ in runs)
    for quote in quotes:
        if quote and quote in excerpt:
            assert any(quoted for _, quoted in runs)


def test_only_addresses_of_the_web_become_links() -> None:
    first, second = review().sources
    assert (first.link, second.link) == ("https://audit.example/report", "")


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "just now"), (1, "1 min"), (59, "59 min"), (60, "1 h"), (2879, "47 h"), (2880, "2 days")]
)
def test_ages_in_words(minutes: int, words: str) -> None:
    assert age(NOW - timedelta(minutes=minutes), NOW) == words
    assert age(None, NOW) == ""


def test_C7_a_held_comment_is_cleaned_again_before_staff_see_it() -> None:
    body = "<p onclick=x>Hi</p><script>x</script><a href='javascript:x'>a</a><a href='https://x.example/?q=1&b'>b</a>"
    shown = held_of(HeldComment(comment_id="c", body_html=body))
    assert str(shown.body) == (
        '<p>Hi</p><a rel="noopener noreferrer nofollow">a</a>'
        '<a href="https://x.example/?q=1&amp;b" rel="noopener noreferrer nofollow">b</a>'
    )


def test_the_default_scheme_is_a_scale_of_five_and_ratings_beside_it() -> None:
    assert [one.rating for one in DEFAULT_SCHEME if one.value] == [
        "refuted",
        "mostly_refuted",
        "mixed",
        "mostly_supported",
        "supported",
    ]
    assert [one.value for one in DEFAULT_SCHEME][:5] == [1, 2, 3, 4, 5]
    assert {one.rating for one in DEFAULT_SCHEME if not one.value} == {
        "conflicting",
        "missing_context",
        "not_enough_evidence",
        "withdrawn",
    }
