from __future__ import annotations

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
    add_claim,
    anchor_at,
    dismiss_claim,
    merge_claims,
    restore_claim,
    settle_claims,
    split_claim,
    withdraw_claims,
    words_hash,
)
from shared.errors import Conflict, NotFound, Refused
from shared.events import Version

TEXT = "Rents rose by 12 percent last year and wages fell by 2 percent. Nobody noticed."
WHOLE = "Rents rose by 12 percent last year and wages fell by 2 percent."
BLOCK = Block("b", TEXT)
EMPTY = ClaimSheet(subject_id="article-1", site_id="site-1")


def selected(words: str, block: Block = BLOCK) -> FoundClaim:
    start = block.text.index(words)
    anchor = anchor_at(block, start, start + len(words))
    worth = CheckWorthiness(0.2, (), "f" * 64)
    return FoundClaim(
        words, words_hash(words), ClaimKind.STATEMENT, (anchor,), Attribution(SourceKind.AUTHOR), (), (), worth
    )


def sheet() -> ClaimSheet:
    return add_claim(EMPTY, selected(WHOLE), claim_id="whole")


def read_again(known: ClaimSheet, *words: str, block: Block = BLOCK, counter: int = 2) -> ClaimSheet:
    found = Findings(tuple(selected(each, block) for each in words), "en")
    return settle_claims(
        known, found, article_version=Version(0, counter), blocks=[block], new_id=lambda key: f"new {key}"
    )


def test_words_a_person_selects_become_a_claim_whatever_their_score() -> None:
    claim = add_claim(EMPTY, selected("Nobody noticed."), claim_id="c").claims[0]
    assert (claim.state, claim.origin, claim.claim_id) == (ClaimState.ACTIVE, ClaimOrigin.STAFF, "c")


def test_the_same_words_are_not_added_twice() -> None:
    with pytest.raises(Conflict):
        add_claim(sheet(), selected(WHOLE), claim_id="again")


def test_a_dismissed_claim_stays_away_when_it_is_found_again() -> None:
    gone = dismiss_claim(sheet(), "whole", because="a slogan", by="ann")
    after = read_again(gone, WHOLE)
    assert [(each.state, each.state_reason, each.dismissed_by) for each in after.claims] == [
        (ClaimState.DISMISSED, "a slogan", "ann")
    ]


def test_a_dismissal_needs_a_reason() -> None:
    with pytest.raises(Refused) as refused:
        dismiss_claim(sheet(), "whole", because="  ", by="ann")
    assert refused.value.field == "reason"


def test_a_claim_is_dismissed_once() -> None:
    gone = dismiss_claim(sheet(), "whole", because="a slogan", by="ann")
    with pytest.raises(Conflict):
        dismiss_claim(gone, "whole", because="again", by="ben")


def test_a_dismissal_outlives_a_withdrawal() -> None:
    gone = dismiss_claim(sheet(), "whole", because="a slogan", by="ann")
    back = read_again(withdraw_claims(gone, article_version=Version(0, 2)), WHOLE, counter=3)
    assert back.claims[0].state is ClaimState.DISMISSED


def test_restoring_brings_the_claim_back_where_its_words_stand() -> None:
    gone = dismiss_claim(sheet(), "whole", because="a slogan", by="ann")
    assert restore_claim(gone, "whole", blocks=[BLOCK]).claims[0].state is ClaimState.ACTIVE
    assert restore_claim(gone, "whole", blocks=[Block("b", "All new.")]).claims[0].state is ClaimState.ORPHANED
    with pytest.raises(Conflict):
        restore_claim(sheet(), "whole", blocks=[BLOCK])


def test_parts_point_to_the_whole_and_survive_a_later_extraction() -> None:
    parts = (("one", selected("Rents rose by 12 percent last year")), ("two", selected("wages fell by 2 percent")))
    after = read_again(split_claim(sheet(), "whole", parts), WHOLE)
    assert {each.claim_id: each.links for each in after.claims} == {
        "whole": (),
        "one": (ClaimLink(LinkKind.PART_OF, "whole"),),
        "two": (ClaimLink(LinkKind.PART_OF, "whole"),),
    }
    assert {each.state for each in after.claims} == {ClaimState.ACTIVE}


def test_a_part_stands_inside_the_whole() -> None:
    with pytest.raises(Refused, match="does not stand inside"):
        split_claim(sheet(), "whole", (("one", selected("Rents rose")), ("two", selected("Nobody noticed."))))
    with pytest.raises(Refused, match="two parts at least"):
        split_claim(sheet(), "whole", (("one", selected("Rents rose")),))


def test_merging_puts_one_claim_aside_and_points_to_the_other() -> None:
    both = add_claim(sheet(), selected("Nobody noticed."), claim_id="other")
    merged = read_again(merge_claims(both, "other", "whole", by="ann"), WHOLE, "Nobody noticed.")
    other = merged.claim("other")
    assert other is not None
    assert (other.state, other.links) == (ClaimState.DISMISSED, (ClaimLink(LinkKind.SAME_AS, "whole"),))
    with pytest.raises(Refused):
        merge_claims(both, "whole", "whole", by="ann")
    apart = restore_claim(merged, "other", blocks=[BLOCK]).claim("other")
    assert apart is not None
    assert (apart.state, apart.links) == (ClaimState.ACTIVE, ())


def test_only_an_active_claim_is_split() -> None:
    gone = dismiss_claim(sheet(), "whole", because="a slogan", by="ann")
    parts = (("one", selected("Rents rose")), ("two", selected("wages fell")))
    with pytest.raises(Conflict):
        split_claim(gone, "whole", parts)


def test_a_claim_nobody_knows_is_not_found() -> None:
    with pytest.raises(NotFound):
        dismiss_claim(EMPTY, "whole", because="a slogan", by="ann")
