"""How sources are rated at the staff door: versions with their reasons, and the claims that stand on them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from plumbline.staff.v1 import source_rating_service_pb2 as pb

from services.verification.rating_rpc import ROLES, Ratings
from services.verification.store.audit import verify_audit
from shared.errors import Conflict, Refused
from shared.grpc import PERSON, Person
from tests.integration.verification.all_jobs import run_all
from tests.integration.verification.room import ANN, Room
from tests.integration.verification.test_checks import COST, SOUND
from tests.integration.verification.test_desk import LEAD
from tests.integration.verification.test_rechecks import article, checked_again
from tests.integration.verification.test_runs import SOUND_PAGE

pytestmark = pytest.mark.postgres

STANDS = "INSERT INTO claim_basis (claim_id, site_id, kind, value) SELECT claim_id, site_id, 'source', $2 FROM claim WHERE text = $1"
WHY: dict[str, Any] = {
    "note": "Made up a witness.",
    "provenance": "Press council, ruling 4",
    "link": "https://council.example/4",
}


async def desk(room: Room, method: str, person: Person = LEAD, **said: Any) -> Any:
    rpc = next(each for each in room.service.staff if each.service.endswith("SourceRatingService"))
    token = PERSON.set(person)
    try:
        return await getattr(room._door(rpc, Ratings), method)(getattr(pb, f"{method}Request")(**said), None)
    finally:
        PERSON.reset(token)


async def test_J11_a_rating_given_at_the_desk_rechecks_exactly_the_claims_on_that_source(room: Room) -> None:
    await room.hear(article(room, "one", SOUND, links=(SOUND_PAGE,)))
    await room.hear(article(room, "two", COST))
    await run_all(room)
    await room.resources.db.execute(STANDS, SOUND, "news.desk.example")
    seen = await desk(room, "GetSourceRating", ANN, domain="https://www.desk.example/story")
    assert (seen.domain, seen.credibility, seen.version, seen.claims) == ("desk.example", "", 0, 1)
    rated = await desk(room, "RateSource", domain="desk.example", credibility="unreliable", **WHY)
    (told,) = rated.versions
    assert (told.recorded_by_name, told.recorded_by, told.link) == (LEAD.name, LEAD.person_id, WHY["link"])
    await run_all(room)
    assert await checked_again(room) == [f"one:{SOUND}"]
    assert await verify_audit(room.resources.db) is None
    entry = await room.resources.db.fetchval("SELECT entry FROM audit WHERE entry LIKE '%rate_source%'")
    assert LEAD.person_id in entry


async def test_the_list_has_rated_sources_and_those_checks_stood_on_page_by_page(room: Room) -> None:
    await room.hear(article(room, "one", SOUND, links=(SOUND_PAGE,)))
    await run_all(room)
    for name in ("a.example", "b.example", "c.example"):
        await room.resources.db.execute(STANDS, SOUND, name)
    await desk(room, "RateSource", domain="b.example", credibility="mixed", **WHY)
    await desk(room, "RateSource", domain="d.example", credibility="reliable", **WHY)
    await desk(room, "RateSource", domain="d.example", credibility="unrated", **WHY, version=1)
    found, token = [], ""
    while True:
        page = await desk(room, "ListSourceRatings", ANN, page_size=2, page_token=token, query="example")
        found += [(each.domain, each.credibility, each.version, each.claims) for each in page.sources]
        token = page.next_page_token
        if not token:
            break
    assert found == [
        ("a.example", "", 0, 1), ("b.example", "mixed", 1, 1), ("c.example", "", 0, 1), ("d.example", "unrated", 2, 0),
    ]  # fmt: skip
    history = (await desk(room, "GetSourceRating", ANN, domain="d.example")).versions
    assert [(each.version, each.credibility) for each in history] == [(2, "unrated"), (1, "reliable")]
    elsewhere = Person(ANN.person_id, ANN.name, ANN.roles, UUID(int=7))
    assert [each.domain for each in (await desk(room, "ListSourceRatings", elsewhere)).sources] == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"domain": "nowhere"}, "domain"),
        ({"credibility": "so-so"}, "credibility"),
        ({"note": " "}, "note"),
        ({"provenance": "x" * 1_001}, "provenance"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"version": 4}, "version"),
    ],
)
async def test_S7_a_wrong_rating_names_its_field_and_changes_nothing(
    room: Room, wrong: dict[str, Any], field: str
) -> None:
    said: dict[str, Any] = {"domain": "desk.example", "credibility": "mixed", **WHY, **wrong}
    with pytest.raises(Refused) as refused:
        await desk(room, "RateSource", **said)
    assert refused.value.field == field
    assert isinstance(refused.value, Conflict) is (field == "version")
    assert await room.resources.db.fetchval("SELECT count(*) FROM source_rating") == 0
    assert await run_all(room) == {}


async def test_S4_reading_is_for_reviewers_and_desk_leads_and_rating_for_desk_leads(room: Room) -> None:
    assert ROLES == {"ListSourceRatings": "", "GetSourceRating": "", "RateSource": "admin"}
    moderator = Person(ANN.person_id, ANN.name, frozenset({"moderator"}), ANN.site_id)
    for method, said in (("ListSourceRatings", {}), ("GetSourceRating", {"domain": "desk.example"})):
        for person in (ANN, LEAD, Person(LEAD.person_id, LEAD.name, frozenset({"admin"}), LEAD.site_id)):
            await desk(room, method, person, **said)
        with pytest.raises(Refused) as refused:
            await desk(room, method, moderator, **said)
        assert refused.value.status == 403
