"""How sources are rated, through the desk's own pages."""

from __future__ import annotations

from tests.integration.console.house import House
from tests.integration.console.rated import BARE, RULING

PAGE = f"/console/ratings/{RULING}"
WHY = {"note": "It printed a correction.", "provenance": "Their errata page", "link": "https://courier.example/errata"}


async def test_the_list_names_rating_reason_person_and_the_claims_that_stand_on_each_source(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get("/console/ratings")
    for words in (RULING, "Mixed", "Corrects late & <seldom>.", "Press council, ruling 4", "Lea", BARE, "not rated"):
        assert words in ann.text
    links = [each.attributes["href"] for each in ann.page.css("td a")]
    assert links == ["https://council.example/4"]
    await ann.get(str(ann.find("a[rel=next]").attributes["href"]))
    assert house.ratings.of_kind("ListSourceRatingsRequest")[-1].page_token == "t/2"
    await ann.get("/console/ratings?q=wire")
    assert (RULING in ann.text, BARE in ann.text) == (False, True)


async def test_a_source_nobody_rated_is_found_by_an_address_on_it(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get("/console/ratings/find?domain=https%3A//new.example/story")
    assert ann.path == "/console/ratings/new.example"
    assert "Nobody rated this source yet" in ann.text
    await ann.get("/console/ratings/find?domain=nowhere")
    assert (ann.status, "Give a domain such as example.org." in ann.text) == (422, True)


async def test_every_piece_of_evidence_leads_to_the_rating_of_its_source(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get("/console/claims/claim-1")
    links = [str(each.attributes["href"]) for each in ann.page.css("article.source a[href*='/console/ratings/find']")]
    assert links
    await ann.get(links[0])
    assert (ann.status, ann.path.startswith("/console/ratings/")) == (200, True)


async def test_a_desk_lead_changes_a_rating_with_its_reason_and_the_history_keeps_the_one_before(house: House) -> None:
    lea = await house.visitor("lea", "reviewer", "admin")
    await lea.get(PAGE)
    await lea.submit(PAGE, credibility="reliable", **WHY)
    assert lea.path == f"{PAGE}?done=rated"
    assert "The 3 claims that stand on this source are checked again." in lea.text
    said = house.ratings.of_kind("RateSourceRequest")[-1]
    assert (said.domain, said.credibility, said.version, said.link) == (RULING, "reliable", 1, WHY["link"])
    assert [each.text() for each in lea.page.css("article h3 .state")] == ["Reliable", "Mixed"]


async def test_a_rating_without_a_reason_is_refused_beside_its_field_and_keeps_what_was_typed(house: House) -> None:
    lea = await house.visitor("lea", "reviewer", "admin")
    await lea.get(PAGE)
    await lea.submit(PAGE, credibility="unreliable", **{**WHY, "note": ""})
    assert (lea.status, bool(lea.page.css("#error-note"))) == (422, True)
    assert lea.value("#provenance") == WHY["provenance"]
    assert lea.find("input[name=credibility][checked]").attributes["value"] == "unreliable"


async def test_a_rating_given_meanwhile_is_read_before_it_is_replaced(house: House) -> None:
    lea = await house.visitor("lea", "reviewer", "admin")
    await lea.get(PAGE)
    house.ratings.rate(RULING, "unreliable", "Made up a witness.", "Our own analysis", "", "Ben")
    await lea.submit(PAGE, credibility="reliable", **WHY)
    assert (lea.status, "Somebody rated this source since you looked" in lea.text) == (409, True)
    assert "Made up a witness." in lea.text
    await lea.submit(PAGE, credibility="reliable", **WHY)
    assert lea.path == f"{PAGE}?done=rated"


async def test_S4_only_a_desk_lead_with_the_form_of_the_session_changes_a_rating(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await ann.get(PAGE)
    assert not ann.page.css("form.form")
    await ann.post(PAGE, [("csrf", ann.csrf), ("credibility", "reliable"), *WHY.items(), ("version", "1")])
    assert ann.status == 403
    lea = await house.visitor("lea", "reviewer", "admin")
    await lea.get(PAGE)
    await lea.submit(PAGE, csrf="0" * 64, credibility="reliable", **WHY)
    assert lea.status == 403
    mod = await house.visitor("mod", "moderator")
    await mod.get("/console/ratings")
    assert mod.status == 403
    assert house.ratings.of_kind("RateSourceRequest") == []


async def test_S7_a_link_that_is_no_web_address_is_never_made_a_link(house: House) -> None:
    house.ratings.rate(RULING, "mixed", "n", "p", "javascript:alert(1)", "Ben")
    ann = await house.visitor("ann", "reviewer")
    for path in (PAGE, "/console/ratings"):
        await ann.get(path)
        assert "javascript:" not in (ann.page.html or "")
