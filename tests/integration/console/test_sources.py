"""Adding evidence and choosing words to quote, through the desk's own pages."""

from __future__ import annotations

from shared.ids import derived_id
from tests.integration.console.house import House

CLAIM = "/console/claims/claim-1"
QUOTE = f"{CLAIM}/evidence/e1"


async def test_an_address_is_sent_and_a_wrong_one_stays_on_the_form(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM + "/sources")
    await ann.submit(CLAIM + "/sources/url", url="nowhere")
    assert (ann.status, ann.value("#url-url")) == (422, "nowhere")
    assert ann.find("#error-url-url").text() == "Give the address of a page on the web."
    await ann.submit(CLAIM + "/sources/url", url="https://audit.example/2")
    assert ann.path == f"{CLAIM}?done=fetching"
    assert "What was added" in ann.text
    said = house.reviews.of_kind("AddSourceRequest")[-1]
    assert (said.url, said.own_analysis) == ("https://audit.example/2", False)


async def test_a_file_is_sent_with_what_is_said_about_it(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM + "/sources")
    about = {"title": "Audit", "publisher": "Audit Office", "published_at": "2026-05-31", "own": "1"}
    await ann.send_file(CLAIM + "/sources/upload", "audit.pdf", b"%PDF-1.4 ...", **about)
    assert ann.path == f"{CLAIM}?done=added"
    said = house.reviews.of_kind("AddSourceRequest")[-1]
    file = said.upload
    assert (file.content, file.content_type, file.file_name) == (b"%PDF-1.4 ...", "application/pdf", "audit.pdf")
    assert (file.published_at.ToJsonString(), said.own_analysis) == ("2026-05-31T00:00:00Z", True)


async def test_a_file_too_large_or_missing_is_refused_beside_its_field(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    for content in (b"", b"x" * 1_500_001):
        await ann.get(CLAIM + "/sources")
        await ann.send_file(CLAIM + "/sources/upload", "audit.txt", content, publisher="Audit Office")
        assert (ann.status, bool(ann.page.css("#error-upload-file"))) == (422, True)
        assert ann.value("#upload-publisher") == "Audit Office"
    assert house.reviews.of_kind("AddSourceRequest") == []


async def test_S7_a_file_form_of_another_session_is_refused(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM + "/sources")
    await ann.send_file(CLAIM + "/sources/upload", "a.txt", b"x", csrf="0" * 64)
    assert ann.status == 403
    assert house.reviews.of_kind("AddSourceRequest") == []


async def test_typed_words_are_sent_as_typed(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(CLAIM + "/sources")
    typed = {"title": "Log", "publisher": "Archive", "words": "Line one.\r\nLine two."}
    await ann.submit(CLAIM + "/sources/typed", **typed, published_at="the other day")
    assert (ann.status, "Give a date" in ann.text) == (422, True)
    await ann.submit(CLAIM + "/sources/typed", **typed, published_at="")
    assert ann.path == f"{CLAIM}?done=added"
    assert house.reviews.of_kind("AddSourceRequest")[-1].typed.words == "Line one.\nLine two."


async def test_J2_sentences_are_quoted_at_their_places_and_typed_words_are_looked_up(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(QUOTE)
    values = [each.attributes["value"] or "" for each in ann.page.css("input[name=sentence]")]
    assert values == ["0.0.15", "1.16.55"]
    await ann.submit(QUOTE, sentence=values, stance="contradicts")
    assert ann.path == f"{CLAIM}?done=quoted"
    said = house.reviews.of_kind("PickQuotationRequest")[-1]
    assert (said.start, said.end, said.exact, said.stance) == (0, 55, "", "contradicts")
    assert [box.attributes["value"] for box in ann.page.css("input[name=keep][checked]")][:1]
    await ann.submit(CLAIM + "/quotations/q-1/drop")
    assert ann.path == f"{CLAIM}?done=dropped"
    await ann.get(QUOTE)
    await ann.submit(QUOTE, words="cost 55 million", stance="supports")
    said = house.reviews.of_kind("PickQuotationRequest")[-1]
    assert (said.start, said.end, said.exact) == (0, 0, "cost 55 million")


async def test_a_passage_that_cannot_be_kept_says_why(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    tries = (
        ({"stance": "supports"}, 422, "Tick a sentence"),
        ({"words": "x"}, 422, "what the passage does"),
        ({"words": "they never said this", "stance": "supports"}, 422, "word for word"),
        ({"sentence": "0.0", "stance": "supports"}, 400, "no sentence"),
    )
    for typed, status, words in tries:
        await ann.get(QUOTE)
        await ann.submit(QUOTE, **typed)
        assert (ann.status, words in ann.text) == (status, True), typed
    await ann.get(QUOTE)
    await ann.submit(QUOTE, sentence=["0.0.15", "2.60.70"], stance="supports")
    assert "follow one another" in ann.text
    assert (await ann.get(CLAIM + "/evidence/other")).status == 404


async def test_the_list_of_added_sources_leads_to_their_claims(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    assert "Nobody added a source yet" in (await ann.get("/console/sources")).text
    house.reviews.review.sources.add(
        claim_id="claim-1", way="url", url="https://a.example", state="failed", problem="gone"
    )
    await ann.get("/console/sources")
    assert "gone" in ann.text
    assert CLAIM in {link.attributes["href"] for link in ann.page.css("table a")}


async def test_moderators_do_not_open_a_reviewers_pages(house: House) -> None:
    mia = await house.visitor("mia", "moderator")
    for path in ("/console/sources", CLAIM + "/sources", QUOTE):
        assert (await mia.get(path)).status == 403


async def test_S8_people_act_for_their_own_site(house: House) -> None:
    site = derived_id("test", "second site")
    await house.db.execute("INSERT INTO site VALUES ($1, 0, 0, 'Second site', '') ON CONFLICT DO NOTHING", site)
    sue = await house.visitor("sue", "reviewer", site_id=site)
    await sue.get(CLAIM)
    assert sue.status == 200
    person, _ = house.reviews.heard[-1]
    assert (person.name, person.site_id) == ("Sue", site)
    ann = await house.visitor("ann", "reviewer", "admin")
    await ann.get(CLAIM)
    assert house.reviews.heard[-1][0].site_id != site
    assert "Sue" not in {each.text() for each in ann.page.css("select[name=assignee] option")}
