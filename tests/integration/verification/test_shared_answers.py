"""What a provider answered is known to every instance, with its age; a failure is nobody's answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from services.verification.connectors.asking import Asking, Limits
from services.verification.connectors.port import Answer, AskFailed, Lead, Question
from services.verification.connectors.remembering import InDatabase
from services.verification.model import StageStatus
from services.verification.store import answers
from shared.ids import DEFAULT_SITE
from tests.integration.verification.room import Room
from tests.unit.verification.builders import evidence

pytestmark = pytest.mark.postgres

QUESTION = Question(str(DEFAULT_SITE), "The tower is 55 metres high.")
FULL = Answer((Lead("https://a.example/1", "One", datetime(2026, 5, 1, tzinfo=UTC)),), (evidence("e1", "It is 55."),), ({"@type": "ClaimReview"},), "3 looked at")  # fmt: skip


class Scripted:
    """Answers as told, and counts."""

    name, outside = "brave", True

    def __init__(self, *answers: Answer | AskFailed) -> None:
        self.answers, self.asked = list(answers), 0

    async def ask(self, question: Question, provider: Any) -> Answer:
        self.asked += 1
        said = self.answers[min(self.asked, len(self.answers)) - 1]
        if isinstance(said, AskFailed):
            raise said
        return said


class Wall:
    def __init__(self) -> None:
        self.at = datetime(2026, 5, 31, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def instance(room: Room, connector: Scripted, wall: Wall) -> Asking:
    """An instance of its own: it shares the database and nothing else."""
    door: Any = None
    limits = Limits(remember_seconds=900)
    return Asking(connector, door, limits, memory=InDatabase(room.resources.db, wall))


async def test_J3_an_answer_of_one_instance_is_known_to_the_next_with_its_age(room: Room) -> None:
    wall, said = Wall(), Scripted(FULL)
    first = await instance(room, said, wall).ask(QUESTION)
    wall.at += timedelta(seconds=300)
    again = await instance(room, said, wall).ask(QUESTION)
    assert (again.leads, again.documents, again.reviews) == (first.leads, first.documents, first.reviews)
    assert (again.lookup.status, again.lookup.age_seconds, again.lookup.detail) == (
        StageStatus.FOUND,
        300,
        "3 looked at",
    )
    wall.at += timedelta(seconds=601)
    await instance(room, said, wall).ask(QUESTION)
    assert said.asked == 2


async def test_J3_nothing_is_remembered_as_nothing_and_a_failure_not_at_all(room: Room) -> None:
    wall, said = Wall(), Scripted(AskFailed("timed out"), Answer())
    assert (await instance(room, said, wall).ask(QUESTION)).lookup.status is StageStatus.FAILED
    assert await room.resources.db.fetchval("SELECT count(*) FROM connector_answer") == 0
    assert (await instance(room, said, wall).ask(QUESTION)).lookup.status is StageStatus.NOTHING
    assert (await instance(room, said, wall).ask(QUESTION)).lookup.status is StageStatus.NOTHING
    assert said.asked == 2
    with pytest.raises(asyncpg.CheckViolationError):
        await answers.keep(room.resources.db, DEFAULT_SITE, "brave", "x", "failed", "{}", wall())


@pytest.mark.parametrize(
    "other",
    [
        Question("00000000-0000-7000-8000-00000000000f", QUESTION.text),
        Question(QUESTION.site_id, QUESTION.text + " "),
        Question(QUESTION.site_id, QUESTION.text, "de"),
    ],
)
async def test_S8_the_same_words_of_another_site_or_language_are_another_question(room: Room, other: Question) -> None:
    wall, said = Wall(), Scripted(FULL)
    await instance(room, said, wall).ask(QUESTION)
    await instance(room, said, wall).ask(other)
    assert said.asked == 2


async def test_an_answer_too_large_to_share_or_of_another_release_is_asked_for_again(room: Room) -> None:
    wall = Wall()
    large = Scripted(Answer(documents=(evidence("e1", "x" * answers.LARGEST),)))
    for _ in range(2):
        assert (await instance(room, large, wall).ask(QUESTION)).lookup.status is StageStatus.FOUND
    assert large.asked == 2
    said = Scripted(FULL)
    await instance(room, said, wall).ask(QUESTION)
    await room.resources.db.execute("""UPDATE connector_answer SET body = '{"answer": 1}'""")
    await instance(room, said, wall).ask(QUESTION)
    assert said.asked == 2
