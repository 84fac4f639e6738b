"""The databases and topics of a run as an aftermath."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
from plumbline.events.v1.publication_pb2 import Panel

from services.__main__ import spec
from services.ingest.cloud_events import read_kafka
from shared.catalogue.built import on_paper
from shared.directory import HEARS
from shared.errors import Poison, Refused
from shared.events import Envelope, heard_type, version_of
from shared.ids import derived_id
from shared.outbox import unpack_headers
from shared.postgres import dsn_for
from tests.failure.chaos.aftermath import (
    Aftermath,
    Count,
    Dead,
    Ledger,
    Link,
    Logged,
    Place,
    Revision,
    ServiceState,
    Submission,
    Told,
    Version,
)
from tests.failure.chaos.holdings import COPIES, COUNTS, ENDS, HOLDINGS, LEDGERS, REPEATS
from tests.failure.chaos.topics import Topics

_OUTBOX = "SELECT position, event_id, topic, key, type, headers, value, published_at FROM outbox ORDER BY position"
_INBOX = "SELECT event_id, topic FROM inbox"
_DEAD = 'SELECT event_id, topic, partition, "offset", error, state FROM dead_letter'
_JOBS = "SELECT count(*) FROM pgqueuer WHERE status IN ('queued', 'picked')"
_SUBMISSIONS = "SELECT event_id, comment_id, article_id, outcome, told_event_id FROM submission"
_REVISIONS = "SELECT revision, article_id, panel FROM publication_log ORDER BY revision"
_STANDING = "SELECT article_id, panel_epoch, panel_counter FROM publication WHERE panel IS NOT NULL"
_CHAIN = "SELECT seq, entry, prev_hash, entry_hash FROM audit ORDER BY seq"
_LEDGER = "SELECT {key} AS key, md5(t::text) AS digest FROM {table} t"


@dataclass(slots=True)
class Databases:
    """One connection to each service's database; closed by `close`."""

    server: str
    open_: dict[str, asyncpg.Connection]

    @classmethod
    async def open(cls, server: str, services: Iterable[str]) -> Databases:
        return cls(server, {name: await asyncpg.connect(dsn_for(server, f"plumbline_{name}")) for name in services})

    def __getitem__(self, service: str) -> asyncpg.Connection:
        return self.open_[service]

    async def close(self) -> None:
        for connection in self.open_.values():
            connection.terminate()


