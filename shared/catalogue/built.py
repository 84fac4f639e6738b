"""Services built to be read, not run: their contracts without a database, a broker or a model."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from shared.clock import SystemClock
from shared.dead_letter import DeadLetters
from shared.directory import Directory
from shared.ids import TimeOrderedIds
from shared.outbox import Outbox
from shared.postgres import Database
from shared.service import OffLoop, Resources, Service, ServiceSpec
from shared.settings import KitSettings
from shared.telemetry.setup import Telemetry
from shared.vault import MasterKey, Vault


def on_paper(spec: ServiceSpec) -> Service:
    """The service as its `build` puts it together. Nothing is connected, started or read from the environment's parts."""
    clock, ids, telemetry = SystemClock(), TimeOrderedIds(), Telemetry.of(spec.group, level="ERROR")
    db = Database(cast(Any, None), "", acquire_timeout=1.0)
    master = MasterKey(bytes(32))
    vault = Vault(master)
    resources = Resources(
        settings=KitSettings(home=Path("nowhere"), telemetry=False),
        db=db,
        outbox=Outbox(db, service=spec.group, tracing=telemetry.tracing, ids=ids, clock=clock),
        telemetry=telemetry,
        ids=ids,
        clock=clock,
        master=master,
        vault=vault,
        directory=Directory(db, clock),
        dead_letters=DeadLetters(db, vault, ids=ids, clock=clock),
        off_loop=OffLoop(),
        encoder=lambda: None,
    )
    return spec.build(spec.settings(), resources)
