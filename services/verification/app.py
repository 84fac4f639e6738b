"""Verification as a service: what it is made of."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from plumbline.events.v1 import claim_pb2, request_pb2

from services.verification import contract, handlers, rechecks, review_sources, runs
from services.verification.address_guard import Allowed
from services.verification.archive_index import ArchiveIndex
from services.verification.checks import Checker
from services.verification.connectors import asking as connectors
from services.verification.connectors.choosing import NAMES, counted, sources
from services.verification.connectors.remembering import InDatabase
from services.verification.engine.agreement import shipped_agreement
from services.verification.fetcher import Fetcher
from services.verification.gathering import Budget, Gatherer
from services.verification.plugins import choosing
from services.verification.plugins.choosing import plugins
from services.verification.plugins.consulting import Plugins
from services.verification.rating_rpc import rating_rpc
from services.verification.rechecks import Rechecker
from services.verification.review_case import Cases
from services.verification.review_sources import Sources
from services.verification.reviewing import Desk
from services.verification.rpc import fact_check_rpc
from services.verification.sandbox import Sandbox
from services.verification.settings import Settings
from services.verification.site_policy import SitePolicy
from services.verification.spending import DayBudget
from services.verification.staff_rpc import review_rpc
from services.verification.telling_again import TELLS_AGAIN
from shared.consumer import Hears
from shared.jobs import JobKind
from shared.service import Resources, Service, ServiceSpec
from shared.telemetry.names import BUDGET_REFUSED, SPENT_MICROS

HEARS = (
    Hears(contract.CLAIM_TOPIC, claim_pb2.ClaimSheet, handlers.on_sheet, contract.sheet),
    Hears(contract.REQUEST_TOPIC, request_pb2.VerificationRequest, handlers.on_request, contract.request),
)


def build(settings: Settings, resources: Resources, *, sandbox: Sandbox | None = None) -> Service:
    """Wires the checks, the archive, the doors and what is heard. A `sandbox` that is passed in is left running."""
    reader = sandbox or Sandbox()
    fetcher = Fetcher(reader, allowed=Allowed.parse(settings.fetch_allow))
    index = ArchiveIndex(resources.db, resources.off_loop, resources.encoder, resources.telemetry.log)
    policy = SitePolicy(resources.directory, resources.clock.now)
    providers = Fetcher(reader, allowed=Allowed.parse(settings.provider_allow))
    models = Fetcher(reader, allowed=Allowed.parse(settings.provider_allow), total_seconds=settings.llm_seconds)
    metrics, off_loop = resources.telemetry.metrics, resources.off_loop
    memory = InDatabase(resources.db, resources.clock.now)
    purse = _purse(settings, resources)
    asked = sources(settings, providers, resources.clock.now, counted(metrics), memory, purse)
    proposing = plugins(
        settings, models, off_loop, choosing.counted(metrics), drafts=settings.ask_about_drafts, purse=purse
    )
    checker = _checker(settings, resources, fetcher, asked, proposing, index, policy)
    again = Rechecker(index=index, policy=policy, outbox=resources.outbox, off_loop=resources.off_loop)
    allowed, cases = Allowed.parse(settings.fetch_allow), Cases(policy)
    desk = Desk(resources.outbox, cases, clock=resources.clock, decided=index.wake)
    evidence = Sources(resources.outbox, cases, fetcher, reader, resources.clock, allowed)
    paging = resources.master.derive("paging", "verification")

    async def start() -> None:
        await reader.start()
        await index.load()

    async def stop() -> None:
        await fetcher.close()
        await providers.close()
        await models.close()
        if sandbox is None:
            await reader.close()

    async def archive_loaded() -> str:
        return "" if index.loaded else "the archive of fact checks is not loaded"

    return Service(
        name="verification",
        hears=HEARS,
        says=contract.SAYS,
        jobs=(
            JobKind(runs.CHECK, checker.check_subject, settings.checks_at_once),
            JobKind(review_sources.FETCH, evidence.fetch, 2),
            JobKind(rechecks.CHANGE, again.on_change, 1),
            JobKind(rechecks.SUBJECT, again.on_subject, 2),
        ),
        partner=(fact_check_rpc(resources.outbox, index, policy, clock=resources.clock, secret=paging),),
        staff=(
            review_rpc(desk, evidence, purse, secret=paging),
            rating_rpc(resources.outbox, resources.clock, secret=paging),
        ),
        loops=(("archive", index.follow),),
        checks=(archive_loaded,),
        before_start=start,
        on_stop=stop,
    )


def _purse(settings: Settings, resources: Resources) -> DayBudget:
    """Its counts stand at zero from the start, so that a rate can be taken of the first."""
    metrics = resources.telemetry.metrics
    for provider in (*NAMES, *choosing.NAMES):
        metrics.add(SPENT_MICROS, 0, provider=provider)
        metrics.add(BUDGET_REFUSED, 0, provider=provider)
    return DayBudget(resources.db, resources.clock.now, settings.day_budget, metrics)


def _checker(
    settings: Settings,
    resources: Resources,
    fetcher: Fetcher,
    asked: connectors.Sources,
    proposing: Plugins,
    index: ArchiveIndex,
    policy: SitePolicy,
) -> Checker:
    budget = Budget(settings.fetch_pages, settings.fetch_seconds, timedelta(hours=settings.fresh_hours))
    return Checker(
        index=index,
        gatherer=Gatherer(fetcher, resources.clock.now, budget),
        policy=policy,
        outbox=resources.outbox,
        off_loop=resources.off_loop,
        sources=asked,
        plugins=proposing,
        claim_seconds=settings.claim_seconds,
        seconds=resources.clock.monotonic,
        agreement=shipped_agreement() if settings.read_agreement else None,
    )


SPEC = ServiceSpec("verification", Settings, build, Path(__file__).parent / "migrations", TELLS_AGAIN)
