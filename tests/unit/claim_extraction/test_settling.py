from __future__ import annotations

from dataclasses import replace

import pytest

from services.claim_extraction.model import (
    Attribution,
    Block,
    CheckWorthiness,
    ClaimKind,
    ClaimLink,
    ClaimOrigin,
    ClaimSheet,
    ClaimState,
    Findings,
    FoundClaim,
    LinkKind,
    SourceKind,
    anchor_at,
    settle_claims,
    withdraw_claims,
    words_hash,
)
from shared.events import Version

JOBS = "The region lost 4,000 jobs in 2020."
RENTS = "Rents rose by 12 percent last year."
EMPTY = ClaimSheet(subject_id="article-1", site_id="site-1")


def blocks(*texts: str) -> list[Block]:
    return [Block(f"b{index}", text) for index, text in enumerate(texts)]


def found(on: list[Block], *sentences: str, kind: ClaimKind = ClaimKind.STATEMENT) -> Findings:
    claims = []
    for words in sentences:
        block = next(each for each in on if words in each.text)
        start = block.text.index(words)
        claims.append(
            FoundClaim(
                text=words,
                text_hash=words_hash(words),
                kind=kind,
                anchors=(anchor_at(block, start, start + len(words)),),
                attribution=Attribution(SourceKind.AUTHOR),
                quantities=(),
                dates=(),
                check_worthiness=CheckWorthiness(0.9, (), "f" * 64),
            )
        )
    return Findings(tuple(claims), "en")


def settle(known: ClaimSheet, findings: Findings, on: list[Block], counter: int = 1) -> ClaimSheet:
    return settle_claims(
        known, findings, article_version=Version(0, counter), blocks=on, new_id=lambda key: f"id({key})"
    )


def first_sheet(*sentences: str) -> ClaimSheet:
    text = blocks(" ".join(sentences))
    return settle(EMPTY, found(text, *sentences), text)


def state_of(sheet: ClaimSheet, words: str) -> ClaimState:
    return next(claim.state for claim in sheet.claims if claim.text == words)


def test_a_first_reading_gives_active_claims_in_reading_order() -> None:
    sheet = first_sheet(JOBS, RENTS)
    assert [(claim.text, claim.state) for claim in sheet.claims] == [
        (JOBS, ClaimState.ACTIVE),
        (RENTS, ClaimState.ACTIVE),
    ]


def test_J7_unchanged_words_keep_their_claim_id_when_all_around_them_changes() -> None:
    before = first_sheet(JOBS, RENTS)
    text = blocks("A new paragraph.", f"Rewritten. {JOBS}")
    after = settle(before, found(text, JOBS), text, 2)
    kept = next(claim for claim in after.claims if claim.text == JOBS)
    assert kept.claim_id == before.claims[0].claim_id
    assert kept.anchors[0].block_id == "b1"


@pytest.mark.parametrize("changed", ["The region lost 5,000 jobs in 2020.", "The region won 4,000 jobs in 2020."])
def test_J7_changed_words_are_stale_and_the_new_words_are_a_new_claim(changed: str) -> None:
    before = first_sheet(JOBS)
    text = blocks(changed)
    after = settle(before, found(text, changed), text, 2)
    old = next(claim for claim in after.claims if claim.text == JOBS)
    new = next(claim for claim in after.claims if claim.text == changed)
    assert (old.state, new.state) == (ClaimState.STALE, ClaimState.ACTIVE)
    assert old.claim_id != new.claim_id
    assert old.successor == new.claim_id


def test_changed_words_are_stale_also_when_no_claim_follows_them() -> None:
    before = first_sheet(JOBS)
    text = blocks("The region lost many jobs in 2020, sadly.")
    assert state_of(settle(before, found(text), text, 2), JOBS) is ClaimState.STALE


def test_gone_words_are_orphaned() -> None:
    before = first_sheet(JOBS, RENTS)
    text = blocks(RENTS)
    after = settle(before, found(text, RENTS), text, 2)
    assert (state_of(after, JOBS), state_of(after, RENTS)) == (ClaimState.ORPHANED, ClaimState.ACTIVE)


def test_words_that_return_take_up_their_claim_again() -> None:
    one = first_sheet(JOBS)
    changed = "The region lost 5,000 jobs in 2020."
    two = settle(one, found(blocks(changed), changed), blocks(changed), 2)
    three = settle(two, found(blocks(JOBS), JOBS), blocks(JOBS), 3)
    back = next(claim for claim in three.claims if claim.text == JOBS)
    assert (back.claim_id, back.state, back.successor) == (one.claims[0].claim_id, ClaimState.ACTIVE, "")


def test_a_claim_the_model_no_longer_finds_stays_while_its_words_stand() -> None:
    before = first_sheet(JOBS)
    text = blocks(f"More context. {JOBS}")
    after = settle(before, found(text), text, 2)
    assert state_of(after, JOBS) is ClaimState.ACTIVE
    assert after.claims[0].anchors[0].start == len("More context. ")


def test_D4_an_older_text_changes_nothing() -> None:
    sheet = settle(first_sheet(JOBS), found(blocks(RENTS), RENTS), blocks(RENTS), 5)
    assert settle(sheet, found(blocks(JOBS), JOBS), blocks(JOBS), 4) is sheet


