"""ClaimDeskService on a real socket and a real database: what people do to claims is told, kept and never undone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import grpc
import pytest
from plumbline.events.v1 import claim_pb2, fact_check_pb2
from plumbline.staff.v1 import claim_desk_service_pb2 as pb

from tests.builders import events
from tests.integration.claim_extraction.newsdesk import Deskworker, Newsdesk
from tests.integration.doors.callers import refusal

pytestmark = pytest.mark.postgres

Code = grpc.StatusCode
FIRST = "Rents rose by 12 per cent in 2021 and wages fell by 2 per cent in 2022."
QUIET, MUTE = "Nobody was hurt\nin the fire.", "It was a good day. It was a good day indeed."
WORDS = f"{FIRST} {QUIET} {MUTE}"
PARTS = ("Rents rose by 12 per cent in 2021", "wages fell by 2 per cent in 2022")


async def opened(desk: Newsdesk, words: str = WORDS, counter: int = 1) -> Any:
    """An article that is read, as somebody sees it."""
    await desk.hear("plumbline.article.v1", events.article(counter, words=words))
    return await (await desk.deskworker()).claims(events.ARTICLE)


def named(seen: Any, text: str) -> Any:
    return next(claim for claim in seen.claims if claim.text == text)


def states(seen: Any) -> dict[str, str]:
    return {claim.text: claim.state for claim in seen.claims}


def words(exact: str, **place: Any) -> pb.ChosenWords:
    return pb.ChosenWords(exact=exact, **place)


def about(seen: Any) -> dict[str, str]:
    return {"article_id": seen.article_id, "version": seen.version}


async def added(ann: Deskworker, seen: Any, exact: str = QUIET) -> Any:
    return await ann.send(pb.AddClaimRequest(**about(seen), words=words(exact)))


async def test_the_text_comes_with_its_sentences_and_claims_in_places_of_it(desk: Newsdesk) -> None:
    seen = await opened(desk)
    (block,) = seen.blocks
    shown = [block.text[each.start : each.end] for each in block.sentences]
    assert shown == [FIRST, QUIET, "It was a good day.", "It was a good day indeed."]
    claim = named(seen, FIRST)
    assert (claim.state, claim.origin) == ("active", "model")
    for anchor in claim.anchors:
        assert block.text[anchor.start : anchor.end] == anchor.exact == FIRST


async def test_words_a_person_chose_become_a_claim_that_a_later_revision_keeps(desk: Newsdesk) -> None:
    seen, ann = await opened(desk), await desk.deskworker()
    start = seen.blocks[0].text.index(QUIET)
    place = pb.ChosenWords(block_id=seen.blocks[0].block_id, start=start - 1, end=start + len(QUIET) + 1)
    after = await ann.send(pb.AddClaimRequest(**about(seen), words=place))
    claim = named(after, QUIET)
    assert (claim.state, claim.origin) == ("active", "staff")
    told = await desk.newest(events.ARTICLE)
    assert f"{told.version.epoch}.{told.version.counter}" == after.version != seen.version
    assert next(each for each in told.claims if each.text == QUIET).origin == claim_pb2.CLAIM_ORIGIN_STAFF
    await opened(desk, f"A new beginning. {WORDS}", 2)
    assert states(await ann.claims(events.ARTICLE))[QUIET] == "active"
    moved = await opened(desk, WORDS.replace(QUIET, ""), 3)
    assert named(moved, QUIET).state == "orphaned"
    back = await opened(desk, WORDS, 4)
    assert (named(back, QUIET).state, named(back, QUIET).claim_id) == ("active", claim.claim_id)


async def test_an_added_claim_points_to_what_is_known_of_it(desk: Newsdesk) -> None:
    checked = fact_check_pb2.FactCheck(
        fact_check_id="f1", site_id=events.SITE, version=events.version(1), claim="Nobody was hurt in the fire."
    )
    await desk.hear("plumbline.factcheck.v1", checked)
    await added(await desk.deskworker(), await opened(desk))
    await desk.work()
    claim = next(each for each in (await desk.newest(events.ARTICLE)).claims if each.text == QUIET)
    assert [link.fact_check_id for link in claim.links] == ["f1"]


async def test_words_are_told_from_the_same_words_elsewhere_by_what_stands_around_them(desk: Newsdesk) -> None:
    seen, ann = await opened(desk), await desk.deskworker()
    asked = pb.AddClaimRequest(**about(seen), words=words("It was a good day"))
    assert (await refusal(ann.send(asked))).info.reason == "AMBIGUOUS"
    asked.words.suffix = "indeed."
    (anchor,) = named(await ann.send(asked), "It was a good day").anchors
    assert anchor.start == WORDS.rindex("It was a good day")


@pytest.mark.parametrize(
    ("chosen", "code", "field"),
    [
        ({}, Code.INVALID_ARGUMENT, "exact"),
        ({"exact": "Nobody ever said this."}, Code.INVALID_ARGUMENT, "exact"),
        ({"exact": "Rents"}, Code.INVALID_ARGUMENT, "exact"),
        ({"exact": FIRST}, Code.ABORTED, ""),
        ({"exact": QUIET, "block_id": "elsewhere"}, Code.INVALID_ARGUMENT, "block_id"),
        ({"start": 3, "end": 9, "block_id": "elsewhere"}, Code.INVALID_ARGUMENT, "block_id"),
        ({"start": -1, "end": 9}, Code.INVALID_ARGUMENT, "start"),
        ({"start": 0, "end": 9_999}, Code.INVALID_ARGUMENT, "end"),
        ({"start": 9, "end": 9}, Code.INVALID_ARGUMENT, "end"),
        ({"start": 2, "end": 30}, Code.INVALID_ARGUMENT, "start"),
        ({"start": 0, "end": 30, "exact": QUIET}, Code.INVALID_ARGUMENT, "exact"),
    ],
)
async def test_S7_words_that_make_no_claim_are_refused_by_field(
    desk: Newsdesk, chosen: dict[str, Any], code: grpc.StatusCode, field: str
) -> None:
    seen, ann = await opened(desk), await desk.deskworker()
    place = {"block_id": seen.blocks[0].block_id} if "end" in chosen else {}
    told = await refusal(ann.send(pb.AddClaimRequest(**about(seen), words=pb.ChosenWords(**(place | chosen)))))
    assert (told.code, told.field) == (code, field)
    assert await ann.claims(events.ARTICLE) == seen
    assert len(await desk.told()) == 1


async def test_a_dismissed_claim_stays_away_until_it_is_restored(desk: Newsdesk) -> None:
    seen, ann = await opened(desk), await desk.deskworker()
    claim_id = named(seen, FIRST).claim_id
    asked = pb.DismissClaimRequest(**about(seen), claim_id=claim_id, reason=" ")
    assert (await refusal(ann.send(asked))).field == "reason"
    asked.reason = "a slogan"
    after = await ann.send(asked)
    assert named(after, FIRST).dismissed_by == "Ann"
    assert "look again" in (await refusal(ann.send(asked))).message
    asked.version = after.version
    twice = await refusal(ann.send(asked))
    assert (twice.code, twice.message) == (Code.ABORTED, "This claim was put aside already.")
    later = await opened(desk, f"{WORDS} More follows.", 2)
    assert (named(later, FIRST).state, named(later, FIRST).dismissed_because) == ("dismissed", "a slogan")
    back = await ann.send(pb.RestoreClaimRequest(**about(later), claim_id=claim_id))
    assert named(back, FIRST).state == "active"
    again = await refusal(ann.send(pb.RestoreClaimRequest(**about(back), claim_id=claim_id)))
    assert (again.code, again.message) == (Code.ABORTED, "This claim was not dismissed.")
    assert states(await opened(desk, f"{WORDS} The end.", 3))[FIRST] == "active"


async def test_parts_of_a_claim_become_claims_of_it_and_outlive_a_revision(desk: Newsdesk) -> None:
    seen, ann = await opened(desk), await desk.deskworker()
    whole = named(seen, FIRST).claim_id
    asked = pb.SplitClaimRequest(**about(seen), claim_id=whole, parts=[words(PARTS[0]), words(QUIET)])
    assert (await refusal(ann.send(asked))).field == "parts"
    del asked.parts[1]
    assert (await refusal(ann.send(asked))).field == "parts"
    asked.parts.append(words(PARTS[1]))
    await ann.send(asked)
    later = await opened(desk, f"A new beginning. {WORDS}", 2)
    for part in PARTS:
        assert named(later, part).state == "active"
        assert [(link.kind, link.claim_id) for link in named(later, part).links] == [("part_of", whole)]
    assert named(later, FIRST).state == "active"


async def test_a_merged_claim_points_to_the_one_that_stays(desk: Newsdesk) -> None:
    ann = await desk.deskworker()
    seen = await added(ann, await opened(desk))
    one, other = named(seen, QUIET).claim_id, named(seen, FIRST).claim_id
    itself = await refusal(ann.send(pb.MergeClaimsRequest(**about(seen), claim_id=one, into=one)))
    assert itself.field == "into"
    await ann.send(pb.MergeClaimsRequest(**about(seen), claim_id=one, into=other))
    later = await opened(desk, f"{WORDS} More follows.", 2)
    assert named(later, QUIET).state == "dismissed"
    assert [(link.kind, link.claim_id) for link in named(later, QUIET).links] == [("same_as", other)]
    onto_it = await refusal(ann.send(pb.MergeClaimsRequest(**about(later), claim_id=other, into=one)))
    assert (onto_it.code, onto_it.message) == (Code.ABORTED, "The claim to keep is not active.")
    back = await ann.send(pb.RestoreClaimRequest(**about(later), claim_id=one))
    assert (named(back, QUIET).state, list(named(back, QUIET).links)) == ("active", [])


async def test_who_acts_on_what_changed_meanwhile_is_refused_and_nothing_is_lost(desk: Newsdesk) -> None:
    seen, ann, ben = await opened(desk), await desk.deskworker(), await desk.deskworker("Ben")
    await added(ann, seen)
    told = await refusal(added(ben, seen, "It was a good day indeed."))
    assert (told.code, "look again" in told.message) == (Code.ABORTED, True)
    now = await ben.claims(events.ARTICLE)
    await desk.hear("plumbline.article.v1", events.article(2, words=WORDS + " More."))
    assert "look again" in (await refusal(added(ben, now, "It was a good day indeed."))).message
    assert states(await ben.claims(events.ARTICLE))[QUIET] == "active"


async def test_what_people_did_is_written_down_with_who_did_it_and_stays(desk: Newsdesk) -> None:
    ann, ben = await desk.deskworker(), await desk.deskworker("Ben")
    seen = await added(ann, await opened(desk))
    claim_id = named(seen, QUIET).claim_id
    seen = await ben.send(pb.DismissClaimRequest(**about(seen), claim_id=claim_id, reason="nothing to check"))
    acts = [(act.act, act.person, act.claim_id, act.note) for act in seen.acts]
    assert acts == [("dismiss", "Ben", claim_id, "nothing to check"), ("add", "Ann", claim_id, QUIET)]
    row = await desk.db.fetchrow("SELECT person_id, epoch, counter FROM claim_act ORDER BY act_id DESC LIMIT 1")
    assert row is not None
    assert (row["person_id"], f"{row['epoch']}.{row['counter']}") == ("id-Ben", seen.version)
    for statement in ("UPDATE claim_act SET note = 'x'", "DELETE FROM claim_act", "TRUNCATE claim_act"):
        with pytest.raises(Exception, match="append-only"):
            await desk.db.execute(statement)


async def test_a_withdrawn_article_takes_no_new_claims_and_forgets_no_dismissal(desk: Newsdesk) -> None:
    seen, ann = await opened(desk), await desk.deskworker()
    claim_id = named(seen, FIRST).claim_id
    await desk.hear("plumbline.article.v1", events.article(2, words=WORDS, withdrawn=True))
    gone = await ann.claims(events.ARTICLE)
    assert not gone.blocks
    assert (await refusal(added(ann, gone))).code is Code.ABORTED
    await ann.send(pb.DismissClaimRequest(**about(gone), claim_id=claim_id, reason="a slogan"))
    assert states(await opened(desk, WORDS, 3))[FIRST] == "dismissed"


async def test_S2_the_desk_lets_in_reviewers_of_the_articles_site_alone(desk: Newsdesk) -> None:
    seen = await opened(desk)
    sue, mia = await desk.deskworker("Sue", site_id=uuid4()), await desk.deskworker("Mia", role="moderator")
    for call in (sue.claims(events.ARTICLE), added(sue, seen), sue.claims("no id"), sue.claims(str(uuid4()))):
        assert (await refusal(call)).code is Code.NOT_FOUND
    assert (await refusal(added(mia, seen))).code is Code.PERMISSION_DENIED
    partner = await (await desk.partner()).text(WORDS)
    ann = await desk.deskworker()
    assert (await refusal(ann.claims(partner.subject.removeprefix("subjects/")))).code is Code.NOT_FOUND
    unknown = pb.DismissClaimRequest(**about(seen), claim_id=str(uuid4()), reason="a slogan")
    assert (await refusal(ann.send(unknown))).code is Code.NOT_FOUND
