"""An article's claims and what people do to them, through the desk's own pages."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

import pytest

from services.claim_extraction.app import SPEC
from services.console.staff_calls import CLAIMS
from tests.integration.console.handed import FIRST, OTHER, SECOND, WHOLE
from tests.integration.console.house import Browser, House

HERE = "/console/articles/a1/claims"
QUIET = "Nobody was <hurt>."


async def opened(house: House, path: str = HERE) -> Browser:
    ann = await house.visitor("ann", "reviewer")
    return await ann.get(path)


def sentence(page: Browser, words: str) -> str:
    """The name on the form of the sentence with these words."""
    box = next(each.css_first("input") for each in page.page.css("label.pick") if words in each.text())
    assert box is not None
    return str(box.attributes["value"])


async def test_the_text_stands_there_by_sentences_with_its_claims_marked(house: House) -> None:
    ann = await opened(house, "/console/claims/claim-1")
    links = {link.attributes["href"] for link in ann.page.css(".meta a")}
    assert f"/console/articles/{house.reviews.review.article_id}/claims" in links
    await ann.get(HERE)
    assert [each.text().strip() for each in ann.page.css("label.pick")] == [WHOLE, QUIET, OTHER, "It was a good day."]
    assert [each.text() for each in ann.page.css("label.pick mark")] == [WHOLE, OTHER]
    assert not ann.page.css("hurt")
    assert (await ann.get("/console/articles/other/claims")).status == 404


async def test_an_article_without_claims_is_opened_by_its_address_or_id(house: House) -> None:
    article_id = str(UUID(int=7))
    house.claims.article.article_id = article_id
    del house.claims.article.claims[:]
    ann = await opened(house, "/console")
    assert ann.page.css("form[action='/console/articles'] input[name=article]")
    for typed in (article_id, f"https://news.example/articles/{article_id}?panel=1"):
        await ann.get(f"/console/articles?article={quote(typed)}")
        assert ann.path == f"/console/articles/{article_id}/claims"
        assert (ann.status, "No claim was found in this text." in ann.text) == (200, True)
    assert (await ann.get("/console/articles?article=nothing")).status == 422


async def test_ticked_sentences_become_a_claim_at_their_place(house: House) -> None:
    ann = await opened(house)
    await ann.submit(HERE, sentence=[sentence(ann, QUIET)])
    assert ann.path == f"{HERE}?done=added"
    assert "Ann added" in ann.text
    said = house.claims.of_kind("AddClaimRequest")[-1]
    place = (said.words.block_id, FIRST[said.words.start : said.words.end])
    assert (said.article_id, said.version, place) == ("a1", "1.1", ("b.1", QUIET))
    await ann.submit(HERE, sentence=[sentence(ann, QUIET), sentence(ann, "Rents")])
    said = house.claims.of_kind("AddClaimRequest")[-1]
    assert FIRST[said.words.start : said.words.end] == FIRST


async def test_ticked_sentences_follow_one_another(house: House) -> None:
    first, third = (0, 5), (13, 18)
    block = house.claims.article.blocks[0]
    del block.sentences[:]
    for start, end in (first, (6, 12), third):
        block.sentences.add(start=start, end=end)
    ann = await opened(house)
    await ann.submit(HERE, sentence=[f"{start}.{end}.b.1" for start, end in (first, third)])
    assert (ann.status, "follow one another" in ann.text) == (422, True)
    assert house.claims.of_kind("AddClaimRequest") == []


def test_the_desk_names_claim_extraction_as_its_door_does() -> None:
    assert SPEC.group == CLAIMS


async def test_typed_words_are_taken_from_the_ticked_sentence_or_looked_for(house: House) -> None:
    ann = await opened(house)
    await ann.submit(HERE, sentence=[sentence(ann, "good day")], words="a good day")
    said = house.claims.of_kind("AddClaimRequest")[-1].words
    assert (said.block_id, SECOND[said.start : said.end], said.exact) == ("b2", "a good day", "a good day")
    await ann.submit(HERE, words="cost 40 million")
    said = house.claims.of_kind("AddClaimRequest")[-1].words
    assert (said.start, said.end, said.exact) == (0, 0, "cost 40 million")


async def test_what_cannot_be_a_claim_says_why_and_keeps_what_was_typed(house: House) -> None:
    ann = await opened(house)
    both = [sentence(ann, QUIET), sentence(ann, "good day")]
    tries: tuple[tuple[dict[str, str | list[str]], int, str], ...] = (
        ({}, 422, "Tick a sentence, or type the words."),
        ({"sentence": both}, 422, "Tick sentences of one paragraph."),
        ({"sentence": ["0.x.b2"]}, 400, "no sentence of the page"),
        ({"words": "never said"}, 422, "do not stand in the text"),
        ({"words": "a good day", "version": "1.0"}, 409, "look again"),
    )
    for typed, status, words in tries:
        await ann.get(HERE)
        await ann.submit(HERE, **typed)
        assert (ann.status, words in ann.text) == (status, True), typed
        assert ann.find("#words").text().strip() == typed.get("words", "")
    await ann.get(HERE)
    await ann.submit(HERE, sentence=both)
    assert len(ann.page.css("input[name=sentence][checked]")) == 2


async def test_a_claim_is_dismissed_with_its_reason_and_restored(house: House) -> None:
    ann = await opened(house)
    await ann.submit(f"{HERE}/claim-2/dismissal", reason=" ")
    assert (ann.status, ann.find("details[open] .field-error").text()) == (422, "Say why this is not a claim.")
    await ann.submit(f"{HERE}/claim-2/dismissal", reason="a <b>slogan</b>")
    assert ann.path == f"{HERE}?done=dismissed"
    assert "dismissed by Ann: a <b>slogan</b>" in ann.text
    assert [each.text() for each in ann.page.css("label.pick mark")] == [WHOLE]
    await ann.submit(f"{HERE}/claim-2/restoration")
    assert ann.path == f"{HERE}?done=restored"
    assert house.claims.of_kind("RestoreClaimRequest")[-1].claim_id == "claim-2"
    assert [each.text() for each in ann.page.css("label.pick mark")] == [WHOLE, OTHER]


async def test_two_claims_are_merged(house: House) -> None:
    ann = await opened(house)
    await ann.submit(f"{HERE}/merge", claim="claim-2", into="claim-2")
    assert (ann.status, "cannot be merged into itself" in ann.text) == (422, True)
    await ann.submit(f"{HERE}/merge", claim="claim-2", into="claim-1")
    assert ann.path == f"{HERE}?done=merged"
    said = house.claims.of_kind("MergeClaimsRequest")[-1]
    assert (said.claim_id, said.into) == ("claim-2", "claim-1")


async def test_a_claim_is_cut_at_words_a_person_chose(house: House) -> None:
    path = f"{HERE}/claim-1/split"
    ann = await opened(house, path)
    at = {each.text(): str(each.attributes["value"]) for each in ann.page.css("option")}
    ends, begins = at["6. … 12 per cent"], at["8. wages fell by …"]
    for wrong in (
        {"ends": "", "begins": begins},
        {"ends": str(len(WHOLE)), "begins": "0"},
        {"ends": "x", "begins": "y"},
    ):
        await ann.submit(path, **wrong)
        assert (ann.status, "Choose where the first part ends" in ann.text) == (422, True)
    await ann.submit(path, ends=at["8. … cent and wages"], begins=at["2. rose by 12 …"])
    assert (ann.status, "The second part begins after the first" in ann.text) == (422, True)
    await ann.submit(path, ends=ends, begins=begins)
    assert ann.path == f"{HERE}?done=split"
    said = house.claims.of_kind("SplitClaimRequest")[-1]
    parts = [FIRST[each.start : each.end] for each in said.parts]
    assert parts == ["Rents rose by 12 per cent", "wages fell by 2 per cent."]
    house.claims.article.claims[0].state = "dismissed"
    assert (await ann.get(path)).status == 404


async def test_S7_a_form_of_another_session_changes_nothing(house: House) -> None:
    ann = await opened(house)
    for action in (HERE, f"{HERE}/merge", f"{HERE}/claim-2/dismissal"):
        await ann.get(HERE)
        await ann.submit(action, csrf="0" * 64, words="a good day", reason="none")
        assert ann.status == 403
    assert {type(said).DESCRIPTOR.name for _, said in house.claims.heard} == {"GetArticleClaimsRequest"}


@pytest.mark.parametrize("path", [HERE, f"{HERE}/claim-1/split"])
async def test_S2_moderators_do_not_open_a_reviewers_pages(house: House, path: str) -> None:
    mia = await house.visitor("mia", "moderator")
    assert (await mia.get(path)).status == 403
    assert house.claims.heard == []
