"""Deciding claims through the desk's own pages."""

from __future__ import annotations

from plumbline.staff.v1.review_service_pb2 import Review, VerdictVersion

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
    assert "/console?page=t%2F2" in links


async def test_a_claim_shows_all_evidence_and_never_links_to_a_script(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    assert ann.status == 200
    assert ann.find("mark").text() == "found\nthat the harbour cost 55 million"
    assert "structured differs 40 and 55 million" in ann.text
    links = [link.attributes["href"] for link in ann.page.css("article.source h4 a")]
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


async def test_a_suggested_passage_can_be_dropped_from_the_decision(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    await ann.submit(CLAIM + "/decision", explanation="Because.", rating="not_enough_evidence", keep=[])
    proposed = next(said for _, said in house.reviews.heard if hasattr(said, "rating"))
    assert (proposed.rating, list(proposed.citations)) == ("not_enough_evidence", [])


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


def decided(house: House) -> None:
    told = VerdictVersion(version=1, rating="refuted", explanation="Old.", decided_by="Ben", reviewed_by="Cid")
    house.reviews.review.MergeFrom(Review(state="decided", decided_by="Ben", seconded_by="Cid", verdicts=[told]))


async def test_a_correction_says_what_changed_and_why(house: House) -> None:
    decided(house)
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    assert "Decided by Ben, seconded by Cid." in ann.text
    assert ann.find("#explanation").text().strip() == "Old."
    await ann.submit(CLAIM + "/correction", explanation="New.", rating="mixed")
    assert ann.status == 422
    assert ann.find("#error-note").text() == "Say what changed and why."
    await ann.submit(CLAIM + "/correction", explanation="New.", rating="mixed", note="The audit was revised.")
    assert ann.path == f"{CLAIM}?done=corrected"
    corrected = house.reviews.of_kind("CorrectDecisionRequest")[-1]
    assert (corrected.note, corrected.version) == ("The audit was revised.", 3)


async def test_a_withdrawal_gives_its_reason_and_waits_for_a_second_person(house: House) -> None:
    decided(house)
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM)
    await ann.submit(CLAIM + "/withdrawal", withdraw_note="")
    assert ann.find("#error-withdraw_note").text() == "Say what changed and why."
    await ann.submit(CLAIM + "/withdrawal", withdraw_note="Wrong person.")
    assert ann.path == f"{CLAIM}?done=proposed"


async def test_a_claim_is_taken_scheduled_and_released(house: House) -> None:
    ann, bob = await house.visitor("ann", "reviewer"), await house.visitor("bob", "reviewer")
    await ann.get(CLAIM)
    await ann.submit(CLAIM + "/assignment")
    assert ann.path == f"{CLAIM}?done=taken"
    await ann.submit(CLAIM + "/schedule", priority="urgent", due_at="2026-12-01T09:30")
    said = house.reviews.of_kind("ScheduleReviewRequest")[-1]
    assert (said.priority, said.due_at.ToJsonString()) == ("urgent", "2026-12-01T09:30:00Z")
    await bob.get(CLAIM)
    assert "Ann has this claim." in bob.text
    assert not bob.page.css(f"form[action='{CLAIM}/decision'], form[action='{CLAIM}/release']")
    await ann.submit(CLAIM + "/schedule", priority="urgent", due_at="next week")
    assert (ann.status, "Give a date" in ann.text) == (422, True)
    await ann.submit(CLAIM + "/release")
    assert ann.path == f"{CLAIM}?done=released"


async def test_a_desk_lead_gives_a_claim_to_a_colleague_and_to_nobody_else(house: House) -> None:
    ann = await house.visitor("ann", "reviewer", "admin")
    bob = await house.hire("bob", "reviewer")
    await house.hire("mia", "moderator")
    await ann.get(CLAIM)
    offered = {each.text() for each in ann.page.css("select[name=assignee] option")}
    assert offered == {"Ann", "Bob"}
    await ann.submit(CLAIM + "/assignment", assignee=str(bob.staff_id))
    said = house.reviews.of_kind("AssignReviewRequest")[-1]
    assert (said.assignee_id, said.assignee_name) == (str(bob.staff_id), "Bob")
    await ann.submit(CLAIM + "/assignment", assignee="somebody")
    assert ann.status == 422


async def test_the_list_asks_for_what_the_filter_says(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get("/console?state=proposed&who=me&priority=high&order=due&overdue=1&q=harbour")
    asked = house.reviews.of_kind("ListReviewsRequest")[-1]
    wanted = ("proposed", "me", "high", "due", True, "harbour")
    assert (asked.state, asked.assignee, asked.least_priority, asked.order, asked.overdue, asked.query) == wanted
    assert ann.value("select[name=state] option[selected]") == "proposed"
    more = next(link.attributes["href"] for link in ann.page.css("a[rel=next]"))
    assert "state=proposed" in str(more)
    await ann.get("/console?state=nonsense&who=%27&order=x")
    asked = house.reviews.of_kind("ListReviewsRequest")[-1]
    assert (ann.status, asked.state, asked.assignee, asked.order) == (200, "", "", "")


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
