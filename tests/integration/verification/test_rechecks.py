"""A change of a fact check, a page or a source is looked at again: for the claims it touches, and for no other."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from plumbline.events.v1 import claim_pb2, request_pb2, verdict_pb2

from services.verification import rechecks, runs
from services.verification.model import Abstention, Outcome, OutcomeStatus, Rating
from services.verification.model.affected import Change
from services.verification.rating_sources import rate_source
from services.verification.store import subjects
from shared.clock import SystemClock
from shared.ids import DEFAULT_SITE, derived_id
from shared.local.site_server import SiteServer
from tests.builders import events as make
from tests.integration.verification.all_jobs import run_all
from tests.integration.verification.room import Room, claim_review, jsonl
from tests.integration.verification.test_checks import COST, EVEREST, MAPPED, RIGHT_DEPTH, SOUND
from tests.integration.verification.test_runs import SOUND_PAGE, WRECK

pytestmark = pytest.mark.postgres


def article(room: Room, name: str, *words: str, links: tuple[str, ...] = ()) -> claim_pb2.ClaimSheet:
    """An article of its own, whose claims have ids of their own."""
    sheet = room.sheet(1, *words, links=links, url=f"https://courier.example/{name}")
    sheet.subject_id = sheet.article_id = str(derived_id("test", "article", name))
    for claim in sheet.claims:
        claim.claim_id = f"{name}:{claim.text}"
    return sheet


async def outcome_of(room: Room, sheet: claim_pb2.ClaimSheet) -> dict[str, Outcome]:
    found = await subjects.load(room.resources.db, sheet.subject_id)
    assert found is not None
    return {claim.text: found.outcomes[claim.claim_id] for claim in found.sheet.claims}


async def checked_again(room: Room) -> list[str]:
    """The claims assessed more than once."""
    rows = await room.resources.db.fetch(
        "SELECT claim_id FROM assessment GROUP BY claim_id HAVING count(*) > 1 ORDER BY claim_id"
    )
    return [row["claim_id"] for row in rows]


async def test_J11_an_imported_fact_check_reaches_the_claims_it_is_about_and_leaves_them_when_withdrawn(
    room: Room, tmp_path: Path
) -> None:
    near, far = article(room, "near", MAPPED, COST), article(room, "far", SOUND, links=(SOUND_PAGE,))
    for sheet in (near, far):
        await room.hear(sheet)
    await run_all(room)
    told = len(await room.sheets())
    review = claim_review(
        f"{room.base_url}/factchecks/ocean-floor.html",
        "Only 5 percent of the ocean floor has been mapped.",
        "Refuted",
        1,
    )
    await room.archive(jsonl(tmp_path / "feed.json", review))
    ran = await run_all(room)
    assert ran == {rechecks.CHANGE: 1, rechecks.SUBJECT: 1, runs.CHECK: 1}
    assert await checked_again(room) == [f"near:{MAPPED}"]
    assert (await outcome_of(room, near))[MAPPED].abstention_code is Abstention.CONTRADICTION_NEEDS_PEOPLE
    sheets = (await room.sheets())[told:]
    assert [(each.subject_id, each.outcomes[0].headline) for each in sheets] == [
        (near.subject_id, "Contradicted by Northlight Fact Desk, awaiting review.")
    ]
    await room.archive(jsonl(tmp_path / "feed.json", {**review, "creativeWorkStatus": "Withdrawn"}))
    await run_all(room)
    assert (await outcome_of(room, near))[MAPPED].abstention_code is not Abstention.CONTRADICTION_NEEDS_PEOPLE
    assert len(await room.sheets()) == told + 2
    await room.archive(jsonl(tmp_path / "feed.json", {**review, "creativeWorkStatus": "Withdrawn"}))
    assert not await run_all(room), "what came again unchanged changes nothing"


async def test_J11_a_page_that_changed_is_read_again_for_every_article_that_rests_on_it(
    room: Room, web: SiteServer
) -> None:
    first, second = (
        article(room, "first", RIGHT_DEPTH, links=(WRECK,)),
        article(room, "second", RIGHT_DEPTH, links=(WRECK,)),
    )
    other = article(room, "other", SOUND, links=(SOUND_PAGE,))
    for sheet in (first, second, other):
        await room.hear(sheet)
    await run_all(room)
    page = web.folder / "sources" / "wreck.html"
    page.write_text(page.read_text().replace("3,800 metres", "3,100 metres"))
    await web.stop()
    await web.start()
    await room.resources.db.execute("UPDATE page SET tried_at = tried_at - interval '1 day'")
    asked = request_pb2.VerificationRequest(
        request_id="r1", site_id=make.SITE, article_id=first.article_id, version=make.version(1)
    )
    await room.hear(asked)
    await run_all(room)
    for sheet in (first, second):
        (outcome,) = (await outcome_of(room, sheet)).values()
        assert outcome.abstention_code is Abstention.CONTRADICTION_NEEDS_PEOPLE
    assert f"other:{SOUND}" not in await checked_again(room)


async def test_J11_a_source_rated_unreliable_carries_nothing_any_more(room: Room) -> None:
    stood, other = article(room, "stood", SOUND, links=(SOUND_PAGE,)), article(room, "other", COST)
    for sheet in (stood, other):
        await room.hear(sheet)
    await run_all(room)
    assert (await outcome_of(room, stood))[SOUND].rating is Rating.SUPPORTED
    # the pages of these tests lie on an address; a rating goes by the name of a source
    db, change = room.resources.db, Change(make.SITE, sources=frozenset({"127.0.0.1"}))
    await db.execute(
        "INSERT INTO source_rating SELECT $1, '127.0.0.1', 1, 'unreliable', 'n', 'p', 'person', now(), now()",
        DEFAULT_SITE,
    )
    async with room.resources.outbox.transaction() as unit:
        await rechecks.ask(unit, change)
    await run_all(room)
    assert await checked_again(room) == [f"stood:{SOUND}"]
    outcome = (await outcome_of(room, stood))[SOUND]
    assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, None)
    assert "unreliable" in " ".join(outcome.notes)


async def test_J11_a_rating_and_its_recheck_are_committed_together(room: Room) -> None:
    said: dict[str, Any] = {"note": "n", "provenance": "p", "by": "person-1", "clock": SystemClock()}
    await rate_source(room.resources.outbox, DEFAULT_SITE, domain="desk.example", credibility="mixed", **said)
    assert await run_all(room) == {rechecks.CHANGE: 1}
    entry = await room.resources.db.fetchval("SELECT entry FROM audit ORDER BY seq DESC LIMIT 1")
    assert '"act":"rate_source"' in entry


async def test_J11_the_store_finds_what_comparing_every_claim_finds(room: Room, tmp_path: Path) -> None:
    """Two hundred claims about forty things; the oracle asks the index for every claim, the product asks its tables."""
    nouns = ["ferry", "bridge", "museum", "airport", "stadium", "hospital", "railway", "library", "market", "harbour"]
    verbs = ["cost {} million pounds in 2019", "opened {} years ago", "employs {} people", "was closed for {} days"]
    words = [f"The new {noun} {verb.format(n)}." for noun in nouns for verb in verbs for n in (3, 12, 40, 75, 310)]
    for part in range(0, len(words), 20):
        await room.hear(article(room, f"part{part}", *words[part : part + 20]))
    await run_all(room)
    reviews = [
        claim_review(f"https://desk.example/{n}", text, "Refuted", 1)
        for n, text in enumerate(
            ["The new ferry cost 12 million pounds in 2019.", "The new library employs 75 people."]
        )
    ]
    await room.archive(jsonl(tmp_path / "feed.json", *reviews))
    again = rechecker(room)
    ids = frozenset(
        row["fact_check_id"] for row in await room.resources.db.fetch("SELECT fact_check_id FROM fact_check")
    )
    touched = await again.touched(Change(make.SITE, fact_checks=ids))
    expected = set()
    rows = await room.resources.db.fetch("SELECT claim_id, text FROM claim")
    for row, found in zip(rows, await room.index.match(make.SITE, [row["text"] for row in rows], 5), strict=True):
        if any(m.similarity >= 0.7 and m.comparison.sameness != "not_comparable" for m in found):
            expected.add(row["claim_id"])
    assert touched == expected
    assert 2 <= len(touched) < len(words) / 2


def rechecker(room: Room) -> rechecks.Rechecker:
    """The one the service's jobs run."""
    handler = next(kind.handler for kind in room.service.jobs if kind.name == rechecks.CHANGE)
    found = handler.__self__  # type: ignore[attr-defined]
    assert isinstance(found, rechecks.Rechecker)
    return found


