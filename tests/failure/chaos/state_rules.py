"""Order, history, copies and counts: what stands at the end is the newest, was reached forwards, and adds up."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping

from tests.failure.chaos.aftermath import Aftermath, Ledger, Link, Place, Told, Version
from tests.failure.chaos.history import History
from tests.failure.chaos.violation import Violation

NOWHERE: Version = (0, 0)
FIRST_HASH = "0" * 64


def order_held(history: History, after: Aftermath) -> Iterator[Violation]:
    """D3: the first occurrences of a key stand in one partition in the order of its rows, versions of a subject rising."""
    first: dict[tuple[str, str], Place] = {}
    for record in sorted(after.log, key=lambda each: each.place):
        first.setdefault((record.topic, record.event_id), record.place)
    replayed = {letter.event_id for letter in after.dead if letter.state == "replayed"}
    for service in after.services.values():
        by_key: dict[tuple[str, str], list[Told]] = defaultdict(list)
        for row in sorted(service.outbox, key=lambda each: each.position):
            if row.event_id not in replayed:
                by_key[row.topic, row.key].append(row)
        for rows in by_key.values():
            yield from _in_order(rows, first, after.repeats)


def _in_order(rows: list[Told], first: Mapping[tuple[str, str], Place], repeats: frozenset[str]) -> Iterator[Violation]:
    versions: dict[str, Version] = {}
    before: Place | None = None
    for row in rows:
        if row.type not in repeats:
            if row.version <= versions.get((subject := f"{row.type} {row.subject}"), NOWHERE):
                yield Violation("inversion", row.subject, f"told {row.version} after {versions[subject]}")
            versions[subject] = row.version
        place = first.get((row.topic, row.event_id))
        if place is None:
            continue
        if before is not None and place[1] != before[1]:
            yield Violation("inversion", row.key, f"one key in partitions {before[1]} and {place[1]} of {row.topic}")
        elif before is not None and place[2] < before[2]:
            yield Violation("inversion", row.subject, f"{row.version} stands at {place}, before what was told earlier")
        before = place


def history_went_forward(history: History, after: Aftermath) -> Iterator[Violation]:
    """What readers saw of a subject only ever got newer, and the last of it is what stands."""
    last: dict[str, Version] = {}
    numbers: set[int] = set()
    for revision in after.revisions:
        if revision.number in numbers or (numbers and revision.number < max(numbers)):
            yield Violation("inversion", revision.subject, f"revision {revision.number} is out of order")
        numbers.add(revision.number)
        if revision.version <= last.get(revision.subject, NOWHERE):
            yield Violation("inversion", revision.subject, f"{revision.version} shown after {last[revision.subject]}")
        last[revision.subject] = revision.version
    for subject in sorted(last.keys() | after.standing.keys()):
        if last.get(subject) != after.standing.get(subject):
            seen = f"{after.standing.get(subject)} stands, {last.get(subject)} was shown last"
            yield Violation("stale", subject, seen)


def looks_never_went_back(history: History, after: Aftermath) -> Iterator[Violation]:
    """A client that saw a revision never sees an older one, and sees none that was never committed."""
    shown = {(revision.subject, revision.number): revision.version for revision in after.revisions}
    last: dict[tuple[str, str], int] = {}
    for each in sorted(history.of("look"), key=lambda look: look.began):
        if each.result != "ok":
            continue
        number, seen = int(each.said["revision"]), (each.client, each.subject)
        if number < last.get(seen, 0):
            yield Violation("went back", each.subject, f"{each.client} saw revision {number} after {last[seen]}")
        last[seen] = max(number, last.get(seen, 0))
        if shown.get((each.subject, number)) != tuple(each.said["version"]):
            yield Violation("aborted read", each.subject, f"revision {number} at {each.said['version']} never stood")


def own_writes_were_read(history: History, after: Aftermath) -> Iterator[Violation]:
    """Whoever was told that an event was taken in finds it at once, whichever instance answers."""
    for each in history.of("ask"):
        if each.result == "ok" and not each.said["found"]:
            yield Violation("not read", each.subject, f"{each.event} was acknowledged and not found afterwards")


def ledgers_only_grew(history: History, after: Aftermath) -> Iterator[Violation]:
    """Append-only tables: what stood at one moment stands at every later one, unchanged; chains grow at their end."""
    latest: dict[str, Ledger] = {}
    for moment in after.ledgers:
        for ledger in moment:
            before = latest.get(ledger.table)
            if before is not None:
                yield from _grew(before, ledger)
            latest[ledger.table] = ledger


def _grew(before: Ledger, now: Ledger) -> Iterator[Violation]:
    for key, digest in before.rows.items():
        if now.rows.get(key) != digest:
            what = "was changed" if key in now.rows else "is gone"
            yield Violation("rewritten", now.table, f"row {key} {what}")
    if not now.chained or not before.rows:
        return
    top = max(int(key) for key in before.rows)
    for key in now.rows.keys() - before.rows.keys():
        if int(key) <= top:
            yield Violation("rewritten", now.table, f"row {key} was put in before row {top}")


def chain_is_whole(history: History, after: Aftermath) -> Iterator[Violation]:
    """J12: numbers without a gap, each row hashed over the one before it."""
    before = FIRST_HASH
    for number, link in enumerate(sorted(after.chain, key=lambda each: each.seq), 1):
        if link.seq != number:
            yield Violation("broken chain", str(number), f"row {number} is missing")
            return
        if link.before != before or link.hash != link_hash(link):
            yield Violation("broken chain", str(link.seq), "does not follow from the row before it")
            return
        before = link.hash


def link_hash(link: Link) -> str:
    """The hash a link must carry: over the hash before it, its number and its entry, a line each."""
    return hashlib.sha256(f"{link.before}\n{link.seq}\n{link.entry}".encode()).hexdigest()


def everything_drained(history: History, after: Aftermath) -> Iterator[Violation]:
    """After the last fault heals, outboxes, groups and job queues come to rest."""
    for service in after.services.values():
        waiting = sum(not row.published for row in service.outbox)
        if waiting:
            yield Violation("not drained", service.name, f"{waiting} events wait in the outbox")
        for (topic, partition), behind in service.lag.items():
            if behind:
                yield Violation("not drained", service.name, f"{behind} records behind on {topic}/{partition}")
        if service.jobs_waiting:
            yield Violation("not drained", service.name, f"{service.jobs_waiting} jobs wait")


def copies_are_current(history: History, after: Aftermath) -> Iterator[Violation]:
    """D4: every copy holds each subject at its origin's newest version, and holds nothing its origin does not know."""
    dead = {letter.event_id for letter in after.dead if letter.state == "open"}
    excused = {
        (row.subject, row.version)
        for service in after.services.values()
        for row in service.outbox
        if row.event_id in dead
    }
    for copy, origin in after.copies.items():
        have, should = after.versions.get(copy, {}), after.versions.get(origin, {})
        for subject in sorted(should.keys() | have.keys()):
            wanted = should.get(subject, NOWHERE)
            if have.get(subject, NOWHERE) != wanted and (subject, wanted) not in excused:
                seen = f"{copy} holds {have.get(subject)}, {origin} is at {should.get(subject)}"
                yield Violation("stale", subject, seen)


def counts_equal_recounts(history: History, after: Aftermath) -> Iterator[Violation]:
    """Numbers that are kept equal the same numbers counted afresh."""
    for count in after.counts:
        if count.kept != count.recounted:
            yield Violation("miscount", count.name, f"kept {count.kept}, counted {count.recounted}")
