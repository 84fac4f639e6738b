"""Three small services on the kit, so its promises are shown on something that behaves like the product's own.

desk says Article; sheets hears it and says ClaimSheet; panels hears both and joins them, in whichever order they come.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from plumbline.events.v1.article_pb2 import Article
from plumbline.events.v1.claim_pb2 import ClaimSheet
from pydantic_settings import BaseSettings

from shared.consumer import Hears
from shared.events import NEVER, Outgoing, Version, version_of
from shared.ids import DEFAULT_SITE
from shared.inbox import EventWork, Work
from shared.jobs import JobKind
from shared.outbox import Outbox
from shared.service import Resources, Service, ServiceSpec

HERE = Path(__file__).parent
ANNOUNCE = "announce"

Disturb = Callable[[Any, Any], Awaitable[None]]


async def undisturbed(_event: Any, _work: Any) -> None:
    """The ordinary day."""


@dataclass(slots=True)
class Newsroom:
    """Names of one test's topics and services, and where a test may disturb them."""

    name: str
    on_article: Disturb = undisturbed
    on_sheet: Disturb = undisturbed
    on_job: Disturb = undisturbed
    with_job: bool = True
    articles: str = field(init=False)
    sheets: str = field(init=False)

    def __post_init__(self) -> None:
        self.articles, self.sheets = f"{self.name}.article", f"{self.name}.claim"

    @property
    def topics(self) -> tuple[str, ...]:
        return self.articles, self.sheets

    @property
    def desk(self) -> ServiceSpec:
        return ServiceSpec(f"desk_{self.name}", BaseSettings, self._desk, HERE / "desk")

    @property
    def sheet_maker(self) -> ServiceSpec:
        return ServiceSpec(f"sheets_{self.name}", BaseSettings, self._sheet_maker, HERE / "sheets")

    @property
    def panel_maker(self) -> ServiceSpec:
        return ServiceSpec(f"panels_{self.name}", BaseSettings, self._panel_maker, HERE / "panels")

    @property
    def specs(self) -> tuple[ServiceSpec, ...]:
        return self.desk, self.sheet_maker, self.panel_maker

    def _desk(self, _settings: Any, resources: Resources) -> Service:
        return Service(resources.outbox.service, says=((self.articles, Article.DESCRIPTOR.full_name),))

    def _sheet_maker(self, _settings: Any, resources: Resources) -> Service:
        return Service(
            resources.outbox.service,
            hears=(Hears(self.articles, Article, partial(make_sheet, self)),),
            says=((self.sheets, ClaimSheet.DESCRIPTOR.full_name),),
        )

    def _panel_maker(self, _settings: Any, resources: Resources) -> Service:
        return Service(
            resources.outbox.service,
            hears=(
                Hears(self.articles, Article, partial(join_article, self)),
                Hears(self.sheets, ClaimSheet, partial(join_sheet, self)),
            ),
            jobs=(JobKind(ANNOUNCE, partial(announce, self)),),
        )


def article(article_id: str, counter: int, title: str = "", *, epoch: int = 1, size: int = 0) -> Article:
    """An article at a version; `size` adds that many characters to its standfirst."""
    wire = Article(article_id=article_id, site_id=str(DEFAULT_SITE), title=title or f"{article_id} v{counter}")
    wire.version.epoch, wire.version.counter = epoch, counter
    wire.standfirst = "x" * size
    return wire


async def publish(
    newsroom: Newsroom, outbox: Outbox, article_id: str, counter: int, *, title: str = "", size: int = 0
) -> Article:
    """The desk's own door: state and event in one transaction, as an HTTP request would do it."""
    wire = article(article_id, counter, title, size=size)
    async with outbox.transaction() as unit:
        await unit.execute(
            "INSERT INTO article VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (article_id) DO UPDATE SET epoch = $2, counter = $3, title = $4",
            article_id,
            wire.version.epoch,
            counter,
            wire.title,
        )
        unit.emit(told(newsroom.articles, wire))
    return wire


def told(topic: str, wire: Article) -> Outgoing:
    return Outgoing(topic, wire.article_id, wire.article_id, DEFAULT_SITE, version_of(wire.version), wire)


async def make_sheet(newsroom: Newsroom, event: Article, work: EventWork) -> None:
    """One claim per article version: its title."""
    if await work.seen():
        return
    await newsroom.on_article(event, work)
    async with work.once() as tx:
        row = await tx.fetchrow("SELECT * FROM sheet WHERE article_id = $1 FOR UPDATE", event.article_id)
        known = NEVER if row is None else Version(row["article_epoch"], row["article_counter"])
        if version_of(event.version) <= known:
            return
        version = (NEVER if row is None else Version(row["epoch"], row["counter"])).next(work.epoch)
        await tx.execute(
            "INSERT INTO sheet VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (article_id) DO UPDATE"
            " SET epoch = $2, counter = $3, article_epoch = $4, article_counter = $5, title = $6",
            event.article_id,
            version.epoch,
            version.counter,
            event.version.epoch,
            event.version.counter,
            event.title,
        )
        tx.emit(_sheet(newsroom.sheets, event, version))


def _sheet(topic: str, event: Article, version: Version) -> Outgoing:
    wire = ClaimSheet(subject_id=event.article_id, article_id=event.article_id, site_id=event.site_id)
    wire.version.epoch, wire.version.counter = version.epoch, version.counter
    wire.article_version.CopyFrom(event.version)
    wire.claims.add(claim_id=f"{event.article_id}/claim", text=event.title)
    return Outgoing(topic, event.article_id, event.article_id, DEFAULT_SITE, version, wire)


async def join_article(newsroom: Newsroom, event: Article, work: EventWork) -> None:
    """The article's half of a panel, and one announcement of each version."""
    async with work.once() as tx:
        newer = await tx.fetchval(
            "INSERT INTO panel (article_id, article_epoch, article_counter, title) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (article_id) DO UPDATE SET article_epoch = $2, article_counter = $3, title = $4"
            " WHERE (panel.article_epoch, panel.article_counter) < ($2, $3) RETURNING true",
            event.article_id,
            event.version.epoch,
            event.version.counter,
            event.title,
        )
        if newer and newsroom.with_job:
            await tx.enqueue(ANNOUNCE, event.SerializeToString())


async def join_sheet(newsroom: Newsroom, event: ClaimSheet, work: EventWork) -> None:
    """The claims' half of a panel."""
    await newsroom.on_sheet(event, work)
    async with work.once() as tx:
        await tx.execute(
            "INSERT INTO panel (article_id, sheet_epoch, sheet_counter, claim) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (article_id) DO UPDATE SET sheet_epoch = $2, sheet_counter = $3, claim = $4"
            " WHERE (panel.sheet_epoch, panel.sheet_counter) < ($2, $3)",
            event.article_id,
            event.version.epoch,
            event.version.counter,
            event.claims[0].text,
        )


async def announce(newsroom: Newsroom, payload: bytes, work: Work) -> None:
    """Slow work after an article; it may run twice and says so once."""
    event = Article.FromString(payload)
    await newsroom.on_job(event, work)
    async with work.once() as tx:
        await tx.execute(
            "INSERT INTO announcement VALUES ($1, $2) ON CONFLICT DO NOTHING", event.article_id, event.version.counter
        )
