"""The simulation's databases and topics as an aftermath."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from shared.errors import Poison
from shared.events import Envelope, heard_type
from shared.outbox import unpack_headers
from shared.testing.records import Heard
from tests.failure.chaos.aftermath import Aftermath, Dead, Logged, ServiceState, Submission, Told, Version
from tests.failure.simulation.broker import Broker
from tests.failure.simulation.disturbance import Bug, Disturbance
from tests.failure.simulation.newsroom import COPIES, ENDS, ROLES, told_id
from tests.failure.simulation.postgres import Server
from tests.failure.simulation.store import Row


def digest(key: str, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> str:
    """Tells two records apart by everything they are made of."""
    found = hashlib.sha256(key.encode() + b"\x00" + (value or b""))
    for name, content in headers:
        found.update(name.encode() + b"\x00" + content + b"\x00")
    return found.hexdigest()[:16]


def at_rest(server: Server, broker: Broker) -> bool:
    """Whether every outbox is published and every group has settled everything."""
    waiting = any(
        row["published_at"] is None for store in server.stores.values() for row in store.table("outbox").values()
    )
    return not waiting and not any(any(broker.lag(role.name).values()) for role in ROLES)


def aftermath(server: Server, broker: Broker, planted: set[tuple[str, int, int]], disturb: Disturbance) -> Aftermath:
    """Everything as it stands now."""
    log = tuple(_logged(record) for topic in broker.logs.values() for partition in topic for record in partition)
    dead = tuple(
        _dead(role.name, row) for role in ROLES for row in server.store(role.name).table("dead_letter").values()
    )
    by_id = {record.event_id: record for record in log}
    cursed = {
        (letter.service, letter.event_id)
        for letter in dead
        if letter.error == Bug.__name__ and letter.event_id in by_id and disturb.cursed
    }
    return Aftermath(
        submissions=tuple(_submission(row) for row in server.store("desk").table("submission").values()),
        services={role.name: _service(server, broker, role.name) for role in ROLES},
        log=log,
        dead=dead,
        versions=_versions(server),
        copies=COPIES,
        ends=ENDS,
        planted=frozenset(planted),
        cursed=frozenset(cursed),
    )


def _submission(row: Row) -> Submission:
    return Submission(row["event"], "article", row["subject"], row["counter"], row["outcome"], told_id(row["told"]))


def _service(server: Server, broker: Broker, name: str) -> ServiceState:
    store = server.store(name)
    role = next(each for each in ROLES if each.name == name)
    hears = frozenset((each.topic, each.type) for each in role.hears(_nothing))
    return ServiceState(
        name,
        hears,
        tuple(_told(row) for _, row in sorted(store.table("outbox").items())),
        {str(row["event_id"]): row["topic"] for row in store.table("inbox").values()},
        broker.lag(name) if hears else {},
    )


async def _nothing(*_: Any) -> None:
    """Handlers are never called here."""


def _told(row: Row) -> Told:
    headers: Sequence[tuple[str, bytes]] = unpack_headers(row["headers"])
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


def _logged(record: Heard) -> Logged:
    envelope = _envelope(record.headers)
    key = (record.key or b"").decode("utf-8", "replace")
    return Logged(
        (record.topic, record.partition, record.offset),
        str(envelope.event_id) if envelope else "",
        key,
        heard_type(record.headers),
        digest(key, record.value, record.headers),
    )


def _dead(service: str, row: Row) -> Dead:
    place = None if row["partition"] is None else (row["topic"], row["partition"], row["offset"])
    return Dead(service, str(row["event_id"] or ""), place, row["error"], row["state"])


def _envelope(headers: Iterable[tuple[str, bytes]]) -> Envelope | None:
    try:
        return Envelope.read(headers)
    except Poison:
        return None


def _versions(server: Server) -> dict[str, dict[str, Version]]:
    """`desk.article`, `sheets.sheet`, ...: what each holds of every subject."""
    found: dict[str, dict[str, Version]] = {}
    for role in ROLES:
        for row in server.store(role.name).table("document").values():
            kind, _, subject = row["name"].partition("/")
            if row["counter"]:
                found.setdefault(f"{role.name}.{kind}", {})[subject] = (row["epoch"], row["counter"])
    return found
