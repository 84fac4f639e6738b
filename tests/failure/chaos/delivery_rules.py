"""Nothing accepted is lost, nothing happens twice, nothing comes from nowhere."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from typing import TypeVar

from tests.failure.chaos.aftermath import Aftermath, Dead, Logged, ServiceState, Submission, Told, Version
from tests.failure.chaos.history import History
from tests.failure.chaos.violation import Violation

T = TypeVar("T", bound=Hashable)
NOWHERE: Version = (0, 0)


def accepted_ended_somewhere(history: History, after: Aftermath) -> Iterator[Violation]:
    """D1: what was answered with success is kept, and its event was told, published and reached every end or a dead letter."""
    kept = {each.event: each for each in after.submissions}
    told = {row.event_id: row for service in after.services.values() for row in service.outbox}
    dead = {letter.event_id for letter in after.dead}
    for event, subject in sorted({(each.event, each.subject) for each in history.of("tell") if each.result == "ok"}):
        submission = kept.get(event)
        if submission is None:
            yield Violation("lost", subject, f"{event} was acknowledged and is not kept")
        else:
            yield from _reached_its_ends(submission, told, dead, after)


def _reached_its_ends(
    submission: Submission, told: dict[str, Told], dead: set[str], after: Aftermath
) -> Iterator[Violation]:
    event, subject = submission.event, submission.subject
    if submission.outcome != "accepted":
        return
    row = told.get(submission.told)
    if row is None:
        yield Violation("lost", subject, f"{event} was accepted and nothing was told of it")
        return
    for end in after.ends.get(submission.kind, ()):
        if after.versions.get(end, {}).get(subject, NOWHERE) < row.version and row.event_id not in dead:
            yield Violation("lost", subject, f"{event} at {row.version} never reached {end}")


def refused_left_nothing(history: History, after: Aftermath) -> Iterator[Violation]:
    """D1: what was refused for good, every time it was told, had no effect; what nobody told was not taken in."""
    results: dict[str, set[str]] = defaultdict(set)
    for each in history.of("tell"):
        results[each.event].add(each.result)
    for submission in after.submissions:
        if submission.outcome == "accepted" and not results[submission.event] & {"ok", "unknown"}:
            yield Violation("invented", submission.subject, f"{submission.event} was refused or never told")


def effects_happened_once(history: History, after: Aftermath) -> Iterator[Violation]:
    """D2: one submission an event, one event a version, one dead letter a record."""
    accepted = [each for each in after.submissions if each.outcome == "accepted"]
    for event, times in _more_than_once(each.event for each in accepted):
        yield Violation("doubled", event, f"accepted {times} times")
    for event, times in _more_than_once(each.told for each in accepted if each.told):
        yield Violation("doubled", event, f"told for {times} submissions")
    replayed = {letter.event_id for letter in after.dead if letter.state == "replayed"}
    own = [row for service in after.services.values() for row in service.outbox if row.event_id not in replayed]
    for event, times in _more_than_once(row.event_id for row in own):
        yield Violation("doubled", event, f"{times} outbox rows for one event")
    states = ((row.type, row.subject, row.version) for row in own if row.type not in after.repeats)
    for (_, subject, version), times in _more_than_once(states):
        yield Violation("doubled", subject, f"{times} events for version {version}")
    open_places = [(letter.service, letter.place) for letter in after.dead if letter.state == "open" and letter.place]
    for (service, place), times in _more_than_once(open_places):
        yield Violation("doubled", f"{service} {place}", f"{times} open dead letters")


def told_equals_logged(history: History, after: Aftermath) -> Iterator[Violation]:
    """Every published row stands in its topic, every record in a topic was told or planted, bytes untouched."""
    logged = {(record.topic, record.digest) for record in after.log}
    ids = {record.event_id for record in after.log}
    rows = [row for service in after.services.values() for row in service.outbox]
    for row in rows:
        if row.published and (row.topic, row.digest) not in logged:
            why = "other bytes stand in the topic" if row.event_id in ids else "is marked published and is in no topic"
            yield Violation("unsaid", row.subject, f"{row.event_id} {why}")
    known = {(row.topic, row.digest) for row in rows} | _planted(after)
    for record in after.log:
        if (record.topic, record.digest) not in known:
            yield Violation("invented", record.key, f"the record at {record.place} was told by nobody")


def heard_by_everyone(history: History, after: Aftermath) -> Iterator[Violation]:
    """Every record a service listens to was handled or set aside there, and it handled nothing that was never said."""
    for service in after.services.values():
        mine = [record for record in after.log if service.heard(record)]
        dead_ids = {letter.event_id for letter in after.dead if letter.service == service.name}
        dead_places = {letter.place for letter in after.dead if letter.service == service.name}
        for record in mine:
            known = record.event_id and (record.event_id in service.inbox or record.event_id in dead_ids)
            if not known and record.place not in dead_places:
                yield Violation("unheard", record.key, f"{service.name} never settled {record.place}")
        yield from _phantoms(service, mine)


def _phantoms(service: ServiceState, mine: Iterable[Logged]) -> Iterator[Violation]:
    topics = {topic for topic, _ in service.hears}
    said = {(record.topic, record.event_id) for record in mine}
    for event_id, topic in service.inbox.items():
        if topic in topics and (topic, event_id) not in said:
            yield Violation("invented", event_id, f"{service.name} handled what {topic} never carried")


def dead_letters_are_the_planted_ones(history: History, after: Aftermath) -> Iterator[Violation]:
    """D5: every planted record a service hears is its dead letter, and nothing else is but what it was made to fail at."""
    planted = _planted(after)
    by_place = {record.place: record for record in after.log}
    for letter in after.dead:
        cursed = (letter.service, letter.event_id) in after.cursed
        if not cursed and not _was_planted(letter, by_place, planted):
            yield Violation("wrongly dead", letter.event_id, f"{letter.service}: {letter.error} at {letter.place}")
    for place in sorted(after.planted):
        record = by_place.get(place)
        for service in after.services.values():
            hears = record is not None and service.heard(record)
            letters = [each for each in after.dead if each.service == service.name and each.place == place]
            if hears and not letters:
                yield Violation("wrongly alive", str(place), f"{service.name} did not set it aside")


def _was_planted(letter: Dead, by_place: dict[tuple[str, int, int], Logged], planted: set[tuple[str, str]]) -> bool:
    record = by_place.get(letter.place) if letter.place else None
    return record is not None and (record.topic, record.digest) in planted


def _planted(after: Aftermath) -> set[tuple[str, str]]:
    """What was planted, by its bytes, so that a replay of it is known again."""
    return {(record.topic, record.digest) for record in after.log if record.place in after.planted}


def _more_than_once(values: Iterable[T]) -> list[tuple[T, int]]:
    return [(value, times) for value, times in Counter(values).items() if times > 1]