def digest(key: str, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> str:
    """Tells two records apart by everything they are made of."""
    found = hashlib.sha256(key.encode() + b"\x00" + (value or b""))
    for name, content in headers:
        found.update(name.encode() + b"\x00" + (content or b"") + b"\x00")
    return found.hexdigest()[:16]


def listening(service: str) -> frozenset[tuple[str, str]]:
    """(topic, type) of everything a service listens to; an empty type is every type."""
    return frozenset((each.topic, each.type) for each in (*on_paper(spec(service)).hears, *HEARS))


async def read_aftermath(
    databases: Databases,
    topics: Topics,
    *,
    planted: Iterable[Place] = (),
    cursed: Iterable[tuple[str, str]] = (),
    ledgers: Sequence[tuple[Ledger, ...]] = (),
) -> Aftermath:
    """Everything as it stands now."""
    services = tuple(databases.open_)
    hears = {name: listening(name) for name in services}
    names = sorted({topic for each in hears.values() for topic, _ in each} | set(await topics.said(databases.open_)))
    log = tuple(_logged(record) for record in await topics.read(names))
    states, dead = {}, []
    for name in services:
        states[name] = await _state(databases[name], name, hears[name], topics)
        dead += [_dead(name, row) for row in await databases[name].fetch(_DEAD)]
    kept = await databases["ingest"].fetch(_SUBMISSIONS)
    versions = {holding.name: await _held(databases[holding.service], holding.query) for holding in HOLDINGS}
    publish = databases["publish"]
    return Aftermath(
        submissions=tuple(_submission(row) for row in kept if row["event_id"]),
        services=states,
        log=log,
        dead=tuple(dead),
        versions=versions,
        copies=COPIES,
        ends=ENDS,
        revisions=tuple(_revision(row) for row in await publish.fetch(_REVISIONS)),
        standing=await _held(publish, _STANDING),
        ledgers=(*ledgers, await read_ledgers(databases)),
        chain=tuple(Link(*row) for row in await databases["verification"].fetch(_CHAIN)),
        counts=tuple([count for each in COUNTS for count in await _counts(databases[each.service], each.query)]),
        planted=frozenset(planted),
        cursed=frozenset(cursed),
        repeats=REPEATS,
    )


async def read_ledgers(databases: Databases) -> tuple[Ledger, ...]:
    """The append-only tables at this moment."""
    found = []
    for service, table, key, chained in LEDGERS:
        if service in databases.open_:
            rows = await databases[service].fetch(_LEDGER.format(key=key, table=table))
            found.append(Ledger(f"{service}.{table}", {row["key"]: row["digest"] for row in rows}, chained))
    return tuple(found)


async def _state(
    database: asyncpg.Connection, name: str, hears: frozenset[tuple[str, str]], topics: Topics
) -> ServiceState:
    outbox = await database.fetch(_OUTBOX)
    inbox = await database.fetch(_INBOX)
    lag = await topics.lag(name.replace("_", "-"), {topic for topic, _ in hears})
    return ServiceState(
        name,
        hears,
        tuple(_told(row) for row in outbox),
        {str(row["event_id"]): row["topic"] for row in inbox},
        lag,
        await database.fetchval(_JOBS),
    )


def _told(row: Any) -> Told:
    headers = unpack_headers(row["headers"])
    envelope = _envelope(headers)
    return Told(
        position=row["position"],
        event_id=str(row["event_id"]),
        topic=row["topic"],
        key=row["key"],
        type=row["type"],
        subject=envelope.subject if envelope else "",
        version=(envelope.version.epoch, envelope.version.counter) if envelope else (0, 0),
        digest=digest(row["key"], row["value"], headers),
        published=row["published_at"] is not None,
    )


def _logged(record: Any) -> Logged:
    envelope = _envelope(record.headers)
    key = (record.key or b"").decode("utf-8", "replace")
    event_id = str(envelope.event_id) if envelope else _foreign(record)
    return Logged(
        (record.topic, record.partition, record.offset),
        event_id,
        key,
        heard_type(record.headers),
        digest(key, record.value, record.headers),
    )


def _foreign(record: Any) -> str:
    """The id a CMS's own record gets at our door."""
    if not record.topic.startswith("cms."):
        return ""
    try:
        event = read_kafka(record.headers, record.value)
    except Refused:
        return ""
    return str(derived_id("cms-event", event.source, event.event_id))


def _envelope(headers: Iterable[tuple[str, bytes]]) -> Envelope | None:
    try:
        return Envelope.read(headers)
    except Poison:
        return None


def _dead(service: str, row: Any) -> Dead:
    place = None if row["partition"] is None else (row["topic"], row["partition"], row["offset"])
    return Dead(service, str(row["event_id"] or ""), place, row["error"], row["state"])


def _submission(row: Any) -> Submission:
    kind = "comment" if row["comment_id"] else "article"
    subject = str(row["comment_id"] or row["article_id"] or "")
    return Submission(row["event_id"], kind, subject, 0, row["outcome"], str(row["told_event_id"] or ""))


def _revision(row: Any) -> Revision:
    version = version_of(Panel.FromString(row["panel"]).version)
    return Revision(row["revision"], str(row["article_id"]), (version.epoch, version.counter))


async def _held(database: asyncpg.Connection, query: str) -> dict[str, Version]:
    return {str(row[0]): (row[1], row[2]) for row in await database.fetch(query)}


async def _counts(database: asyncpg.Connection, query: str) -> list[Count]:
    return [Count(row[0], row[1], row[2]) for row in await database.fetch(query)]


async def at_rest(databases: Databases, topics: Topics) -> str:
    """What still waits, in words; empty when nothing does."""
    for name, database in databases.open_.items():
        if waiting := await database.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL"):
            return f"{waiting} events of {name} are not published"
        if waiting := await database.fetchval(_JOBS):
            return f"{waiting} jobs of {name} wait"
        lag = await topics.lag(name.replace("_", "-"), {topic for topic, _ in listening(name)})
        if behind := sum(lag.values()):
            return f"{name} is {behind} records behind"
    return ""


async def until_rest(databases: Databases, topics: Topics, *, seconds: float) -> tuple[float, str]:
    """Wait until nothing waits any more, twice in a row; how long it took, and what still waits when it never came."""
    loop = asyncio.get_running_loop()
    began = quiet_since = loop.time()
    quiet = 0
    what = ""
    while loop.time() - began < seconds:
        what = await at_rest(databases, topics)
        quiet = 0 if what else quiet + 1
        if quiet == 1:
            quiet_since = loop.time()
        if quiet == 3:
            return quiet_since - began, ""
        await asyncio.sleep(0.5)
    return loop.time() - began, what
