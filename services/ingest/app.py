"""Ingest, put together."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from pydantic_settings import SettingsConfigDict

from services.ingest.api import Api
from services.ingest.contract import CMS_ARTICLES, CMS_COMMENTS, SAYS
from services.ingest.drafting import Drafting
from services.ingest.ending import Ending
from services.ingest.handlers import on_cms_event, read_record
from services.ingest.intake import Intake
from services.ingest.sources import KafkaSources, Sealer
from services.ingest.telling_again import TELLS_AGAIN
from shared.hears import HearsForeign
from shared.service import Resources, Service, ServiceSpec
from shared.settings import FromEnvironment


class Settings(FromEnvironment):
    """Ingest has nothing of its own to set: who may deliver stands in its database (`plumbline source ...`)."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_INGEST_", frozen=True, extra="ignore")


def build(settings: Settings, resources: Resources) -> Service:
    intake = Intake(
        resources.outbox,
        resources.vault,
        resources.master,
        ids=resources.ids,
        clock=resources.clock,
        off_loop=resources.off_loop,
    )
    drafting = Drafting(resources.outbox, resources.master, ids=resources.ids, off_loop=resources.off_loop)
    ending = Ending(resources.outbox, resources.clock, resources.telemetry.log)
    sealer = Sealer(resources.master)
    handler = partial(on_cms_event, intake=intake, sources=KafkaSources(sealer, resources.clock))
    return Service(
        name="ingest",
        hears=tuple(HearsForeign(topic, handler, read_record) for topic in (CMS_ARTICLES, CMS_COMMENTS)),
        says=SAYS,
        loops=(("drafts", ending.run),),
        routes=Api(intake, drafting, resources.outbox, sealer, resources.clock).routes(),
    )


SPEC = ServiceSpec("ingest", Settings, build, Path(__file__).parent / "migrations", TELLS_AGAIN)
