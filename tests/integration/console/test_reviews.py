"""Deciding claims through the desk's own pages."""

from __future__ import annotations

from plumbline.staff.v1.review_service_pb2 import Review

from shared.errors import Transient
from tests.integration.console.house import House

CLAIM = "/console/claims/claim-1"


async def test_the_queue_lists_claims_with_outcome_and_escapes_what_others_wrote(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    assert ann.path == "/console"
    assert "Contradicted by a number, awaiting review" in ann.text
    assert "The harbour cost <b>40</b> million." in ann.text
    assert ann.page.css_first("b") is None
    links = {link.attributes["href"] for link in ann.page.css("a")}
    assert "/console/claims/claim-1" in links
    assert "/console?page=t/2" in links


async def test_a_claim_shows_all_evidence_and_never_links_to_a_script(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    assert ann.status == 200
    assert ann.find("mark").text() == "found\nthat the harbour cost 55 million"
    assert "structured differs 40 and 55 million" in ann.text
    links = [link.attributes["href"] for link in ann.page.css("article.source a")]
    assert links == ["https://audit.example/report"]
    assert not ann.page.css("#rating option[selected]"), "the suggestion is told, never chosen for the person"
    assert "Automated suggestion, not yet reviewed: Refuted." in ann.text


async def test_S4_two_people_decide_and_the_owner_hears_who_said_what(house: House) -> None:
    ann, bob = await house.visitor("ann", "reviewer"), await house.visitor("bob", "reviewer")
    await ann.get(CLAIM)
    await ann.submit(CLAIM + "/decision", explanation="The audit says 55.\n\nNot 40.", rating="refuted")
    assert ann.path == f"{CLAIM}?done=proposed"
    assert "You proposed this. A second person has to agree" in ann.text
    assert not ann.page.css(f"form[action='{CLAIM}/second']")
    await bob.get(CLAIM)
    assert "proposed by Ann" in bob.text
    await bob.submit(CLAIM + "/second", answer="agree")
    assert bob.path == f"{CLAIM}?done=decided"
    person, proposed = next((who, said) for who, said in house.reviews.heard if hasattr(said, "rating"))
    assert (person.name, person.roles) == ("Ann", frozenset({"reviewer"}))
    assert proposed.explanation == "The audit says 55.\n\nNot 40."
    assert [(c.evidence_id, c.exact, c.stance) for c in proposed.citations] == [
        ("e1", "found\nthat the harbour cost 55 million", "contradicts")
    ]
    assert house.reviews.review.state == "decided"


async def test_a_passage_can_be_added_and_a_suggested_one_dropped(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    typed: dict[str, str | list[str]] = {"quote-0": "cost 55 million euros", "stance-0": "contradicts", "keep": []}
    await ann.submit(CLAIM + "/decision", explanation="Because.", rating="mixed", **typed)
    proposed = next(said for _, said in house.reviews.heard if hasattr(said, "rating"))
    assert [(c.evidence_id, c.exact) for c in proposed.citations] == [("e1", "cost 55 million euros")]
    assert proposed.rating == "mixed"


async def test_S4_ones_own_second_opinion_is_refused_by_the_owner_and_shown(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    csrf = ann.csrf
    await ann.submit(CLAIM + "/decision", explanation="Because.")
    await ann.post(CLAIM + "/second", [("csrf", csrf), ("version", "4"), ("answer", "agree")])
    assert ann.status == 409
    assert "A second person has to decide; you proposed this." in ann.text
    assert house.reviews.review.state == "proposed"


async def test_a_stale_form_changes_nothing_and_keeps_what_was_typed(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    house.reviews.review.version = 9
    await ann.submit(CLAIM + "/decision", explanation="My long explanation", rating="mixed")
    assert ann.status == 409
    assert "Somebody changed this review since you opened it" in ann.text
    assert ann.find("#explanation").text().strip() == "My long explanation"
    assert ann.value("#rating option[selected]") == "mixed"
    assert house.reviews.review.state == "open"


async def test_S7_a_refusal_of_the_owner_stands_beside_its_field(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    await ann.submit(CLAIM + "/decision", explanation="")
    assert ann.status == 422
    assert ann.find("#error-explanation").text() == "Write the explanation readers will see."


async def test_a_correction_says_what_changed_and_why(house: House) -> None:
    house.reviews.review.MergeFrom(Review(state="decided", decided_by="Ben", seconded_by="Cid"))
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    assert "Decided by Ben, seconded by Cid." in ann.text
    await ann.submit(CLAIM + "/decision", explanation="New.", rating="mixed", note="The audit was revised.")
    proposed = next(said for _, said in house.reviews.heard if hasattr(said, "rating"))
    assert proposed.note == "The audit was revised."


async def test_an_unknown_claim_is_not_found(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    assert (await ann.get("/console/claims/other")).status == 404


async def test_a_service_that_is_away_is_a_503_that_says_so(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    house.reviews.refuse = Transient("database: secret detail")
    assert (await ann.get("/console")).status == 503
    assert ann.headers["retry-after"] == "2"
    assert "secret" not in ann.text


async def test_T1_a_staff_call_continues_the_trace_of_its_page(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    pages = house.stage.observed[house.running.spec.group].spans
    page = [span for span in pages if span.name == "GET /console/claims/{claim_id}"][-1]
    call = [span for span in house.stage.observed["staffed"].spans if span.name.endswith("/GetReview")][-1]
    assert call.parent is not None
    assert (call.context.trace_id, call.parent.span_id) == (page.context.trace_id, page.context.span_id)
