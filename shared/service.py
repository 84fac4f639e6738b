"""What a service is made of: the parts the process gives it, what it is built from, and what it says it needs.

A service is built from resources passed in; nothing is process-global, so six of them run in one event loop exactly as
they run in six processes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic_settings import BaseSettings

from shared.clock import Clock
from shared.consumer import Record
from shared.dead_letter import DeadLetters
from shared.directory import Directory
from shared.hears import Listening
from shared.ids import Ids
from shared.jobs import JobKind
from shared.kafka import Cluster
from shared.outbox import Outbox, Unit
from shared.postgres import Database
from shared.relay import Window
from shared.retention import Retention
from shared.settings import KitSettings
from shared.telemetry.setup import Telemetry
from shared.vault import MasterKey, Vault

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from shared.grpc import Rpc
    from shared.http import RenderError

T = TypeVar("T")

TellAgain = Callable[[Unit, int, str], Awaitable[tuple[int, str]]]
"""(transaction, epoch, where the last page ended) -> (events told, where this page ended; empty after the last one).

The first page begins at an empty text. Rows are locked before their event is told, so that a change made meanwhile is
told after it.
"""


class OffLoop:
    """Runs CPU work in threads, so models never stand on the event loop. Small on purpose: two cores, sorted batches."""

    def __init__(self, threads: int = 1) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="engine")

    async def __call__(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything a service may lean on. `encoder` loads the process's one sentence encoder at first call."""

    settings: KitSettings
    db: Database
    outbox: Outbox
    telemetry: Telemetry
    ids: Ids
    clock: Clock
    master: MasterKey
    vault: Vault
    directory: Directory
    dead_letters: DeadLetters
    off_loop: OffLoop
    encoder: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Service:
    """What a service's `build` returns. `says` names the topics and types it tells, for the event catalogue.

    `checks` answer an empty string when ready, else what is missing; `loops` run for ever and a loop that ends is fatal.
    `render_error` shows a failure as a page to people; on a shared door it serves services that have none.
    """

    name: str
    hears: tuple[Listening, ...] = ()
    says: tuple[tuple[str, str], ...] = ()
    jobs: tuple[JobKind, ...] = ()
    routes: tuple[BaseRoute, ...] = ()
    partner: tuple[Rpc, ...] = ()
    staff: tuple[Rpc, ...] = ()
    loops: tuple[tuple[str, Callable[[], Coroutine[Any, Any, None]]], ...] = ()
    checks: tuple[Callable[[], Awaitable[str]], ...] = ()
    render_error: RenderError | None = None
    before_start: Callable[[], Awaitable[None]] | None = None
    on_stop: Callable[[], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """A service before it is built: `build(settings, resources) -> Service`. `tells_again` is what `republish` runs."""

    name: str
    settings: type[BaseSettings]
    build: Callable[[Any, Resources], Service]
    migrations: Path
    tells_again: tuple[TellAgain, ...] = ()

    @property
    def database(self) -> str:
        return f"plumbline_{self.name}"

    @property
    def group(self) -> str:
        return self.name.replace("_", "-")


@dataclass(slots=True)
class Surroundings:
    """What the process gives every service it runs."""

    settings: KitSettings
    server_dsn: str
    cluster: Cluster
    ids: Ids
    clock: Clock
    master: MasterKey
    telemetry: Callable[[str], Telemetry]
    off_loop: OffLoop
    encoder: Callable[[], Any]
    retention: Retention = field(default_factory=dict)
    window: Window | None = None
    on_settled: Callable[[str, Record], None] | None = None
