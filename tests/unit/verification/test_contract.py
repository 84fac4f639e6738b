"""Between the wire and the words of verification: nothing lost, nothing taken that breaks the contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from plumbline.events.v1 import claim_pb2, fact_check_pb2, request_pb2, verdict_pb2

from services.verification import contract
from services.verification.model import (
    Abstention,
    Basis,
    Citation,
    Evidence,
    FactCheck,
    Outcome,
    OutcomeStatus,
    Rating,
    Stage,
    StageResult,
    StageStatus,
    Stance,
)
from services.verification.model.subject import ClaimState, Run, Subject, nothing_known
from shared.events import Version
from tests.builders import events as make

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def wire(**changed: object) -> claim_pb2.ClaimSheet:
    sheet = make.claim_sheet(3, make.claim("Rents rose by 12 percent."), make.claim("Nobody was told."))
    sheet.links.extend(["https://a.example/1", "https://b.example/2", "https://a.example/1"])
    sheet.title = "Rents"
    for name, value in changed.items():
        setattr(sheet, name, value)
    return sheet


def outcome(claim_id: str = "c", **changed: object) -> Outcome:
    return replace(Outcome(claim_id, "h", OutcomeStatus.NEEDS_REVIEW, headline="Not enough evidence yet."), **changed)  # type: ignore[arg-type]


def subject(*outcomes: Outcome) -> Subject:
    sheet = contract.sheet(wire())
    ids = [claim.claim_id for claim in sheet.claims]
    placed = {claim_id: replace(each, claim_id=claim_id) for claim_id, each in zip(ids, outcomes, strict=False)}
    known = replace(nothing_known(sheet), sheet=sheet, outcomes=placed)
    return replace(known, version=Version(1, 7), last_run_id="run", checked_at=AT)


def test_a_sheet_is_read_whole() -> None:
    sheet = contract.sheet(wire())
    assert (sheet.subject_id, sheet.article_id, sheet.version) == (make.ARTICLE, make.ARTICLE, Version(1, 3))
    assert [claim.text for claim in sheet.claims] == ["Rents rose by 12 percent.", "Nobody was told."]
    assert sheet.links == ("https://a.example/1", "https://b.example/2")
    assert (sheet.title, sheet.public, sheet.kind) == ("Rents", True, "article")


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        (claim_pb2.CLAIM_STATE_ACTIVE, ClaimState.ACTIVE),
        (claim_pb2.CLAIM_STATE_STALE, ClaimState.STALE),
        (claim_pb2.CLAIM_STATE_ORPHANED, ClaimState.ORPHANED),
        (claim_pb2.CLAIM_STATE_WITHDRAWN, ClaimState.WITHDRAWN),
        (claim_pb2.CLAIM_STATE_DISMISSED, ClaimState.DISMISSED),
    ],
)
def test_every_state_of_a_claim_is_known(state: claim_pb2.ClaimState.ValueType, kept: ClaimState) -> None:
    found = contract.sheet(make.claim_sheet(1, make.claim(state=state)))
    assert found.claims[0].state is kept


def test_who_said_it_and_that_it_was_said_travel_along() -> None:
    claim = make.claim()
    claim.kind = claim_pb2.CLAIM_KIND_REPORT
    claim.attribution.source_kind, claim.attribution.source_name = claim_pb2.SOURCE_KIND_NAMED, "Jane Smith"
    claim.attribution.verbatim = True
    read = contract.sheet(make.claim_sheet(1, claim)).claims[0]
    assert (read.report, read.source_kind, read.source_name, read.verbatim) == (True, "named", "Jane Smith", True)


@pytest.mark.parametrize(
    "broken",
    [
        wire(subject_id=""),
        wire(site_id="no uuid"),
        make.claim_sheet(1, make.claim(), make.claim()),
        make.claim_sheet(1, claim_pb2.Claim(text="no id", text_hash="h", state=claim_pb2.CLAIM_STATE_ACTIVE)),
        make.claim_sheet(1, claim_pb2.Claim(claim_id="c", state=claim_pb2.CLAIM_STATE_ACTIVE)),
        make.claim_sheet(1, claim_pb2.Claim(claim_id="c", text_hash="h")),
    ],
    ids=["subject", "site", "twice", "claim id", "hash", "state"],
)
def test_D5_a_sheet_that_breaks_the_contract_is_refused(broken: claim_pb2.ClaimSheet) -> None:
    with pytest.raises((ValueError, KeyError)):
        contract.sheet(broken)


def test_D5_a_request_without_an_article_is_refused() -> None:
    with pytest.raises(ValueError, match="article_id"):
        contract.request(request_pb2.VerificationRequest(site_id=make.SITE))
    with pytest.raises(ValueError):
        contract.request(request_pb2.VerificationRequest(article_id=make.ARTICLE))


def decided() -> Outcome:
    citation = Citation("e1", 4, 9, "words", Stance.CONTRADICTS)
    return outcome(
        status=OutcomeStatus.VERDICT,
        rating=Rating.REFUTED,
        headline="Refuted.",
        explanation="Because.",
        abstention="",
        abstention_code=Abstention.CONTRADICTION_NEEDS_PEOPLE,
        basis=Basis.REVIEW,
        citations=(citation,),
        decided_by="Ann",
        reviewed_by="Ben",
        decided_at=AT,
        verdict_version=2,
        stages=(StageResult(Stage.STRUCTURED, StageStatus.FOUND, detail="one", milliseconds=3),),
        fact_check_id="f1",
    )


def test_a_verdict_sheet_tells_everything_that_is_known() -> None:
    evidence = Evidence("e1", "text", "https://a.example/1", "Title", "Office", AT, "markup", AT, "sha")
    told = contract.verdict_sheet(subject(decided()), [evidence])
    assert (told.topic, told.key, told.subject, told.version) == (
        "plumbline.verdict.v1",
        make.ARTICLE,
        make.ARTICLE,
        Version(1, 7),
    )
    message = told.message
    assert isinstance(message, verdict_pb2.VerdictSheet)
    (one,) = message.outcomes
    assert (one.rating, one.basis, one.decided_by, one.reviewed_by, one.verdict_version) == (
        "refuted",
        "review",
        "Ann",
        "Ben",
        2,
    )
    assert (one.citations[0].evidence_id, one.citations[0].start, one.citations[0].end) == ("e1", 4, 9)
    assert (one.stages[0].stage, one.stages[0].result, one.stages[0].milliseconds) == ("structured", "found", 3)
    assert (message.claims_version, message.run_id) == (make.version(3), "run")
    assert (message.evidence[0].published_at_source, message.evidence[0].evidence_class) == (
        "markup",
        "real_time_source",
    )
    assert message.evidence[0].published_at.ToDatetime(tzinfo=UTC) == AT


def test_every_status_has_its_word_on_the_wire() -> None:
    for status in OutcomeStatus:
        message = contract.verdict_sheet(subject(outcome(status=status)), []).message
        assert isinstance(message, verdict_pb2.VerdictSheet)
        name = verdict_pb2.OutcomeStatus.Name(message.outcomes[0].status)
        assert name == f"OUTCOME_STATUS_{status.name}"


def test_outcomes_stand_in_the_order_of_the_claims() -> None:
    known = subject(outcome(headline="first"), outcome(headline="second"))
    turned = replace(known, outcomes=dict(reversed(list(known.outcomes.items()))))
    message = contract.verdict_sheet(turned, []).message
    assert isinstance(message, verdict_pb2.VerdictSheet)
    assert [each.headline for each in message.outcomes] == ["first", "second"]


def test_a_subject_without_an_article_is_keyed_by_itself() -> None:
    sheet = contract.sheet(wire(article_id=""))
    told = contract.verdict_progress(nothing_known(sheet), Run("r", True, AT), 1, 2)
    assert told.key == make.ARTICLE
    message = told.message
    assert isinstance(message, verdict_pb2.VerdictProgress)
    assert (message.run_id, message.done, message.total) == ("r", 1, 2)


def test_a_fact_check_is_keyed_by_its_article_or_by_itself() -> None:
    own = FactCheck("f1", "claim", rating=Rating.MIXED, own=True, article_id="a1", claim_id="c1")
    told = contract.fact_check(own, make.SITE, Version(1, 1))
    assert (told.key, told.subject) == ("a1", "f1")
    message = contract.fact_check(replace(own, own=False, article_id="", rating=None), make.SITE, Version(1, 1)).message
    assert isinstance(message, fact_check_pb2.FactCheck)
    assert (message.rating, message.origin) == ("", fact_check_pb2.FACT_CHECK_ORIGIN_IMPORTED)
    assert not message.HasField("reviewed_at")


def test_what_is_said_is_declared() -> None:
    assert {topic for topic, _ in contract.SAYS} == {"plumbline.verdict.v1", "plumbline.factcheck.v1"}
    assert all(name in (contract.__doc__ or "") for _, full in contract.SAYS for name in [full.rpartition(".")[2]])
