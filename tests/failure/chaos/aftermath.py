"""What stands when everything has come to rest: plain facts, read from databases and topics, for the checkers to judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Version = tuple[int, int]
Place = tuple[str, int, int]
"""Topic, partition, offset."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What the door kept of one event it took in: `told` is the id of the event it caused, empty when none."""

    event: str
    kind: str
    subject: str
    version: int
    outcome: str
    told: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One row of an outbox; `digest` covers headers and value."""

    position: int
    event_id: str
    topic: str
    key: str
    type: str
    subject: str
    version: Version
    digest: str
    published: bool = True


@dataclass(frozen=True, slots=True)
class Logged:
    """One record of a topic. What is no event of ours has an empty `event_id`."""

    place: Place
    event_id: str
    key: str
    type: str
    digest: str

    @property
    def topic(self) -> str:
        return self.place[0]


@dataclass(frozen=True, slots=True)
class Dead:
    """One dead letter; `place` is None for a job."""

    service: str
    event_id: str
    place: Place | None
    error: str
    state: str = "open"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """One service's database and group. `inbox` is event id -> topic; `lag` is (topic, partition) -> records behind."""

    name: str
    hears: frozenset[tuple[str, str]]
    outbox: tuple[Told, ...] = ()
    inbox: Mapping[str, str] = field(default_factory=dict)
    lag: Mapping[tuple[str, int], int] = field(default_factory=dict)
    jobs_waiting: int = 0

    def heard(self, record: Logged) -> bool:
        """Whether a record is the service's to handle: by type, by whole topic, or because nobody can tell its type."""
        types = {type_ for topic, type_ in self.hears if topic == record.topic}
        return bool(types) and (record.type in types or "" in types or not record.type)


@dataclass(frozen=True, slots=True)
class Revision:
    """One entry of the history of what readers saw, in its order; `version` is the panel's own."""

    number: int
    subject: str
    version: Version


@dataclass(frozen=True, slots=True)
class Ledger:
    """Rows of an append-only table at one moment, key -> digest. In a `chained` one a new key is above every old one."""

    table: str
    rows: Mapping[int | str, str]
    chained: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A row of a hash chain: `hash` is over `before`, the number and the entry."""

    seq: int
    entry: str
    before: str
    hash: str


@dataclass(frozen=True, slots=True)
class Count:
    """A number that is kept, and the same number counted afresh."""

    name: str
    kept: int
    recounted: int


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Everything at rest.

    `versions` says for each origin and copy (`ingest.article`, `publish.article`) at which version it holds each
    subject, `copies` which copy follows which origin, `ends` which copies an accepted event of a kind has to reach.
    `ledgers` are moments in order. `planted` are records that were put on topics to be set aside, `cursed` (service,
    event id) what one service was made to fail at. `repeats` are types that may be told again at the same version.
    """

    submissions: tuple[Submission, ...]
    services: Mapping[str, ServiceState]
    log: tuple[Logged, ...]
    dead: tuple[Dead, ...]
    versions: Mapping[str, Mapping[str, Version]]
    copies: Mapping[str, str]
    ends: Mapping[str, tuple[str, ...]]
    revisions: tuple[Revision, ...] = ()
    standing: Mapping[str, Version] = field(default_factory=dict)
    ledgers: tuple[tuple[Ledger, ...], ...] = ()
    chain: tuple[Link, ...] = ()
    counts: tuple[Count, ...] = ()
    planted: frozenset[Place] = frozenset()
    cursed: frozenset[tuple[str, str]] = frozenset()
    repeats: frozenset[str] = frozenset()
