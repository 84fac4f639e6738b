"""How publish is put together."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from uuid import UUID

from plumbline.events.v1 import article_pb2, claim_pb2, comment_pb2, fact_check_pb2, verdict_pb2
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.publish import contract, handlers
from services.publish.api import Pages
from services.publish.draft_door import DraftDoor
from services.publish.live import Watchers
from services.publish.pages import make_assets, make_pages
from services.publish.programs import Programs
from services.publish.request_door import RequestDoor
from services.publish.rpc import publications
from services.publish.speaking import speak
from services.publish.telling_again import TELLS_AGAIN
from services.publish.waiting import Waits
from shared.consumer import Hears
from shared.ids import DEFAULT_SITE
from shared.jobs import JobKind
from shared.pseudonyms import ReaderQuota
from shared.service import Resources, Service, ServiceSpec
from shared.settings import FromEnvironment


class Settings(FromEnvironment):
    """Whose pages these are and where readers find them."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_PUBLISH_", frozen=True, extra="ignore")

    site_id: UUID = Field(default=DEFAULT_SITE, description="The site whose home and search this instance serves.")
    public_url: str = Field(default="", description="Address readers use, without a trailing slash; empty: as asked.")
    requests_per_minute: int = Field(default=3, ge=1, description="Claims one reader may send in a minute.")
    network_requests_per_minute: int = Field(default=30, ge=1, description="Claims one network may send in a minute.")
    verify_per_minute: int = Field(default=6, ge=1, description="Fresh checks one reader may ask for in a minute.")
    network_verify_per_minute: int = Field(
        default=60, ge=1, description="Fresh checks one network may ask for in a minute."
    )
    waiting_reports: int = Field(default=200, ge=1, description="Requests that may wait for reports on drafts at once.")
    source_waiting_reports: int = Field(default=20, ge=1, description="Of these, how many of one source.")
    audio: bool = Field(default=True, description="Have articles read aloud; off spares their CPU.")


def build(settings: Settings, resources: Resources) -> Service:
    """Publish over its resources."""
    assets = make_assets()
    watchers = Watchers(resources.db, resources.telemetry.log)
    pages = Pages(resources, make_pages(assets), settings.site_id, settings.public_url.rstrip("/"))
    fresh_checks = ReaderQuota(
        per_minute=settings.verify_per_minute, network_per_minute=settings.network_verify_per_minute
    )
    programs = Programs(pages, assets, watchers, fresh_checks)
    requests = RequestDoor(
        pages,
        ReaderQuota(per_minute=settings.requests_per_minute, network_per_minute=settings.network_requests_per_minute),
    )
    waits = Waits(whole=settings.waiting_reports, each=settings.source_waiting_reports)
    drafts = DraftDoor(resources, watchers, waits)
    on_article = partial(handlers.on_article, aloud=settings.audio)
    return Service(
        name="publish",
        hears=(
            Hears(contract.ARTICLE_TOPIC, article_pb2.Article, on_article, contract.article),
            Hears(contract.ARTICLE_TOPIC, article_pb2.Draft, handlers.on_draft, contract.draft),
            Hears(contract.CLAIM_TOPIC, claim_pb2.ClaimSheet, handlers.on_claim_sheet, contract.claim_sheet),
            Hears(contract.VERDICT_TOPIC, verdict_pb2.VerdictSheet, handlers.on_verdict_sheet, contract.verdict_sheet),
            Hears(contract.VERDICT_TOPIC, verdict_pb2.VerdictProgress, handlers.on_progress),
            Hears(contract.FACT_CHECK_TOPIC, fact_check_pb2.FactCheck, handlers.on_fact_check),
            Hears(contract.COMMENT_TOPIC, comment_pb2.Comment, handlers.on_comment, contract.comment),
            Hears(contract.COMMENT_TOPIC, comment_pb2.CommentCounts, handlers.on_comment_counts),
        ),
        says=contract.SAYS,
        jobs=(JobKind(handlers.SPEAK, speak, concurrency=1),) if settings.audio else (),
        routes=(*programs.routes(), *drafts.routes(), *requests.routes(), *pages.routes()),
        partner=(publications(resources),),
        render_error=pages.failure,
        loops=(("live", watchers.run),),
    )


SPEC = ServiceSpec("publish", Settings, build, Path(__file__).parent / "migrations", TELLS_AGAIN)