def test_D4_the_same_text_twice_ends_in_the_same_sheet() -> None:
    text = blocks(JOBS, RENTS)
    once = settle(EMPTY, found(text, JOBS, RENTS), text)
    assert settle(once, found(text, JOBS, RENTS), text) == once


def test_withdrawal_withdraws_every_claim_and_a_return_restores_them() -> None:
    before = first_sheet(JOBS, RENTS)
    dismissed = replace(before.claims[1], state=ClaimState.DISMISSED, dismissed_because="a slogan", dismissed_by="ann")
    before = replace(before, claims=(before.claims[0], dismissed))
    gone = withdraw_claims(before, article_version=Version(0, 2))
    assert {claim.state for claim in gone.claims} == {ClaimState.WITHDRAWN}
    text = blocks(f"{JOBS} {RENTS}")
    back = settle(gone, found(text, JOBS, RENTS), text, 3)
    assert (state_of(back, JOBS), state_of(back, RENTS)) == (ClaimState.ACTIVE, ClaimState.DISMISSED)


def test_a_late_withdrawal_of_an_older_version_changes_nothing() -> None:
    sheet = settle(EMPTY, found(blocks(JOBS), JOBS), blocks(JOBS), 3)
    assert withdraw_claims(sheet, article_version=Version(0, 2)) is sheet


def test_a_dismissed_claim_stays_dismissed_however_often_it_is_found() -> None:
    before = first_sheet(JOBS)
    dismissed = replace(before.claims[0], state=ClaimState.DISMISSED, dismissed_because="a slogan", dismissed_by="ann")
    text = blocks(f"{JOBS} And more.")
    after = settle(replace(before, claims=(dismissed,)), found(text, JOBS), text, 2)
    assert [(claim.state, claim.dismissed_by) for claim in after.claims] == [(ClaimState.DISMISSED, "ann")]


def test_a_claim_made_by_a_person_keeps_what_the_person_set() -> None:
    before = first_sheet(JOBS)
    said_by = Attribution(SourceKind.NAMED, source_name="Jane Smith")
    own = replace(before.claims[0], origin=ClaimOrigin.STAFF, attribution=said_by)
    text = blocks(f"News. {JOBS}")
    after = settle(replace(before, claims=(own,)), found(text, JOBS), text, 2)
    assert after.claims[0].attribution == said_by
    assert after.claims[0].anchors[0].start == len("News. ")


def test_a_claim_made_by_a_person_is_found_again_without_the_model() -> None:
    before = first_sheet(JOBS)
    own = replace(before.claims[0], origin=ClaimOrigin.STAFF)
    text = blocks("Another.", f"Moved. {JOBS}")
    after = settle(replace(before, claims=(own,)), found(text), text, 2)
    assert (after.claims[0].state, after.claims[0].anchors[0].block_id) == (ClaimState.ACTIVE, "b1")


def test_J7_half_of_an_interrupted_claim_does_not_carry_the_whole() -> None:
    text = blocks('"We cut taxes," he said, "and created 3 million jobs."')
    pieces = tuple(
        anchor_at(text[0], text[0].text.index(words), text[0].text.index(words) + len(words))
        for words in ("We cut taxes", "and created 3 million jobs")
    )
    whole = "We cut taxes and created 3 million jobs"
    claim = replace(first_sheet(JOBS).claims[0], text=whole, text_hash=words_hash(whole), anchors=pieces)
    known = replace(EMPTY, claims=(claim,))
    assert settle(known, Findings(language="en"), text, 2).claims[0].state is ClaimState.ACTIVE
    edited = blocks('"We cut taxes," he said, "and created 4 million jobs."')
    assert settle(known, Findings(language="en"), edited, 2).claims[0].state is not ClaimState.ACTIVE


def test_links_of_found_claims_become_links_of_ids() -> None:
    text = blocks(f"{JOBS} {RENTS}")
    one, two = found(text, JOBS, RENTS).claims
    pair = Findings(
        (
            replace(one, links=(ClaimLink(LinkKind.REPORTED_BY, two.key),)),
            replace(two, links=(ClaimLink(LinkKind.REPORTS, one.key),)),
        ),
        "en",
    )
    sheet = settle(EMPTY, pair, text)
    ids = {claim.text: claim.claim_id for claim in sheet.claims}
    links = {claim.text: claim.links for claim in sheet.claims}
    assert links[JOBS] == (ClaimLink(LinkKind.REPORTED_BY, ids[RENTS]),)
    assert links[RENTS] == (ClaimLink(LinkKind.REPORTS, ids[JOBS]),)


def test_he_said_is_another_report_once_he_is_another_person() -> None:
    words = "He said the region lost 4,000 jobs."
    text = blocks(words)
    he = anchor_at(text[0], 0, 2)
    base = found(text, words, kind=ClaimKind.REPORT).claims[0]
    smith = replace(base, attribution=Attribution(SourceKind.NAMED, "John Smith", source=he))
    mr_smith = replace(base, attribution=Attribution(SourceKind.NAMED, "Smith", source=he))
    jones = replace(base, attribution=Attribution(SourceKind.NAMED, "Paul Jones", source=he))
    assert smith.key == mr_smith.key
    assert smith.key != jones.key
