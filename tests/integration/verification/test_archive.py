"""The archive: imported once however often it comes, kept with its vectors, found within a second, searched by its own."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from plumbline.events.v1 import fact_check_pb2

from services.verification.address_guard import Allowed
from services.verification.archive import import_claimreview, import_guarded
from services.verification.archive_index import ArchiveIndex
from services.verification.fetcher import Fetcher
from services.verification.sandbox import Sandbox
from shared.errors import Refused
from shared.ids import derived_id
from shared.local.site_server import SiteServer
from shared.retrieval.encoder import EncoderCache
from shared.testing.kit import Stage, eventually
from tests.integration.verification.room import Room, claim_review, jsonl

pytestmark = pytest.mark.postgres

CLAIMS = [
    "Only 5 percent of the ocean floor has been mapped.",
    "Mount Everest is 8,849 metres high.",
    "The great wall can be seen from the Moon.",
    "Sharks never sleep.",
    "Coffee stunts the growth of children.",
]


def feed(folder: Path, base_url: str = "https://northlight.example", claims: list[str] = CLAIMS) -> Path:
    reviews = [
        claim_review(f"{base_url}/checks/{number}", claim, "Refuted", 1, datePublished=f"2024-01-{number + 1:02d}")
        for number, claim in enumerate(claims)
    ]
    return jsonl(folder / "feed.json", *reviews)


async def test_an_import_keeps_each_fact_check_once_and_tells_it_once(room: Room, tmp_path: Path) -> None:
    path = feed(tmp_path)
    seen: list[int] = []
    first = await import_claimreview(room.resources.outbox, path, progress=seen.append)
    again = await import_claimreview(room.resources.outbox, path)
    assert first == {"new": 5, "changed": 0, "unchanged": 0, "refused": 0}
    assert again == {"new": 0, "changed": 0, "unchanged": 5, "refused": 0}
    assert seen == [1, 2, 3, 4, 5]
    told = await room.fact_checks()
    assert [each.claim for each in sorted(told, key=lambda each: each.url)] == CLAIMS
    assert {each.origin for each in told} == {fact_check_pb2.FACT_CHECK_ORIGIN_IMPORTED}


async def test_a_feed_of_a_thousand_records_is_taken_in_once_each(room: Room, tmp_path: Path) -> None:
    claims = [f"The harbour of village number {number} freezes every winter." for number in range(800)]
    reviews = [
        claim_review(f"https://northlight.example/checks/{n}", claim, "False", 1) for n, claim in enumerate(claims)
    ]
    spelled = [
        claim_review(f"https://NORTHLIGHT.example:443/checks/{n}?utm_source=feed#top", f" {claim}", "False", 1)
        for n, claim in enumerate(claims[:200])
    ]
    path = jsonl(tmp_path / "feed.json", *reviews, *spelled)
    counts = await import_claimreview(room.resources.outbox, path)
    assert counts == {"new": 800, "changed": 0, "unchanged": 200, "refused": 0}
    assert await room.resources.db.fetchval("SELECT count(*) FROM fact_check") == 800
    assert len(await room.fact_checks()) == 800


async def test_a_changed_rating_is_a_new_version(room: Room, tmp_path: Path) -> None:
    await room.archive(feed(tmp_path))
    body = json.loads((tmp_path / "feed.json").read_text())
    rating = body["dataFeedElement"][0]["item"]["reviewRating"]
    rating.update(ratingValue=5, alternateName="Supported")
    (tmp_path / "feed.json").write_text(json.dumps(body))
    assert (await room.archive(tmp_path / "feed.json"))["changed"] == 1
    changed = (await room.fact_checks())[-1]
    assert (changed.rating, changed.version.counter) == ("supported", 2)
    (match,) = [each for each in (await room.search(query=CLAIMS[0])).matches if each.fact_check.claim == CLAIMS[0]]
    assert match.fact_check.rating == "supported"


async def test_a_feed_may_not_speak_in_another_publishers_name(room: Room, tmp_path: Path) -> None:
    author = {"name": "Northlight", "url": "https://elsewhere.example"}
    foreign = claim_review("https://northlight.example/checks/1", CLAIMS[0], "Refuted", 1, author=author)
    counts = await room.archive(
        jsonl(tmp_path / "feed.json", foreign, {"@type": "ClaimReview", "url": "https://x.example/1"})
    )
    assert counts == {"new": 0, "changed": 0, "unchanged": 0, "refused": 2}


async def test_pages_with_markup_are_read_from_a_folder_and_from_a_list(
    room: Room, tmp_path: Path, web: SiteServer, sandbox: Sandbox
) -> None:
    review = claim_review("{base}/page.html", CLAIMS[0], "Refuted", 1)
    page = f'<html><head><script type="application/ld+json">{json.dumps(review)}</script></head><body>x</body></html>'
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "page.html").write_text(page)
    assert (await room.archive(folder))["new"] == 1
    (web.folder / "page.html").write_text(page)
    await web.stop()
    await web.start()
    (tmp_path / "list.txt").write_text(f"# pages\n{web.base_url}/page.html\n{web.base_url}/none.html\n")
    fetcher = Fetcher(sandbox, allowed=Allowed.parse([web.base_url.removeprefix("http://")]))
    try:
        counts = await import_claimreview(room.resources.outbox, tmp_path / "list.txt", fetcher=fetcher)
    finally:
        await fetcher.close()
    assert counts == {"new": 0, "changed": 0, "unchanged": 1, "refused": 1}


@pytest.mark.parametrize(("name", "text"), [("feed.json", "{broken"), ("list.txt", "https://x.example/1")])
async def test_what_is_no_feed_is_refused_by_name(room: Room, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(Refused) as refused:
        await room.archive(tmp_path / name)
    assert refused.value.field == "path"
    with pytest.raises(Refused):
        await room.archive(tmp_path / "missing.json")


async def test_a_restart_reads_the_vectors_and_encodes_nothing(
    room: Room, tmp_path: Path, encoder: EncoderCache
) -> None:
    await room.archive(feed(tmp_path))
    assert room.index.encoded == 5
    found = room.resources
    started = ArchiveIndex(found.db, found.off_loop, lambda: encoder, found.telemetry.log)
    await started.load()
    assert (started.encoded, started.loaded) == (0, True)
    site = str((await room.fact_checks())[0].site_id)
    before = await room.index.search(site, CLAIMS[1], 3)
    assert [each.fact_check_id for each in await started.search(site, CLAIMS[1], 3)] == [
        each.fact_check_id for each in before
    ]


async def test_vectors_of_another_model_are_not_used(room: Room, tmp_path: Path, encoder: EncoderCache) -> None:
    await room.archive(feed(tmp_path))
    await room.resources.db.execute("UPDATE fact_check_vector SET model_sha256 = 'another'")
    found = room.resources
    started = ArchiveIndex(found.db, found.off_loop, lambda: encoder, found.telemetry.log)
    await started.load()
    assert started.encoded == 5


async def test_a_fact_check_is_searchable_within_a_second_and_gone_when_withdrawn(room: Room, tmp_path: Path) -> None:
    following = asyncio.create_task(room.index.follow())
    try:
        await import_claimreview(room.resources.outbox, feed(tmp_path))
        await eventually(lambda: _found(room, CLAIMS[3]))
        await room.resources.db.execute(
            "UPDATE fact_check SET withdrawn = true, counter = counter + 1, changed_at = now() WHERE claim = $1",
            CLAIMS[3],
        )
        await eventually(lambda: _lost(room, CLAIMS[3]))
    finally:
        following.cancel()


async def test_a_change_made_while_nobody_looked_is_not_lost(room: Room, tmp_path: Path) -> None:
    """The index was busy or cut off for longer than it looks back; nothing older than its last look may be skipped."""
    room.index._looked_at -= timedelta(hours=1)
    await import_claimreview(room.resources.outbox, feed(tmp_path))
    await room.resources.db.execute("UPDATE fact_check SET changed_at = now() - interval '50 minutes'")
    await room.catch_up()
    assert await _found(room, CLAIMS[0])


async def test_what_could_not_be_taken_in_stays_wanted(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_claimreview(room.resources.outbox, feed(tmp_path))
    with monkeypatch.context() as broken:
        broken.setattr(room.index, "_take", _cut_off)
        with pytest.raises(ConnectionError):
            await room.index.catch_up()
    await room.resources.db.execute("UPDATE fact_check SET changed_at = now() - interval '1 day'")
    await room.catch_up()
    assert await _found(room, CLAIMS[0])


async def _cut_off(page: object) -> None:
    raise ConnectionError


async def _found(room: Room, claim: str) -> bool:
    return any(each.fact_check.claim == claim for each in (await room.search(query=claim)).matches)


async def _lost(room: Room, claim: str) -> bool:
    return not await _found(room, claim)


async def test_readiness_waits_for_the_archive(stage: Stage, room: Room) -> None:
    check = room.service.checks[0]
    assert await check() == ""
    room.index.loaded = False
    assert "not loaded" in await check()


async def test_search_finds_the_nearest_first_and_says_how_it_compares(room: Room, tmp_path: Path) -> None:
    await room.archive(feed(tmp_path))
    answer = await room.search(query="Only five per cent of the ocean floor has been mapped")
    first = answer.matches[0]
    assert (first.fact_check.claim, first.comparison) == (CLAIMS[0], "same")
    assert 0 < first.score <= 1
    assert first.fact_check.name.startswith("factChecks/")
    other = (await room.search(query="Mount Everest is 9,400 metres high.")).matches[0]
    assert (other.fact_check.claim, other.comparison) == (CLAIMS[1], "different")


@pytest.mark.parametrize("query", ["", "the ocean, Everest, sharks, coffee and the great wall"])
async def test_pages_of_a_search_hold_everything_once(room: Room, tmp_path: Path, query: str) -> None:
    await room.archive(feed(tmp_path))
    whole = [each.fact_check.claim for each in (await room.search(query=query)).matches]
    assert sorted(whole) == sorted(CLAIMS)
    paged, token = [], ""
    for _ in range(len(CLAIMS)):
        page = await room.search(query=query, page_size=2, page_token=token)
        paged += [each.fact_check.claim for each in page.matches]
        token = page.next_page_token
        if not token:
            break
    assert paged == whole
    if not query:
        assert whole == list(reversed(CLAIMS))  # newest first


async def test_a_page_token_is_bound_to_its_question(room: Room, tmp_path: Path) -> None:
    await room.archive(feed(tmp_path))
    token = (await room.search(query="ocean", page_size=1)).next_page_token
    assert token
    wrong: dict[str, Any]
    for wrong in ({"query": "sharks"}, {"query": "ocean", "language": "en"}, {"query": ""}):
        with pytest.raises(Refused, match="page token"):
            await room.search(page_token=token, **wrong)
    for broken in ("x", token[:-2] + "AA", "é"):
        with pytest.raises(Refused) as refused:
            await room.search(query="ocean", page_token=broken)
        assert (refused.value.field, refused.value.status) == ("page_token", 400)


async def test_a_search_is_bounded_and_filtered(room: Room, tmp_path: Path) -> None:
    await room.archive(feed(tmp_path))
    assert [each.fact_check.claim for each in (await room.search(language="de")).matches] == []
    assert len((await room.search(publisher="Northlight Fact Desk", page_size=500)).matches) == 5
    assert len((await room.search(query="sharks", publisher="Somebody else")).matches) == 0
    with pytest.raises(Refused, match="1,000"):
        await room.search(query="x" * 1_001)
    with pytest.raises(Refused, match="negative"):
        await room.search(page_size=-1)


async def test_S8_a_partner_of_another_site_finds_nothing(room: Room, tmp_path: Path) -> None:
    await room.archive(feed(tmp_path))
    stranger = derived_id("test", "another site")
    for query in ("", CLAIMS[0]):
        assert list((await room.search(stranger, query=query)).matches) == []


async def test_a_table_is_taken_in_with_its_scales_read_both_ways(room: Room, tmp_path: Path) -> None:
    (tmp_path / "checks.csv").write_text(
        "\ufeffclaim,url,publisher,publisher_url,rating,rating_value,best_rating,worst_rating,review_date,status\n"
        '"Sharks, they say, never sleep.",https://desk.example/1,Desk,https://desk.example,False,1,5,1,2024-03-01,\n'
        "Upside down.,https://desk.example/2,Desk,,True,1,1,5,2024-03-02,\n"
        "At odds.,https://desk.example/3,Desk,,True,3,5,1,,\n"
        "Taken back.,https://desk.example/4,Desk,,False,,,,,retracted\n"
        "Foreign.,https://desk.example/5,Other,https://other.example,False,,,,,\n"
        "No address.,,Desk,,False,,,,,\n"
        "not a number.,https://desk.example/6,Desk,,,nan,inf,1,,\n"
    )
    counts = await room.archive(tmp_path / "checks.csv")
    assert counts == {"new": 5, "changed": 0, "unchanged": 0, "refused": 2}
    told = {each.claim: (each.rating, each.withdrawn) for each in await room.fact_checks()}
    assert told == {
        "Sharks, they say, never sleep.": ("refuted", False),
        "Upside down.": ("supported", False),
        "At odds.": ("", False),
        "Taken back.": ("refuted", True),
        "not a number.": ("", False),
    }
    assert not [m for m in (await room.search(query="taken back")).matches if m.fact_check.claim == "Taken back."]
    (tmp_path / "other.csv").write_text("text,link\na,b\n")
    with pytest.raises(Refused) as refused:
        await room.archive(tmp_path / "other.csv")
    assert (refused.value.reason, refused.value.field) == ("MISSING_COLUMN", "path")


async def test_S3_a_list_of_addresses_goes_through_the_guard(room: Room, tmp_path: Path, web: SiteServer) -> None:
    (tmp_path / "list.txt").write_text(f"{web.base_url}/page.html\nfile:///etc/passwd\nhttp://169.254.169.254/\n")
    counts = await import_guarded(room.resources.outbox, tmp_path / "list.txt")
    assert counts == {"new": 0, "changed": 0, "unchanged": 0, "refused": 3}
    assert await room.fact_checks() == []
