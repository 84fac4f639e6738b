from __future__ import annotations

from itertools import permutations

from plumbline.events.v1 import claim_pb2, verdict_pb2

from services.publish.model import Publication, corrections, differs, fold
from tests.builders import events as make

EMPTY = Publication(make.ARTICLE, make.SITE)


def heard(*parts: object) -> Publication:
    known = EMPTY
    for part in parts:
        name = type(part).__name__
        known = {
            "Article": known.hears_article,
            "ClaimSheet": known.hears_claims,
            "VerdictSheet": known.hears_verdicts,
        }[name](part)  # type: ignore[operator]
    return known


def test_D4_every_order_of_arrival_folds_to_the_same_panel() -> None:
    parts = (
        make.article(1),
        make.article(2),
        make.claim_sheet(1),
        make.claim_sheet(2, of_article=2),
        make.verdict_sheet(),
    )
    panels = {
        panel.SerializeToString(deterministic=True)
        for order in permutations(parts)
        if (panel := fold(heard(*order))) is not None
    }
    assert len(panels) == 1


def test_an_older_part_changes_nothing() -> None:
    newer = heard(make.article(2, words="New words."))
    assert newer.hears_article(make.article(1)) is newer


def test_J7_an_outcome_is_shown_only_beside_the_very_words_it_was_made_for() -> None:
    changed = make.claim()
    changed.text_hash = make.sha("other words")
    panel = fold(heard(make.article(), make.claim_sheet(1, changed), make.verdict_sheet()))
    assert panel is not None
    assert not panel.claims[0].HasField("outcome")
    assert not panel.complete


def test_a_stale_claim_stays_visible_without_an_outcome() -> None:
    stale = make.claim(state=claim_pb2.CLAIM_STATE_STALE)
    panel = fold(heard(make.article(), make.claim_sheet(1, stale), make.verdict_sheet()))
    assert panel is not None
    assert [one.claim.claim_id for one in panel.claims] == [stale.claim_id]
    assert not panel.claims[0].HasField("outcome")


def test_claims_that_left_the_text_or_were_dismissed_are_not_shown() -> None:
    gone = [
        make.claim(f"Sentence {n} of four words.", state=state)
        for n, state in enumerate(
            (claim_pb2.CLAIM_STATE_ORPHANED, claim_pb2.CLAIM_STATE_WITHDRAWN, claim_pb2.CLAIM_STATE_DISMISSED)
        )
    ]
    panel = fold(heard(make.article(), make.claim_sheet(1, *gone)))
    assert panel is not None
    assert not panel.claims


def test_a_panel_is_complete_once_every_claim_of_the_present_text_has_an_outcome() -> None:
    both = make.claim_sheet(1, make.claim(), make.claim("The river is 40 km long."))
    assert not _complete(make.article(), both, make.verdict_sheet())
    assert _complete(make.article(), make.claim_sheet(), make.verdict_sheet())
    assert not _complete(make.article(2), make.claim_sheet(1, of_article=1), make.verdict_sheet())


def test_a_report_is_told_by_the_statement_it_reports() -> None:
    statement, report = make.claim(), make.claim("She said the tower is 300 metres high.")
    report.kind = claim_pb2.CLAIM_KIND_REPORT
    report.links.add(kind=claim_pb2.CLAIM_LINK_KIND_REPORTS, claim_id=statement.claim_id)
    both = fold(heard(make.article(), make.claim_sheet(1, statement, report)))
    alone = fold(heard(make.article(), make.claim_sheet(1, report)))
    assert both is not None
    assert alone is not None
    assert [one.claim.claim_id for one in both.claims] == [statement.claim_id]
    assert [one.claim.claim_id for one in alone.claims] == [report.claim_id]


def test_a_withdrawn_article_shows_no_claims() -> None:
    panel = fold(heard(make.article(2, withdrawn=True), make.claim_sheet(), make.verdict_sheet()))
    assert panel is not None
    assert panel.withdrawn
    assert not panel.claims


def test_only_evidence_that_is_cited_travels_with_the_panel() -> None:
    sheet = make.verdict_sheet()
    sheet.evidence.append(make.evidence("uncited"))
    panel = fold(heard(make.article(), make.claim_sheet(), sheet))
    assert panel is not None
    assert [one.evidence_id for one in panel.evidence] == ["e1"]


def test_a_new_version_that_reads_the_same_is_no_difference() -> None:
    one = fold(heard(make.article(1), make.claim_sheet(1), make.verdict_sheet(1)))
    two = fold(heard(make.article(1), make.claim_sheet(2), make.verdict_sheet(3)))
    assert one is not None
    assert two is not None
    assert not differs(one, two)


def test_a_changed_verdict_is_a_correction_and_a_first_one_is_none() -> None:
    first = fold(heard(make.article(), make.claim_sheet(), make.verdict_sheet(1)))
    after = make.outcome(rating="mixed", headline="Mixed", verdict_version=2)
    second = fold(heard(make.article(), make.claim_sheet(), make.verdict_sheet(2, after)))
    assert first is not None
    assert second is not None
    assert corrections(None, first) == []
    assert [(c.before, c.after, c.verdict_version) for c in corrections(first, second)] == [("Supported", "Mixed", 2)]
    assert corrections(second, second) == []


def test_a_correction_tells_its_reason_also_where_only_the_explanation_changed() -> None:
    first = fold(heard(make.article(), make.claim_sheet(), make.verdict_sheet(1)))
    assert first is not None
    shown = first.claims[0].outcome
    after = make.outcome(rating=shown.rating, headline=shown.headline, verdict_version=2)
    after.explanation, after.note = "Put more clearly.", "The first wording was unclear."
    second = fold(heard(make.article(), make.claim_sheet(), make.verdict_sheet(2, after)))
    assert second is not None
    assert [(c.note, c.verdict_version) for c in corrections(first, second)] == [("The first wording was unclear.", 2)]


def test_a_withdrawal_and_what_follows_it_are_corrections() -> None:
    taken_back = make.outcome(rating="withdrawn", headline="Withdrawn.", verdict_version=2)
    taken_back.status, taken_back.note = verdict_pb2.OUTCOME_STATUS_WITHDRAWN, "It was another person."
    again = make.outcome(rating="mixed", headline="Mixed", verdict_version=3)
    panels = [
        fold(heard(make.article(), make.claim_sheet(), make.verdict_sheet(n, *outcome)))
        for n, outcome in ((1, []), (2, [taken_back]), (3, [again]))
    ]
    first, second, third = (panel for panel in panels if panel is not None)
    assert [(c.after, c.note) for c in corrections(first, second)] == [("Withdrawn.", "It was another person.")]
    assert [(c.before, c.after) for c in corrections(second, third)] == [("Withdrawn.", "Mixed")]


def _complete(*parts: object) -> bool:
    panel = fold(heard(*parts))
    assert panel is not None
    return panel.complete
