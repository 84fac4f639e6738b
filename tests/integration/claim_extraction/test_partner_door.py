"""ClaimService on a real socket and a real database: what partners send in, once, seen by them alone."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import claim_pb2, fact_check_pb2

from services.claim_extraction.asked import MAX_SENT_TEXT
from services.verification import contract as verification_contract
from tests.builders import events
from tests.integration.claim_extraction.newsdesk import Newsdesk, Partner
from tests.integration.doors.callers import refusal

pytestmark = pytest.mark.postgres

Code = grpc.StatusCode
TEXT = """  The ministry employs 12,400 people.

“Prices rose by 3 per cent last year,” said Ada Holm.\r
\r
Good morning to all 😀 of you. The bridge cost 40 million euros in 2019."""
FRENCH = "Le gouvernement a supprimé douze mille emplois dans la fonction publique l'année dernière, selon le ministre."


async def test_S9_a_text_sent_in_becomes_a_subject_of_its_own_that_its_sender_alone_sees(desk: Newsdesk) -> None:
    partner = await desk.partner()
    answer = await partner.text(TEXT, title="Two figures", url="https://partner.example/a")
    assert answer.language == "en"
    assert not answer.note
    assert next(claim.text for claim in answer.claims) == "The ministry employs 12,400 people."
    for claim in answer.claims:
        assert claim.state == "active"
        for span in (*claim.spans, claim.source, claim.cue):
            assert TEXT[span.start : span.end] == span.exact
    (sheet,) = await desk.told()
    assert f"subjects/{sheet.subject_id}" == answer.subject
    assert (sheet.kind, sheet.visibility) == (claim_pb2.SUBJECT_KIND_TEXT, claim_pb2.VISIBILITY_OWNER)
    assert sheet.article_id == ""
    assert sheet.owner.startswith("p-")
    assert (sheet.title, sheet.url) == ("Two figures", "https://partner.example/a")
    assert {claim.origin for claim in sheet.claims} == {claim_pb2.CLAIM_ORIGIN_PARTNER}
    assert await desk.db.fetchval("SELECT key FROM outbox") == sheet.subject_id
    heard = verification_contract.sheet(sheet)
    assert not heard.public
    assert heard.kind == "text"
    assert len(heard.claims) == len(answer.claims)


async def test_who_said_it_comes_with_both_claims_linked_to_each_other(desk: Newsdesk) -> None:
    answer = await (await desk.partner()).text(TEXT)
    said = next(claim for claim in answer.claims if claim.text.startswith("Prices rose"))
    report = next(claim for claim in answer.claims if claim.kind == "report")
    assert (said.source_name, said.source_kind, said.verbatim) == ("Ada Holm", "named", True)
    assert [(link.kind, link.claim) for link in said.links] == [("reported_by", report.name)]
    assert [(link.kind, link.claim) for link in report.links] == [("reports", said.name)]
    assert [(each.value, each.dimension, each.change) for each in said.quantities] == [(3.0, "percent", "up")]


async def test_the_same_request_gets_the_same_answer_and_leaves_one_subject(desk: Newsdesk) -> None:
    partner = await desk.partner()
    first = await partner.claim("The bridge cost 40 million euros.")
    again, *twins = await asyncio.gather(*(partner.claim("The bridge cost 40 million euros.") for _ in range(4)))
    assert [again, *twins] == [first] * 4
    assert len(await desk.told()) == 1
    both = await asyncio.gather(*(partner.text(TEXT, request_id="new") for _ in range(4)))
    assert all(each == both[0] for each in both)
    assert len(await desk.told()) == 2


async def test_a_request_id_with_other_content_is_refused_by_its_field(desk: Newsdesk) -> None:
    partner = await desk.partner()
    await partner.claim("The bridge cost 40 million euros.")
    for call in (
        partner.claim("The bridge cost 50 million euros."),
        partner.claim("The bridge cost 40 million euros.", claimant="Ada Holm"),
        partner.text("The bridge cost 40 million euros. It was built in 2019."),
    ):
        told = await refusal(call)
        assert (told.code, told.reason, told.field) == (Code.ALREADY_EXISTS, "ALREADY_EXISTS", "request_id")
    assert len(await desk.told()) == 1
    await (await desk.partner()).claim("The bridge cost 50 million euros.")
    assert len(await desk.told()) == 2, "another partner's request ids are its own"


def _sent(**changed: Any) -> dict[str, Any]:
    return {"text": "The bridge cost 40 million euros.", "request_id": "x", **changed}


@pytest.mark.parametrize(
    ("method", "sent", "field"),
    [
        ("text", _sent(text=" \n "), "text"),
        ("text", _sent(text="a" * (MAX_SENT_TEXT + 1)), "text"),
        ("text", _sent(text="A bell \x07 rang 12 times."), "text"),
        ("text", _sent(request_id=""), "request_id"),
        ("text", _sent(request_id="r" * 101), "request_id"),
        ("text", _sent(title="t" * 501), "title"),
        ("text", _sent(title="two\nlines"), "title"),
        ("text", _sent(url="ftp://example.org/a"), "url"),
        ("text", _sent(url="https://[bad"), "url"),
        ("text", _sent(url="//example.org"), "url"),
        ("text", _sent(language="english please"), "language"),
        ("text", _sent(publish_time=Timestamp(seconds=-(10**11))), "publish_time"),
        ("text", _sent(publish_time=Timestamp(seconds=10**18)), "publish_time"),
        ("claim", _sent(text="Nonsense"), "text"),
        ("claim", _sent(text="word " * 500), "text"),
        ("claim", _sent(claimant="c" * 201), "claimant"),
    ],
)
async def test_S7_bad_input_names_its_field_and_leaves_nothing(
    desk: Newsdesk, method: str, sent: dict[str, Any], field: str
) -> None:
    partner = await desk.partner()
    told = await refusal(getattr(partner, method)(**sent))
    assert (told.code, told.field) == (Code.INVALID_ARGUMENT, field), told.message
    assert await desk.told() == []
    assert await desk.db.fetchval("SELECT count(*) FROM sheet") == 0


async def test_a_text_in_another_language_is_named_and_kept_not_guessed(desk: Newsdesk) -> None:
    partner = await desk.partner()
    text = await partner.text(FRENCH)
    assert text.language == "fr"
    assert "English texts only" in text.note
    assert not text.claims
    claim = await partner.claim(FRENCH, request_id="r2")
    assert claim.language == "fr"
    assert "not in 'fr'" in claim.note
    assert claim.claim.text == FRENCH
    assert not claim.claim.HasField("check_worthiness")
    assert not claim.claim.quantities
    assert [len(sheet.claims) for sheet in await desk.told()] == [0, 1]


async def test_a_claim_too_short_to_tell_its_language_is_read_in_the_one_stated(desk: Newsdesk) -> None:
    partner = await desk.partner()
    untold = await partner.claim("It cost €9bn.")
    assert (untold.language, untold.note) == ("und", "Kept for people: it is too short to tell its language; state it.")
    told = await partner.claim("It cost €9bn.", request_id="r2", language="en-GB")
    assert (told.language, told.note, told.claim.quantities[0].value) == ("en-GB", "", 9e9)


async def test_a_claim_sent_in_keeps_who_is_said_to_have_said_it(desk: Newsdesk) -> None:
    answer = await (await desk.partner()).claim("  Prices rose by 3 per cent.  ", claimant="Ada Holm", language="en")
    assert (answer.claim.source_name, answer.claim.source_kind) == ("Ada Holm", "named")
    assert [(span.start, span.end) for span in answer.claim.spans] == [(2, 28)]
    assert 0 < answer.claim.check_worthiness < 1


async def test_extraction_without_keeping_streams_the_same_claims(desk: Newsdesk) -> None:
    partner = await desk.partner(scopes=("claims.read",))
    events_ = [each async for each in partner.extract(TEXT)]
    summary, claims = events_[0].summary, [each.claim for each in events_[1:]]
    assert summary.language == "en"
    assert summary.claims == len(claims) > 2
    assert summary.sentences >= 4
    assert all(not claim.name for claim in claims)
    report = next(claim for claim in claims if claim.kind == "report")
    assert claims[int(report.links[0].claim)].text == "Prices rose by 3 per cent last year"
    assert await desk.db.fetchval("SELECT count(*) FROM sheet") == 0
    assert await desk.told() == []
    told = await refusal(partner.extract(""))
    assert (told.code, told.field) == (Code.INVALID_ARGUMENT, "text")


async def test_S8_nobody_sees_another_partners_or_another_sites_subjects(desk: Newsdesk) -> None:
    partner, other = await desk.partner(), await desk.partner()
    elsewhere = await desk.partner(site_id=uuid4())
    answer = await partner.claim("The bridge cost 40 million euros.")
    name = answer.claim.name
    assert (await partner.get(name)).text == "The bridge cost 40 million euros."
    for stranger in (other, elsewhere):
        assert (await refusal(stranger.get(name))).code is Code.NOT_FOUND
        assert (await refusal(stranger.listed(answer.subject))).code is Code.NOT_FOUND
        assert not (await stranger.listed()).claims
    await desk.hear("plumbline.article.v1", events.article(words="The tower is 300 metres high and cost 9 million."))
    article = (await desk.newest(events.ARTICLE)).claims[0]
    for who in (partner, elsewhere):
        assert (await refusal(who.get(f"subjects/{events.ARTICLE}/claims/{article.claim_id}"))).code is Code.NOT_FOUND


async def test_S2_each_method_asks_for_its_scope(desk: Newsdesk) -> None:
    reader, nobody = await desk.partner(scopes=("claims.read",)), await desk.partner(scopes=("panels.read",))
    for call in (reader.claim("The bridge cost 40 million euros."), reader.text(TEXT), *_reads(nobody)):
        assert (await refusal(call)).code is Code.PERMISSION_DENIED
    assert await desk.db.fetchval("SELECT count(*) FROM sheet") == 0


def _reads(partner: Partner) -> list[Any]:
    name = f"subjects/{UUID(int=1)}/claims/{UUID(int=2)}"
    return [partner.listed(), partner.get(name), partner.extract(TEXT)]


@pytest.mark.parametrize("name", ["", "claims/1", "subjects/1", "subjects/1/claims", "articles/1/claims/1"])
async def test_S7_a_name_of_another_shape_is_refused(desk: Newsdesk, name: str) -> None:
    told = await refusal((await desk.partner()).get(name))
    assert (told.code, told.field) == (Code.INVALID_ARGUMENT, "name")


@pytest.mark.parametrize("page_size", [1, 2, 3, 7])
async def test_paging_never_skips_or_repeats(desk: Newsdesk, page_size: int) -> None:
    partner = await desk.partner()
    expected: list[list[str]] = []
    for number in range(4):
        text = f"Taxes rose by {number + 2} per cent in 2021.\n\nThe bridge cost {number + 40} million euros."
        answer = await partner.text(FRENCH if number == 2 else text, request_id=str(number))
        expected.insert(0, [claim.name for claim in answer.claims])
    assert await partner.all_listed(page_size=page_size) == [name for names in expected for name in names]
    one = expected[0][0].rpartition("/claims/")[0]
    assert await partner.all_listed(one, page_size=page_size) == expected[0]
    first = await partner.listed(page_size=page_size)
    told = await refusal(partner.listed(one, page_token=first.next_page_token or "x"))
    assert (told.code, told.field) == (Code.INVALID_ARGUMENT, "page_token")
    assert (await refusal(partner.listed("nonsense"))).field == "parent"


async def test_a_claim_known_already_comes_back_with_its_similarity(reading_desk: Newsdesk) -> None:
    checked = fact_check_pb2.FactCheck(
        fact_check_id="f1",
        site_id=events.SITE,
        version=events.version(1),
        claim="The harbour bridge cost 40 million euros.",
        url="https://checks.example/f1",
        publisher="Checks",
        rating_label="Half true",
    )
    await reading_desk.hear("plumbline.factcheck.v1", checked)
    words = "The harbour bridge has cost 40 million euros, the town says. Its paint is blue."
    await reading_desk.hear("plumbline.article.v1", events.article(words=words))
    partner = await reading_desk.partner()
    answer = await partner.claim("The bridge in the harbour cost €40m.")
    fact_check = next(each for each in answer.claim.known if each.fact_check)
    assert (fact_check.fact_check, fact_check.url, fact_check.publisher, fact_check.rating_label) == (
        "factChecks/f1",
        "https://checks.example/f1",
        "Checks",
        "Half true",
    )
    assert 0.7 <= fact_check.similarity <= 1
    assert fact_check.same
    assert any(each.article == f"articles/{events.ARTICLE}" for each in answer.claim.known)
    other = await partner.claim("The harbour bridge cost 70 million euros.", request_id="r2")
    assert other.claim.known
    assert not any(each.same for each in other.claim.known), "another number is another claim"
    checked.version.counter, checked.withdrawn = 2, True
    await reading_desk.hear("plumbline.factcheck.v1", checked)
    now = await partner.get(answer.claim.name)
    assert not any(each.fact_check for each in now.known), "a withdrawn fact check is not shown"
    await reading_desk.hear("plumbline.article.v1", events.article(2, words=words, withdrawn=True))
    assert not (await partner.get(answer.claim.name)).known, "nor is a withdrawn article"
    assert (await partner.claim("The bridge in the harbour cost €40m.")) == answer
