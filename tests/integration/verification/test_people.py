"""People decide: two for a refutation, everything before them, nothing lost to a machine that looks again."""

from __future__ import annotations

from dataclasses import replace

import asyncpg
import pytest
from plumbline.events.v1 import fact_check_pb2, verdict_pb2
from plumbline.staff.v1 import review_service_pb2

from services.verification.model import OutcomeStatus, Rating
from services.verification.store import verdicts
from services.verification.store.audit import BrokenRow, verify_audit
from shared.errors import Conflict, NotFound, Refused
from shared.ids import DEFAULT_SITE, derived_id
from tests.builders import events as make
from tests.integration.verification.room import ANN, BEN, Room
from tests.integration.verification.test_checks import COST, RIGHT_DEPTH, SOUND, WRONG_DEPTH
from tests.integration.verification.test_runs import SOUND_PAGE, WRECK, request

pytestmark = pytest.mark.postgres


async def refute(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    await room.propose(WRONG_DEPTH, ANN, rating="refuted")
    await room.second(WRONG_DEPTH, BEN)


async def test_J4_a_refutation_takes_two_people(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    proposed = await room.propose(WRONG_DEPTH, ANN, rating="refuted")
    assert (proposed.state, proposed.proposed_by) == ("proposed", ANN.person_id)
    assert (await room.outcomes())[WRONG_DEPTH].status is OutcomeStatus.NEEDS_REVIEW
    assert len(await room.sheets()) == 1
    with pytest.raises(Conflict, match="second person"):
        await room.second(WRONG_DEPTH, replace(ANN, name="Another Name"))
    decided = await room.second(WRONG_DEPTH, BEN)
    assert (decided.state, decided.decided_by, decided.seconded_by) == ("decided", "Ann Reviewer", "Ben Reviewer")
    outcome = (await room.sheets())[-1].outcomes[0]
    assert (outcome.status, outcome.rating) == (verdict_pb2.OUTCOME_STATUS_VERDICT, "refuted")
    assert (outcome.decided_by, outcome.reviewed_by, outcome.verdict_version) == ("Ann Reviewer", "Ben Reviewer", 1)


async def test_a_decided_claim_joins_the_archive_and_is_found_by_the_next_article(room: Room) -> None:
    await refute(room)
    (told,) = await room.fact_checks()
    assert (told.origin, told.rating) == (fact_check_pb2.FACT_CHECK_ORIGIN_OWN, "refuted")
    await room.catch_up()
    other = room.sheet(1, WRONG_DEPTH)
    other.subject_id = other.article_id = str(derived_id("test", "another article"))
    other.url = "https://courier.example/another"
    other.claims[0].claim_id = "another-claim"
    await room.hear(other)
    await room.work()
    headline = await room.resources.db.fetchval(
        "SELECT body ->> 'headline' FROM outcome WHERE claim_id = 'another-claim'"
    )
    assert headline == "Contradicted by the newsroom, awaiting review."


async def test_J5_the_article_of_a_verdict_is_not_judged_by_that_verdict(room: Room) -> None:
    await refute(room)
    await room.catch_up()
    await room.hear(request())
    await room.work()
    machine = await room.resources.db.fetchval("SELECT machine ->> 'fact_check_id' FROM outcome")
    assert machine == ""


async def test_a_second_person_may_send_it_back(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    await room.propose(WRONG_DEPTH, ANN, rating="refuted")
    with pytest.raises(Refused, match="Say why"):
        await room.second(WRONG_DEPTH, BEN, agree=False)
    returned = await room.second(WRONG_DEPTH, BEN, agree=False, note="The page is about another ship.")
    assert (returned.state, returned.abstention) == ("open", "The page is about another ship.")
    assert await verdicts.history(room.resources.db, make.claim_id(WRONG_DEPTH), DEFAULT_SITE) == []


async def test_one_person_may_support_and_a_correction_says_why(room: Room) -> None:
    await room.check(room.sheet(1, SOUND, links=(SOUND_PAGE,)))
    decided = await room.propose(SOUND, ANN, rating="supported")
    assert decided.state == "decided"
    with pytest.raises(Refused, match="what changed"):
        await room.propose(SOUND, BEN, rating="mostly_supported")
    await room.propose(SOUND, BEN, rating="mostly_supported", note="The speed depends on temperature.")
    history = await verdicts.history(room.resources.db, make.claim_id(SOUND), DEFAULT_SITE)
    assert [(each.version, each.rating) for each in history] == [(1, Rating.SUPPORTED), (2, Rating.MOSTLY_SUPPORTED)]
    assert (await room.outcomes())[SOUND].verdict_version == 2


async def test_a_decision_on_what_somebody_else_changed_is_refused(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    seen = (await room.review(WRONG_DEPTH)).version
    await room.propose(WRONG_DEPTH, ANN, rating="refuted")
    with pytest.raises(Conflict, match="look again"):
        await room.propose(WRONG_DEPTH, BEN, rating="not_enough_evidence", version=seen)


async def test_J2_words_that_are_not_in_the_source_cannot_be_cited(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    (citation,) = (await room.review(WRONG_DEPTH)).citations
    citation.exact = citation.exact.replace("3,800", "3,900")
    with pytest.raises(Refused, match="word for word"):
        await room.propose(WRONG_DEPTH, rating="refuted", citations=[citation])


async def test_J1_evidence_that_is_not_stored_cannot_be_cited(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    unknown = review_service_pb2.ReviewCitation(evidence_id="nowhere", exact="3,800 metres", stance="contradicts")
    with pytest.raises(Refused, match="not stored"):
        await room.propose(WRONG_DEPTH, rating="refuted", citations=[unknown])


async def test_J1_J2_the_database_itself_refuses_a_citation_without_its_words(room: Room) -> None:
    await refute(room)
    db = room.resources.db
    columns = "claim_id, version, site_id, position, evidence_id, start_at, end_at, exact, stance"
    copy = "INSERT INTO verdict_citation ({}) SELECT claim_id, version, site_id, position + 1, {}, start_at, end_at, {}, stance FROM verdict_citation"
    with pytest.raises(asyncpg.CheckViolationError, match="word for word"):
        await db.execute(copy.format(columns, "evidence_id", "upper(exact)"))
    with pytest.raises(asyncpg.CheckViolationError, match="word for word"):
        await db.execute(copy.format(columns, "'nowhere'", "exact"))
    with pytest.raises(asyncpg.CheckViolationError, match="word for word"):
        await db.execute("UPDATE outcome SET body = jsonb_set(body, '{citations,0,start}', '1')")


async def test_J4_the_database_itself_refuses_a_refutation_by_one_person(room: Room) -> None:
    await refute(room)
    columns = "claim_id, version, site_id, text_hash, rating, explanation, basis, decided_by, reviewed_by, decided_by_id, reviewed_by_id, decided_at, recorded_at, fact_check_id, note, settings_version"
    values = columns.replace(" version", " version + 1").replace("reviewed_by_id", "decided_by_id")
    with pytest.raises(asyncpg.CheckViolationError):
        await room.resources.db.execute(f"INSERT INTO verdict ({columns}) SELECT {values} FROM verdict")


@pytest.mark.parametrize(
    "table", ["verdict", "verdict_citation", "assessment", "audit", "evidence", "snapshot", "policy"]
)
async def test_J12_what_was_recorded_cannot_be_changed(room: Room, table: str) -> None:
    await refute(room)
    db = room.resources.db
    await db.execute("INSERT INTO policy VALUES ($1, 1, '{}', 'p')", DEFAULT_SITE)
    column = {"audit": "entry", "snapshot": "text", "policy": "recorded_by", "evidence": "title"}.get(table, "claim_id")
    with pytest.raises(asyncpg.PostgresError, match="append-only"):
        await db.execute(f"UPDATE {table} SET {column} = {column}")
    with pytest.raises(asyncpg.PostgresError, match=r"append-only|violates foreign key"):
        await db.execute(f"DELETE FROM {table}")


async def test_a_machine_that_looks_again_never_overwrites_people(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    await room.propose(WRONG_DEPTH, ANN, rating="not_enough_evidence", citations=[])
    await room.hear(request("r1"))
    await room.work()
    outcome = (await room.outcomes())[WRONG_DEPTH]
    assert (outcome.status, outcome.rating) == (OutcomeStatus.VERDICT, Rating.NOT_ENOUGH_EVIDENCE)
    assert (await room.review(WRONG_DEPTH)).state == "decided"  # they had seen this very finding


async def test_new_evidence_against_a_verdict_brings_it_back_before_people(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH))
    await room.propose(WRONG_DEPTH, ANN, rating="not_enough_evidence", citations=[])
    await room.hear(room.sheet(2, WRONG_DEPTH, links=(WRECK,)))
    await room.hear(request("r1"))
    await room.work()
    assert (await room.outcomes())[WRONG_DEPTH].rating is Rating.NOT_ENOUGH_EVIDENCE
    review = await room.review(WRONG_DEPTH)
    assert review.state == "open"
    assert "disagrees with the verdict" in review.abstention
    assert [each.publisher for each in review.evidence] == ["Wreck Survey Quarterly"]


async def test_J15_every_undecided_claim_is_listed_oldest_first_in_pages(room: Room) -> None:
    words = [SOUND, WRONG_DEPTH, COST, RIGHT_DEPTH]
    await room.check(room.sheet(1, *words, links=(WRECK, SOUND_PAGE)))
    listed, token = [], ""
    while True:
        page = await room.reviews(page_size=1, page_token=token)
        listed += [each.claim_text for each in page.reviews]
        token = page.next_page_token
        if not token:
            break
    assert sorted(listed) == sorted(words)
    await room.propose(SOUND, rating="supported")
    assert len((await room.reviews()).reviews) == 3
    assert [each.claim_text for each in (await room.reviews(state="decided")).reviews] == [SOUND]
    with pytest.raises(Refused, match="page token"):
        await room.reviews(state="decided", page_token=(await room.reviews(page_size=1)).next_page_token)


async def test_a_reviewer_sees_the_words_around_what_was_found(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    review = await room.review(WRONG_DEPTH)
    assert review.article_title == "The deep sea in numbers"
    (evidence,) = review.evidence
    assert evidence.title == "Where the Marianne went down"
    assert review.citations[0].exact in evidence.excerpt
    assert [each.stage for each in review.stages] == ["known_claim", "structured", "retrieval"]


async def test_S8_people_of_another_site_see_nothing(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    stranger = replace(ANN, site_id=derived_id("test", "another site"))
    assert list((await room.reviews(stranger)).reviews) == []
    with pytest.raises(NotFound):
        await room.review(WRONG_DEPTH, stranger)


async def test_J12_the_audit_names_the_first_row_that_was_tampered_with(room: Room) -> None:
    await refute(room)
    db = room.resources.db
    assert await verify_audit(db) is None
    assert await db.fetchval("SELECT count(*) FROM audit") == 3
    connection = await db.dedicated()
    try:
        await connection.execute("ALTER TABLE audit DISABLE TRIGGER USER")
        await connection.execute("UPDATE audit SET entry = replace(entry, 'refuted', 'mixed') WHERE seq = 2")
        assert await verify_audit(db) == BrokenRow(2, "its content is not what was recorded")
        await connection.execute("DELETE FROM audit WHERE seq = 2")
        assert await verify_audit(db) == BrokenRow(2, "the row is missing")
        await connection.execute("DELETE FROM audit WHERE seq = 3")
        assert await verify_audit(db) == BrokenRow(2, "rows are missing at the end")
    finally:
        await connection.close()


async def test_J12_the_audit_holds_ids_and_hashes_and_no_words(room: Room) -> None:
    await refute(room)
    entries = await room.resources.db.fetch("SELECT entry FROM audit")
    whole = " ".join(row["entry"] for row in entries)
    for words in ("Ann", "Ben", "Marianne", "page says"):
        assert words not in whole
    assert ANN.person_id in whole
