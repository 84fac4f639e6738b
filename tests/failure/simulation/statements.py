"""The kit's statements, and those of the simulated newsroom, as the simulated Postgres runs them.

Each is found by the text the kit itself sends, so a changed statement is an unknown one; `test_conformance.py` runs
every one of them here and on a real Postgres and compares rows.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any

import asyncpg

from shared import company, dead_letter, inbox, outbox, relay, vault
from tests.failure.simulation import newsroom
from tests.failure.simulation.store import Key, Row, Statement, View

Steps = Generator[Key, None, list[Row]]
Plain = Callable[[View, tuple[Any, ...]], list[Row]]


def _reads(run: Plain) -> Statement:
    """A statement that locks nothing anybody else could want."""

    def steps(view: View, arguments: tuple[Any, ...]) -> Steps:
        return run(view, arguments)
        yield

    return steps


# -- shared/outbox.py, shared/inbox.py


def _tell(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    for event_id, topic, key, kind, headers, value in zip(*arguments, strict=True):
        position = view.store.draw("outbox")
        row = {"position": position, "event_id": event_id, "topic": topic, "key": key, "type": kind}
        row |= {"headers": headers, "value": value, "created_at": view.store.now(), "published_at": None}
        view.put("outbox", position, row)
    return []


def _seen(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    return [{"?column?": True}] if view.get("inbox", arguments[0]) else []


def _enter(view: View, arguments: tuple[Any, ...]) -> Steps:
    event_id, topic = arguments
    if not (yield from view.free_to_insert("inbox", event_id)):
        return []
    view.put("inbox", event_id, {"event_id": event_id, "topic": topic})
    return [{"?column?": True}]


# -- shared/company.py


def _known(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    return [{"event_id": event_id} for event_id in sorted(arguments[0]) if view.get("inbox", event_id)]


def _enter_all(view: View, arguments: tuple[Any, ...]) -> Steps:
    entered = []
    for event_id, topic in sorted(zip(*arguments, strict=True)):
        if (yield from view.free_to_insert("inbox", event_id)):
            view.put("inbox", event_id, {"event_id": event_id, "topic": topic})
            entered.append({"event_id": event_id})
    return entered


# -- shared/relay.py


def _lead(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    owner = view.store.advisory.setdefault("plumbline.relay", view.session)
    return [{"pg_try_advisory_lock": owner is view.session}]


def _listen(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    view.store.listening[view.session] = None
    return []


def _pass_on(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    for session in view.store.listening:
        session.notify()
    return []


def _pending(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    return _first(view, arguments[0], lambda row: True)


def _pending_but(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    limit, full, topics, keys = arguments
    held = set(zip(topics, keys, strict=True))
    return _first(view, limit, lambda row: row["topic"] not in full and (row["topic"], row["key"]) not in held)


def _first(view: View, limit: int, wanted: Callable[[Row], bool]) -> list[Row]:
    rows = sorted((row for row in view.all("outbox") if row["published_at"] is None), key=lambda row: row["position"])
    names = ("position", "topic", "key", "headers", "value", "created_at")
    return [
        {name: row[name] for name in names} | {"age": view.store.now() - row["created_at"]}
        for row in rows
        if wanted(row)
    ][:limit]


def _sent(view: View, arguments: tuple[Any, ...]) -> Steps:
    # Which rows are meant is settled when the statement begins; what is written comes from the row once it is locked.
    for position in [each for each in sorted(arguments[0]) if view.get("outbox", each) is not None]:
        yield "outbox", position
        row = view.get("outbox", position)
        if row is not None:
            view.put("outbox", position, {**row, "published_at": view.store.now()})
    return []


# -- shared/dead_letter.py, shared/vault.py

_PLACE = ("topic", "partition", "offset")
_LETTER: tuple[str, ...] = (
    "dead_letter_id",
    "kind",
    "event_id",
    *_PLACE,
    "key",
    "type",
    "sealed",
    "sealed_day",
    "error",
)
_LETTER += ("reason", "attempts", "trace_id", "first_seen")


def _keep(view: View, arguments: tuple[Any, ...]) -> Steps:
    row = dict(zip(_LETTER, arguments, strict=True))
    # NULL = NULL is not true, so a job, which has no place, is never a repetition; two event ids that are both NULL are.
    same = ("kind", *_PLACE)
    for known in view.all("dead_letter"):
        alike = all(row[name] is not None and known[name] == row[name] for name in same)
        if alike and known["event_id"] == row["event_id"] and known["state"] == "open":
            return []
    yield "dead_letter", row["dead_letter_id"]
    if view.get("dead_letter", row["dead_letter_id"]):
        raise asyncpg.UniqueViolationError("dead_letter_pkey")
    view.put("dead_letter", row["dead_letter_id"], {**row, "state": "open", "settled_by": None})
    return []


def _lock_letter(view: View, arguments: tuple[Any, ...]) -> Steps:
    if not view.get("dead_letter", arguments[0]):
        return []  # a row nobody can see is not locked either
    yield "dead_letter", arguments[0]
    row = view.get("dead_letter", arguments[0])
    return [row] if row else []


def _settle_letter(view: View, arguments: tuple[Any, ...]) -> Steps:
    letter, state, person = arguments
    if not view.get("dead_letter", letter):
        return []
    yield "dead_letter", letter
    row = view.get("dead_letter", letter)
    if row is not None:
        view.put("dead_letter", letter, {**row, "state": state, "settled_by": person})
    return []


def _act(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    number = view.store.draw("operator_act")
    view.put("operator_act", number, dict(zip(("person", "act", "subject", "detail"), arguments, strict=True)))
    return []


def _day_key(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    row = view.get("day_key", arguments[0])
    return [{"wrapped": row["wrapped"]}] if row else []


def _make_day_key(view: View, arguments: tuple[Any, ...]) -> Steps:
    day, wrapped = arguments
    if (yield from view.free_to_insert("day_key", day)):
        view.put("day_key", day, {"day": day, "wrapped": wrapped})
    return []


# -- the simulated newsroom


def _submit(view: View, arguments: tuple[Any, ...]) -> Steps:
    event, subject, counter = arguments
    if not (yield from view.free_to_insert("submission", event)):
        return []
    row = {"event": event, "subject": subject, "counter": counter, "outcome": "", "told": None}
    view.put("submission", event, row)
    return [{"?column?": True}]


def _settle(view: View, arguments: tuple[Any, ...]) -> Steps:
    event, outcome, told = arguments
    if not view.get("submission", event):
        return []
    yield "submission", event
    row = view.get("submission", event)
    if row is not None:
        view.put("submission", event, {**row, "outcome": outcome, "told": told})
    return []


def _find(view: View, arguments: tuple[Any, ...]) -> list[Row]:
    row = view.get("submission", arguments[0])
    return [{"outcome": row["outcome"]}] if row else []


def _lock(view: View, arguments: tuple[Any, ...]) -> Steps:
    name = arguments[0]
    yield "document", name
    row = view.get("document", name)
    if row is None:
        row = {"name": name, "epoch": 0, "counter": 0, "body": ""}
        view.put("document", name, row)
    return [{each: row[each] for each in ("epoch", "counter", "body")}]


def _save(view: View, arguments: tuple[Any, ...]) -> Steps:
    name, epoch, counter, body = arguments
    if not view.get("document", name):
        return []
    yield "document", name
    if view.get("document", name):
        view.put("document", name, {"name": name, "epoch": epoch, "counter": counter, "body": body})
    return []


def statements() -> Mapping[str, Statement]:
    """Every statement by its text."""
    return {
        outbox._INSERT: _reads(_tell),
        inbox._SEEN: _reads(_seen),
        inbox._ENTER: _enter,
        company._KNOWN: _reads(_known),
        company._ENTER_ALL: _enter_all,
        relay._LEAD: _reads(_lead),
        f'LISTEN "{relay.CHANNEL}"': _reads(_listen),
        relay._PASS_ON: _reads(_pass_on),
        relay._PENDING: _reads(_pending),
        relay._PENDING_BUT: _reads(_pending_but),
        relay._SENT: _sent,
        dead_letter._SAVE: _keep,
        dead_letter._LOCK: _lock_letter,
        dead_letter._SETTLE: _settle_letter,
        dead_letter._ACT: _reads(_act),
        vault._FIND: _reads(_day_key),
        vault._MAKE: _make_day_key,
        newsroom.SUBMIT: _submit,
        newsroom.SETTLE: _settle,
        newsroom.FIND: _reads(_find),
        newsroom.LOCK: _lock,
        newsroom.SAVE: _save,
    }
