"""Three small services for the simulation, with the shape of the product's own.

desk takes deliveries and says Article; sheets hears it and says ClaimSheet; panels hears both, in whatever order they
come. Handlers are order-independent and keep the newest; what a run may do to them is passed in as `disturb`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from plumbline.events.v1.article_pb2 import Article
from plumbline.events.v1.claim_pb2 import ClaimSheet

from shared.consumer import Hears
from shared.events import Outgoing, Version, version_of
from shared.ids import DEFAULT_SITE
from shared.inbox import EventWork
from shared.outbox import Outbox
from shared.postgres import Sql

ARTICLES, SHEETS = "sim.article", "sim.claim"

SUBMIT = "INSERT INTO submission (event, subject, counter) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true"
SETTLE = "UPDATE submission SET outcome = $2, told = $3 WHERE event = $1"
FIND = "SELECT outcome FROM submission WHERE event = $1"
LOCK = """
INSERT INTO document (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = document.name
RETURNING epoch, counter, body
"""
SAVE = "UPDATE document SET epoch = $2, counter = $3, body = $4 WHERE name = $1"

Disturb = Callable[[str, str, Version], Awaitable[None]]
"""(service, subject, version of what is handled): waits, raises, or does nothing."""


@dataclass(frozen=True, slots=True)
class Role:
    """A service of the newsroom: what it hears, and which kinds of document it holds."""

    name: str
    hears: Callable[[Disturb], tuple[Hears, ...]]


async def take(outbox: Outbox, event: str, subject: str, counter: int) -> str:
    """The desk's door: one delivery, however often it is sent. Returns accepted, stale or duplicate."""
    async with outbox.transaction() as unit:
        if not await unit.fetchval(SUBMIT, event, subject, counter):
            return "duplicate"
        known = await _version(unit, f"article/{subject}")
        if Version(1, counter) <= known:
            await unit.execute(SETTLE, event, "stale", None)
            return "stale"
        wire = Article(article_id=subject, site_id=str(DEFAULT_SITE), title=f"{subject} v{counter}")
        wire.version.epoch, wire.version.counter = 1, counter
        told = unit.emit(Outgoing(ARTICLES, subject, subject, DEFAULT_SITE, Version(1, counter), wire))
        await unit.execute(SAVE, f"article/{subject}", 1, counter, wire.title)
        await unit.execute(SETTLE, event, "accepted", told)
        return "accepted"


async def found(sql: Sql, event: str) -> bool:
    """Whether a delivery is known."""
    return await sql.fetchval(FIND, event) is not None


async def _version(sql: Sql, name: str) -> Version:
    row = await sql.fetchrow(LOCK, name)
    assert row is not None
    return Version(row["epoch"], row["counter"])


async def _keep(sql: Sql, name: str, version: Version, body: str) -> bool:
    """Keep what is newer than what is held; returns whether it was."""
    if version <= await _version(sql, name):
        return False
    await sql.execute(SAVE, name, version.epoch, version.counter, body)
    return True


async def make_sheet(disturb: Disturb, event: Article, work: EventWork) -> None:
    """One claim an article version: its title."""
    if await work.seen():
        return
    await disturb("sheets", event.article_id, version_of(event.version))
    async with work.once() as tx:
        if not await _keep(tx, f"article/{event.article_id}", version_of(event.version), event.title):
            return
        version = (await _version(tx, f"sheet/{event.article_id}")).next(work.epoch)
        await tx.execute(SAVE, f"sheet/{event.article_id}", version.epoch, version.counter, event.title)
        tx.emit(_sheet(event, version))


def _sheet(event: Article, version: Version) -> Outgoing:
    wire = ClaimSheet(subject_id=event.article_id, article_id=event.article_id, site_id=event.site_id)
    wire.version.epoch, wire.version.counter = version.epoch, version.counter
    wire.article_version.CopyFrom(event.version)
    wire.claims.add(claim_id=f"{event.article_id}/claim", text=event.title)
    return Outgoing(SHEETS, event.article_id, event.article_id, DEFAULT_SITE, version, wire)


async def join_article(disturb: Disturb, event: Article, work: EventWork) -> None:
    """The article's half of a panel."""
    await disturb("panels", event.article_id, version_of(event.version))
    async with work.once() as tx:
        await _keep(tx, f"article/{event.article_id}", version_of(event.version), event.title)


async def join_sheet(disturb: Disturb, event: ClaimSheet, work: EventWork) -> None:
    """The claims' half of a panel."""
    async with work.once() as tx:
        await _keep(tx, f"sheet/{event.subject_id}", version_of(event.version), event.claims[0].text)


ROLES = (
    Role("desk", lambda disturb: ()),
    Role("sheets", lambda disturb: (Hears(ARTICLES, Article, partial(make_sheet, disturb)),)),
    Role(
        "panels",
        lambda disturb: (
            Hears(ARTICLES, Article, partial(join_article, disturb)),
            Hears(SHEETS, ClaimSheet, partial(join_sheet, disturb)),
        ),
    ),
)
COPIES = {"sheets.article": "desk.article", "panels.article": "desk.article", "panels.sheet": "sheets.sheet"}
ENDS = {"article": ("sheets.article", "panels.article")}


def told_id(value: UUID | None) -> str:
    return "" if value is None else str(value)
