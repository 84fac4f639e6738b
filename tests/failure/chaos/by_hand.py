"""What a person does about dead letters, with the product's own commands, while everything runs."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import asyncpg

from shared.testing.patience import PATIENCE
from tests.failure.chaos import poison
from tests.failure.chaos.client import Cms
from tests.failure.chaos.fleet import run_command
from tests.failure.chaos.load import Delivery, article_delivery
from tests.failure.chaos.storm import POISONED, Storm

SERVICE = "publish"
_CURSE = """
CREATE FUNCTION fail_on_purpose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a bug that concerns one article';
END $$;
CREATE TRIGGER fail_on_purpose BEFORE INSERT OR UPDATE ON publication
    FOR EACH ROW WHEN (NEW.article_id = '{subject}') EXECUTE FUNCTION fail_on_purpose();
"""
_LIFT = "DROP TRIGGER fail_on_purpose ON publication; DROP FUNCTION fail_on_purpose()"
_BUGS = "SELECT dead_letter_id::text, event_id::text FROM dead_letter WHERE error = 'RaiseError'"
_AT = 'SELECT dead_letter_id::text FROM dead_letter WHERE topic = $1 AND partition = $2 AND "offset" = $3'
_PASSED = "SELECT article_counter >= $2 FROM publication WHERE article_id = $1::text::uuid"
_AGAIN = """
SELECT again.dead_letter_id::text FROM dead_letter again JOIN dead_letter first USING (event_id)
WHERE first.dead_letter_id = $1::text::uuid AND again.dead_letter_id <> first.dead_letter_id AND again.state = 'open'
"""


class ByHand:
    """Plants what has to die, and deals with it as an operator does."""

    def __init__(self, storm: Storm) -> None:
        self._storm, self._found = storm, storm.found

    async def poison_between_two_revisions(self) -> None:
        """A poison with an article's own key, between two revisions of it: set aside, and the partition moves on."""
        storm, first, second = self._storm, article_delivery("by-hand", 1), article_delivery("by-hand", 2)
        async with self._database() as database:
            await self._deliver(first)
            await _until(lambda: database.fetchval(_PASSED, first.subject, 1))
            kind = next(each for each in poison.ALL if each.name == "a length beyond the end")
            topic, type_ = POISONED[0]
            value, headers = poison.poisoned(kind, b"", type=type_, subject=first.subject, number=1000)
            place = await storm.topics.put(topic, first.subject.encode(), value, headers)
            self._found.planted.add(place)
            await self._deliver(second)
            await _until(lambda: database.fetchval(_PASSED, second.subject, 2))
            storm.say(f"poison at {place}, and the revision behind it is published")
            letter = await _until(lambda: database.fetchval(_AT, *place))
            await self._command("list", "--json")
            await self._command("show", letter)
            await self._command("replay", letter)
            again = await _until(lambda: database.fetchval(_AGAIN, letter))
            await self._command("discard", again)
            await self._command("discard", again, name="discard twice")

    async def a_bug_and_its_repair(self) -> None:
        """A handler fails at one article; the bug is mended; a newer revision comes; what died is sent back after it."""
        first, second = article_delivery("cursed", 1), article_delivery("cursed", 2)
        async with self._database() as database:
            await database.execute(_CURSE.format(subject=first.subject))
            await self._deliver(first)
            await _until(lambda: database.fetch(_BUGS))
            await database.execute(_LIFT)
            await self._deliver(second)
            await _until(lambda: database.fetchval(_PASSED, second.subject, 2))
            letters = await database.fetch(_BUGS)
        self._found.cursed |= {(SERVICE, row["event_id"]) for row in letters}
        for row in letters:
            await self._command("replay", row["dead_letter_id"], name=f"replay {row['dead_letter_id']}")
        self._storm.say(f"{len(letters)} dead letters of a mended bug are sent back, after a newer revision")

    def listed(self) -> list[dict[str, Any]]:
        """What `dlt list --json` printed."""
        status, printed = self._found.commands["list"]
        assert status == 0, printed
        found: list[dict[str, Any]] = json.loads(printed.splitlines()[-1])
        return found

    async def _deliver(self, delivery: Delivery) -> None:
        cms = Cms("by-hand", self._found.history, self._storm.ingest, self._storm.secret)
        async with aiohttp.ClientSession() as session:
            while await cms.tell(session, delivery) is None:
                await asyncio.sleep(0.3)

    async def _command(self, verb: str, *arguments: str, name: str = "") -> None:
        self._found.commands[name or verb] = await run_command(self._storm.fleet, "dlt", verb, SERVICE, *arguments)

    @contextlib.asynccontextmanager
    async def _database(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self._storm.ground.postgres.dsn(f"plumbline_{SERVICE}"))
        try:
            yield connection
        finally:
            connection.terminate()


async def _until(ask: Any, *, seconds: float = 3 * PATIENCE) -> Any:
    """The first true answer. Fails when there is none in time."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not (found := await ask()):
        assert loop.time() < deadline, "it did not happen in time"
        await asyncio.sleep(0.2)
    return found