async def test_verify_now_is_one_round_however_often_it_is_pressed_and_tells_how_far_it_is(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = article(room, "pressed", SOUND, COST, EVEREST, links=(SOUND_PAGE,))
    await room.hear(sheet)
    await run_all(room)
    for number in range(5):
        asked = request_pb2.VerificationRequest(
            request_id=f"r{number}", site_id=make.SITE, article_id=sheet.article_id, version=make.version(1)
        )
        await room.hear(asked, times=2)
    assert len(await room.queued()) == 1
    monkeypatch.setattr("services.verification.checks.PROGRESS_SECONDS", 0.0)
    assert await run_all(room) == {runs.CHECK: 1}
    progress = [(each.done, each.total) for each in await room.told(verdict_pb2.VerdictProgress)]
    assert progress == [(0, 3), (0, 3), (1, 3), (2, 3)]
    assert len(await checked_again(room)) == 3
    last = (await room.sheets())[-1]
    assert last.run_id == (await room.told(verdict_pb2.VerdictProgress))[-1].run_id


async def test_a_change_during_a_round_is_not_lost(room: Room) -> None:
    sheet = article(room, "busy", SOUND, COST, links=(SOUND_PAGE,))
    await room.hear(sheet)
    (early,) = await room.queued()
    known = await subjects.load(room.resources.db, sheet.subject_id)
    assert known is not None
    later = runs.after_change(known, [f"busy:{SOUND}", "gone"], run_id="later", at=SystemClock().now())
    assert later is not None
    assert later.run is not None
    assert {claim.text for claim in later.to_check} == {SOUND, COST}, "what the first round would have done is kept"
    async with room.resources.outbox.transaction() as unit:
        await subjects.save_run(unit, later)
        await unit.enqueue(runs.CHECK, runs.payload(later), delay=timedelta(0))
    await room.run_job(early)
    assert await room.sheets() == []
    await run_all(room)
    assert {each.claim_id for each in (await room.sheets())[-1].outcomes} == {c.claim_id for c in sheet.claims}
