"""A healthy world for the checkers: a few articles through four services, with everything a real run has besides.

Duplicates in the topics, repetitions by the client, a refused call, an unknown one, a poison that was set aside, a
dead letter that was replayed: all of that is health.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

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
from tests.failure.chaos.history import History, Kind, Operation, Result
from tests.failure.chaos.state_rules import FIRST_HASH, link_hash

ARTICLE, SHEET, SITE = "article.v1", "claim.v1", "directory.v1"
PARTITIONS = 2
HEARS = {
    "desk": frozenset({(SITE, "Site")}),
    "sheets": frozenset({(ARTICLE, "Article"), (SITE, "Site")}),
    "panels": frozenset({(ARTICLE, "Article"), (SHEET, "Sheet"), (SITE, "Site")}),
}
COPIES = {"sheets.article": "desk.article", "panels.article": "desk.article", "panels.sheet": "sheets.sheet"}
ENDS = {"article": ("sheets.article", "panels.article")}


@dataclass(slots=True)
class World:
    """A history and an aftermath that agree."""

    history: History
    after: Aftermath


@dataclass(slots=True)
class _Making:
    """The world under construction."""

    random: random.Random
    operations: list[Operation] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    outboxes: dict[str, list[Told]] = field(default_factory=lambda: {name: [] for name in HEARS})
    log: list[Logged] = field(default_factory=list)
    dead: list[Dead] = field(default_factory=list)
    versions: dict[str, dict[str, Version]] = field(default_factory=dict)
    ends: dict[tuple[str, int], int] = field(default_factory=dict)
    clock: float = 0.0

    def call(
        self, kind: Kind, event: str, subject: str, version: int, result: Result, said: dict[str, object] | None = None
    ) -> None:
        self.clock += 1.0
        client = f"c{self.random.randrange(2)}" if kind != "look" else "reader"
        self.operations.append(
            Operation(client, kind, event, subject, version, self.clock, self.clock + 0.5, result, said or {})
        )

    def tell(self, service: str, topic: str, kind: str, subject: str, version: Version, *, times: int = 1) -> Told:
        outbox = self.outboxes[service]
        row = Told(
            position=len(outbox) + 1,
            event_id=f"{kind}/{subject}/{version}/{len(outbox)}",
            topic=topic,
            key=subject,
            type=kind,
            subject=subject,
            version=version,
            digest=f"digest of {kind} {subject} {version} {len(outbox)}",
        )
        outbox.append(row)
        for _ in range(times):
            self.put(topic, row.event_id, subject, kind, row.digest)
        return row

    def put(self, topic: str, event_id: str, key: str, kind: str, digest: str) -> Place:
        partition = sum(key.encode()) % PARTITIONS
        offset = self.ends.get((topic, partition), 0)
        self.ends[topic, partition] = offset + 1
        self.log.append(Logged((topic, partition, offset), event_id, key, kind, digest))
        return self.log[-1].place

    def hold(self, copy: str, subject: str, version: Version) -> None:
        self.versions.setdefault(copy, {})[subject] = version


def healthy(seed: int = 0, *, articles: int = 4, revisions: int = 3) -> World:
    """The same world for the same arguments; articles and revisions may be any number from 1."""
    making = _Making(random.Random(seed))
    for _ in range(2):  # the directory is told at every start
        making.tell("desk", SITE, "Site", "site", (1, 1))
    shown: list[Revision] = []
    for counter in range(1, revisions + 1):
        for number in range(articles):
            _publish(making, f"a{number}", counter, shown)
    making.call("tell", "refused/1", "a0", 9, "fail")
    making.call("tell", "lost on the way/1", "a0", 8, "unknown")
    planted = making.put(ARTICLE, "", "a0", "Article", "poison")
    making.dead += [Dead(name, "", planted, "Poison") for name in ("sheets", "panels")]
    return World(History(making.operations), _aftermath(making, shown, planted))


def _publish(making: _Making, subject: str, counter: int, shown: list[Revision]) -> None:
    event, version = f"{subject}/{counter}", (1, counter)
    making.call("tell", event, subject, counter, "unknown")
    making.call("tell", event, subject, counter, "ok")
    making.call("ask", event, subject, counter, "ok", {"found": True})
    told = making.tell("desk", ARTICLE, "Article", subject, version, times=making.random.choice((1, 1, 2)))
    making.submissions.append(Submission(event, "article", subject, counter, "accepted", told.event_id))
    making.submissions.append(Submission(f"{event}/again", "article", subject, counter, "stale"))
    making.call("tell", f"{event}/again", subject, counter, "ok")
    making.tell("sheets", SHEET, "Sheet", subject, version, times=making.random.choice((1, 2)))
    for copy in ("desk.article", *COPIES):
        making.hold(copy, subject, version)
    making.hold("sheets.sheet", subject, version)
    for step in (2 * counter - 1, 2 * counter):
        shown.append(Revision(len(shown) + 1, subject, (1, step)))
        making.call("look", "", subject, 0, "ok", {"revision": len(shown), "version": [1, step]})


def _aftermath(making: _Making, shown: list[Revision], planted: Place) -> Aftermath:
    inboxes: dict[str, dict[str, str]] = {name: {} for name in HEARS}
    for record in making.log:
        for name, hears in HEARS.items():
            if record.event_id and (record.topic, record.type) in hears:
                inboxes[name][record.event_id] = record.topic
    services = {
        name: ServiceState(
            name,
            HEARS[name],
            tuple(making.outboxes[name]),
            inboxes[name],
            {place: 0 for place in making.ends if any(topic == place[0] for topic, _ in HEARS[name])},
        )
        for name in HEARS
    }
    first = Ledger("verdict", {"c1/1": "x", "c2/1": "y"})
    then = Ledger("verdict", {"c1/1": "x", "c1/2": "z", "c2/1": "y"})
    return Aftermath(
        submissions=tuple(making.submissions),
        services=services,
        log=tuple(making.log),
        dead=tuple(making.dead),
        versions=making.versions,
        copies=COPIES,
        ends=ENDS,
        revisions=tuple(shown),
        standing={revision.subject: revision.version for revision in shown},
        ledgers=(
            (first, Ledger("audit", {1: "p", 2: "q"}, chained=True)),
            (then, Ledger("audit", {1: "p", 2: "q", 3: "r"}, chained=True)),
        ),
        chain=_chain("one", "two", "three"),
        counts=(Count("comments of a0", 3, 3),),
        planted=frozenset({planted}),
        repeats=frozenset({"Site"}),
    )


def _chain(*entries: str) -> tuple[Link, ...]:
    links: list[Link] = []
    for seq, entry in enumerate(entries, 1):
        bare = Link(seq, entry, links[-1].hash if links else FIRST_HASH, "")
        links.append(Link(seq, entry, bare.before, link_hash(bare)))
    return tuple(links)
