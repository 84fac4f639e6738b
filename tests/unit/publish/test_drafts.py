"""The report on a draft warns of everything unfinished, blocks on a firm contradiction, and passes nothing silently."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from plumbline.events.v1 import claim_pb2, common_pb2, verdict_pb2

from services.publish.drafts import Decision, DraftCheck, Judged, judge
from services.publish.wording import DEFAULT_SCHEME, RatingStep
from tests.builders import events as make

OTHER = "The bridge cost 40 million euros."
REVIEW = verdict_pb2.OUTCOME_STATUS_NEEDS_REVIEW
ASSESSED = verdict_pb2.OUTCOME_STATUS_ASSESSED
VERDICT = verdict_pb2.OUTCOME_STATUS_VERDICT
AGAINST, FOR, ABOUT = common_pb2.STANCE_CONTRADICTS, common_pb2.STANCE_SUPPORTS, common_pb2.STANCE_DISCUSSES


def outcome(words: str = make.WORDS, *, stances: tuple[Any, ...] = (), **changed: Any) -> verdict_pb2.ClaimOutcome:
    found = make.outcome(words, rating="", headline="What was found.", reviewed_by="")
    del found.citations[:]
    for stance in stances:
        found.citations.add(evidence_id="e1", start=0, end=10, exact="300 metres", stance=stance)
    for name, value in changed.items():
        setattr(found, name, value)
    return found


def check(*outcomes: verdict_pb2.ClaimOutcome, claims: tuple[claim_pb2.Claim, ...] = (), note: str = "") -> DraftCheck:
    sheet = make.draft_sheet(1, *claims)
    sheet.note = note
    verdicts = make.draft_verdicts(1, *outcomes) if outcomes else None
    return DraftCheck(make.draft(), sheet, verdicts)


def judged(*outcomes: verdict_pb2.ClaimOutcome, **how: Any) -> Judged:
    return judge(check(*outcomes, **how), DEFAULT_SCHEME)


SUPPORTED = outcome(status=VERDICT, basis="review", rating="supported")


@pytest.mark.parametrize(
    ("found", "decision"),
    [
        (outcome(status=VERDICT, basis="review", rating="refuted"), Decision.BLOCK),
        (outcome(status=VERDICT, basis="review", rating="mostly_refuted"), Decision.BLOCK),
        (outcome(status=REVIEW, basis="known_claim", stances=(AGAINST,)), Decision.BLOCK),
        (outcome(status=REVIEW, basis="structured", stances=(AGAINST, ABOUT)), Decision.BLOCK),
        (outcome(status=REVIEW, basis="structured", stances=(AGAINST, FOR)), Decision.WARN),
        (outcome(status=REVIEW, basis="stance", stances=(AGAINST,)), Decision.WARN),
        (outcome(status=REVIEW, basis="plugin", stances=(AGAINST,), rating="refuted"), Decision.WARN),
        (outcome(status=REVIEW, basis="known_claim", stances=(FOR,)), Decision.WARN),
        (outcome(status=REVIEW, basis="none"), Decision.WARN),
        (outcome(status=ASSESSED, basis="known_claim", rating="missing_context", stances=(FOR,)), Decision.WARN),
        (outcome(status=VERDICT, basis="review", rating="mixed"), Decision.WARN),
        (outcome(status=VERDICT, basis="review", rating="not_enough_evidence"), Decision.WARN),
        (outcome(status=VERDICT, basis="review", rating="a rating nobody knows"), Decision.WARN),
        (outcome(status=verdict_pb2.OUTCOME_STATUS_WITHDRAWN, rating="withdrawn"), Decision.WARN),
        (outcome(status=ASSESSED, basis="known_claim", rating="mostly_supported", stances=(FOR,)), Decision.PASS),
        (SUPPORTED, Decision.PASS),
    ],
)
def test_one_claim_decides_by_what_its_outcome_stands_on(found: verdict_pb2.ClaimOutcome, decision: Decision) -> None:
    report = judged(found)
    assert (report.done, report.decision) == (True, decision)
    told = [(reason.decision, reason.claim_id, reason.words) for reason in report.reasons]
    words = f"“{make.WORDS}” What was found."
    assert told == ([] if decision is Decision.PASS else [(decision, make.claim_id(), words)])


def unread(**changed: Any) -> verdict_pb2.ClaimOutcome:
    found = outcome(**changed)
    found.unread_fact_check.words = "Full Fact checked this claim and rated it “False”."
    return found


@pytest.mark.parametrize(
    ("found", "decision"),
    [
        (unread(status=REVIEW, basis="none"), Decision.BLOCK),
        (unread(status=REVIEW, basis="structured", stances=(ABOUT,)), Decision.BLOCK),
        (unread(status=REVIEW, basis="structured", stances=(AGAINST, FOR)), Decision.WARN),
        (unread(status=ASSESSED, basis="structured", rating="supported", stances=(FOR,)), Decision.WARN),
        (unread(status=VERDICT, basis="review", rating="supported"), Decision.PASS),
    ],
)
def test_a_fact_check_whose_page_cannot_be_read_holds_a_text_back_until_people_decide(
    found: verdict_pb2.ClaimOutcome, decision: Decision
) -> None:
    report = judged(found)
    assert report.decision is decision
    for reason in report.reasons:
        assert reason.words.endswith("rated it “False”. Its page could not be read, so nothing of it is cited.")


def test_a_sites_own_ratings_count_by_their_value() -> None:
    scheme = (RatingStep("pants", "Pants on fire", "refuted", 1), RatingStep("true", "True", "supported", 5))
    verdicts = [outcome(status=VERDICT, basis="review", rating=name) for name in ("pants", "true", "supported")]
    decisions = [judge(check(each), scheme).decision for each in verdicts]
    assert decisions == [Decision.BLOCK, Decision.PASS, Decision.WARN]


def test_unfinished_is_a_warning_never_a_silent_pass() -> None:
    both = (make.claim(), make.claim(OTHER))
    read = DraftCheck(make.draft(), None, make.draft_verdicts())
    unread = DraftCheck(make.draft(2), make.draft_sheet(1), make.draft_verdicts())
    for report in (judge(read, DEFAULT_SCHEME), judge(unread, DEFAULT_SCHEME)):
        assert (report.done, report.decision, len(report.reasons)) == (False, Decision.WARN, 1)
    report = judged(SUPPORTED, claims=both)
    assert (report.done, report.decision) == (False, Decision.WARN)
    assert [reason.words for reason in report.reasons] == ["1 of 2 claims are still being checked."]
    other_words = outcome(status=VERDICT, rating="supported", text_hash=make.sha("other words"))
    assert judged(other_words).done is False


def test_a_text_that_could_not_be_read_is_a_warning_and_one_without_claims_passes() -> None:
    note = "This language is not read here."
    unread = check(note=note)
    assert unread.claims is not None
    del unread.claims.claims[:]
    report = judge(unread, DEFAULT_SCHEME)
    assert (report.done, report.decision, report.reasons[0].words) == (True, Decision.WARN, note)
    unread.claims.note = ""
    assert judge(unread, DEFAULT_SCHEME).decision is Decision.PASS


def test_a_block_outweighs_warnings_and_stands_first_also_while_checks_run() -> None:
    claims = (make.claim(), make.claim(OTHER), make.claim("A third one."))
    wrong = outcome(OTHER, status=REVIEW, basis="structured", stances=(AGAINST,))
    report = judged(outcome(status=REVIEW, basis="none"), wrong, claims=claims)
    assert (report.done, report.decision) == (False, Decision.BLOCK)
    assert [reason.decision for reason in report.reasons] == [Decision.BLOCK, Decision.WARN, Decision.WARN]
    assert [one.evidence_id for one in report.evidence] == ["e1"]


def test_that_somebody_said_it_counts_beside_the_statement_only_where_a_quotation_is_contradicted() -> None:
    report = make.claim(f"“{make.WORDS}” said Ada Holm.")
    report.kind = claim_pb2.CLAIM_KIND_REPORT
    report.links.add(kind=claim_pb2.CLAIM_LINK_KIND_REPORTS, claim_id=make.claim_id())
    claims = (make.claim(), report)
    open_one = outcome(report.text, status=REVIEW, basis="none")
    misquoted = outcome(report.text, status=REVIEW, basis="structured", stances=(AGAINST,))
    assert judged(SUPPORTED, open_one, claims=claims).decision is Decision.PASS
    assert judged(SUPPORTED, misquoted, claims=claims).decision is Decision.BLOCK
    assert judged(SUPPORTED, claims=claims).done is False


def test_D4_parts_in_any_order_and_late_ones_end_in_the_same_report() -> None:
    wrong = make.outcome(rating="refuted")
    parts: list[tuple[str, Any]] = [
        ("hears_draft", make.draft()),
        ("hears_claims", make.draft_sheet(1, make.claim(OTHER))),
        ("hears_claims", make.draft_sheet(2)),
        ("hears_verdicts", make.draft_verdicts(1)),
        ("hears_verdicts", make.draft_verdicts(2, wrong)),
    ]
    ends = set()
    for order in permutations(parts):
        known = DraftCheck()
        for name, part in order:
            known = getattr(known, name)(part)
        ends.add(repr(judge(known, DEFAULT_SCHEME)))
        assert known.draft is not None
        assert not known.draft.blocks, "a report needs no copy of the text"
    assert len(ends) == 1
    assert "BLOCK" in ends.pop()


def test_S9_only_its_token_opens_a_report_and_only_in_time() -> None:
    known = DraftCheck().hears_draft(make.draft())
    end = make.WHEN + timedelta(days=7)
    assert known.opens(make.TOKEN, make.WHEN)
    assert known.opens(make.TOKEN, end - timedelta(seconds=1))
    assert not known.opens(make.TOKEN, end)
    assert not known.opens(make.TOKEN + "x", make.WHEN)
    assert not known.opens("", make.WHEN)
    assert not DraftCheck().opens(make.TOKEN, make.WHEN)
    assert not DraftCheck(claims=make.draft_sheet()).opens("", make.WHEN)
