"""The console: settings and how it is put together."""

from __future__ import annotations

import asyncio
from functools import cached_property
from pathlib import Path
from time import time_ns

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.console import api, contract, directory
from services.console.desk import Desk, make_assets, make_pages
from services.console.model.site import SiteIdentity
from services.console.otlp import OtlpReceiver
from services.console.passwords import Passwords
from services.console.staff_calls import StaffCalls
from services.console.staffing import Reception
from services.console.store.spans import SpanStore
from services.console.telling_again import TELLS_AGAIN
from shared.errors import Transient
from shared.ids import DEFAULT_SITE
from shared.service import Resources, Service, ServiceSpec
from shared.settings import FromEnvironment
from shared.web.assets import Assets

TIDY_SECONDS = 600.0
_DAY_NS = 86_400 * 10**9


class Settings(FromEnvironment):
    """The console's own settings (`PLUMBLINE_CONSOLE_...`)."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_CONSOLE_", frozen=True, extra="ignore")

    review_target: str = Field(default="", description="Staff door of verification; empty is this process's own.")
    moderation_target: str = Field(default="", description="Staff door of comment; empty is this process's own.")
    claims_target: str = Field(default="", description="Staff door of claim extraction; empty is this process's own.")
    spans_database: str = Field(default="plumbline_spans", description="Database of the span store.")
    spans_host: str = Field(
        default="",
        description="Address where a collector delivers spans; empty: loopback, and only without a collector.",
    )
    spans_days: int = Field(default=7, ge=1, description="Days spans are kept.")
    site_name: str = Field(default="Newsroom", description="The site's name at its first start.")
    site_publisher: str = Field(default="", description="Its publisher at its first start.")
    site_language: str = Field(default="en", description="Its language at its first start.")

    def identity(self) -> SiteIdentity:
        """What the site says of itself until somebody says otherwise."""
        return SiteIdentity(self.site_name, (self.site_language,), self.site_publisher or self.site_name)


class Console:
    """What is opened with the console and closed with it."""

    def __init__(self, settings: Settings, resources: Resources) -> None:
        self._settings, self._resources = settings, resources
        self._opened: Desk | None = None
        self._spans: SpanStore | None = None
        self._receiver: OtlpReceiver | None = None

    def desk(self) -> Desk:
        """Raises Transient until it is open."""
        if self._opened is None:
            raise Transient("the desk is opening")
        return self._opened

    async def open(self) -> None:
        """Span store and receiver first, so that even the first spans are kept; then the directory is told."""
        settings, found = self._settings, self._resources
        spans = self._spans = await SpanStore.open(found.db.dsn, settings.spans_database)
        if found.settings.telemetry and (settings.spans_host or not found.settings.otlp_endpoint):
            host = settings.spans_host or "127.0.0.1"
            self._receiver = OtlpReceiver(spans, host=host, port=found.settings.otlp_port, log=found.telemetry.log)
            await self._receiver.start()
        await directory.tell_again(found.outbox)
        signer = await directory.first_start(found.outbox, found.master, settings.identity())
        own = f"127.0.0.1:{found.settings.staff_port}"
        calls = StaffCalls(
            directory.SiteSigners(found.outbox, found.master, {DEFAULT_SITE: signer}),
            found.clock,
            found.telemetry.tracing,
            review_target=settings.review_target or own,
            moderation_target=settings.moderation_target or own,
            claims_target=settings.claims_target or own,
        )
        self._opened = Desk(
            reception=Reception(found.outbox, Passwords()),
            calls=calls,
            spans=spans,
            directory=found.directory,
            clock=found.clock,
            pages=make_pages(self.assets),
            csrf_key=found.master.derive("console", "csrf"),
            log=found.telemetry.log,
        )

    @cached_property
    def assets(self) -> Assets:
        return make_assets()

    async def tidy(self) -> None:
        """Every ten minutes: sessions that ended and spans past their days go."""
        while True:
            try:
                desk = self.desk()
                await desk.reception.forget_expired()
                await desk.spans.forget_before(time_ns() - self._settings.spans_days * _DAY_NS)
            except Exception as error:
                self._resources.telemetry.log.warning("tidy.failed", error=type(error).__name__)
            await asyncio.sleep(TIDY_SECONDS)

    async def close(self) -> None:
        """The console's own last spans are kept before the receiver goes."""
        if self._receiver is not None:
            await asyncio.to_thread(self._resources.telemetry.tracing.provider.force_flush, 500)
            await self._receiver.stop()
        if self._opened is not None:
            await self._opened.calls.close()
        if self._spans is not None:
            await self._spans.close()


def build(settings: Settings, resources: Resources) -> Service:
    console = Console(settings, resources)
    return Service(
        "console",
        says=contract.SAYS,
        routes=api.routes(console.desk, console.assets),
        loops=(("tidy", console.tidy),),
        before_start=console.open,
        on_stop=console.close,
    )


SPEC = ServiceSpec("console", Settings, build, Path(__file__).parent / "migrations", TELLS_AGAIN)
