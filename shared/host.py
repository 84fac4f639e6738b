"""One process: the parts it needs beside it, the services it runs, and the doors it opens for them.

The same for one service and for all: `Host([ingest])` in production, `Host([all six])` on a laptop. What is not given
(Postgres, Kafka) is started beside the process and stopped with it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from shared.clock import SystemClock
from shared.grpc import GrpcDoor, PartnerAuth, Rpc, StaffAuth
from shared.held_ports import hold
from shared.http import HttpDoor
from shared.ids import TimeOrderedIds
from shared.kafka import Cluster, Topics, read_topics
from shared.local.broker import EmbeddedBroker
from shared.local.choice import Broker, find_broker
from shared.local.postgres import EmbeddedPostgres
from shared.local.read_ahead import ReadAhead
from shared.local.resend import resend_unheard
from shared.retention import read_retention
from shared.runtime import Running
from shared.service import OffLoop, ServiceSpec, Surroundings
from shared.settings import KitSettings
from shared.telemetry.exposition import declared_once
from shared.telemetry.setup import Telemetry
from shared.vault import MasterKey

TOPICS = Path(__file__).resolve().parent.parent / "deploy" / "kafka" / "topics.yaml"
WELL_SECONDS = 3.0
Say = Callable[[str], None]


@dataclass(slots=True)
class Parts:
    """What runs beside the services, and the address of each; None for what was given."""

    server_dsn: str
    cluster: Cluster
    postgres: EmbeddedPostgres | None = None
    broker: Broker | None = None
    said: list[str] = field(default_factory=list)

    @classmethod
    async def start(cls, settings: KitSettings) -> Parts:
        """Postgres and a broker, given or started here; topics are applied where that is ours to do."""
        postgres = None if settings.database_url else EmbeddedPostgres(settings.home / "postgres")
        choice = await find_broker(settings)
        broker = choice.open(settings.home / "kafka")
        await asyncio.gather(broker.start(), *([postgres.start()] if postgres else []))
        cluster = Cluster(broker.bootstrap, embedded=choice.kind == "embedded")
        declared = read_topics(TOPICS)
        if isinstance(broker, EmbeddedBroker):
            await broker.ensure_topics([topic.name for topic in declared])
        elif choice.kind == "kafka":
            await Topics(cluster).apply(declared)
        said = [f"Postgres: {'the one given' if postgres is None else 'embedded Postgres 18'}.", choice.sentence]
        dsn = settings.database_url if postgres is None else postgres.dsn()
        return cls(dsn, cluster, postgres, None if choice.kind == "given" else broker, said)

    async def stop(self) -> None:
        if self.broker is not None:
            with contextlib.suppress(Exception):
                await self.broker.stop()
        if self.postgres is not None:
            with contextlib.suppress(Exception):
                await self.postgres.stop()


class Host:
    """Runs services in this event loop until told to stop or until one of them cannot go on.

    The first one given is stopped last: it is where the others' last spans go.
    """

    def __init__(
        self,
        specs: Sequence[ServiceSpec],
        settings: KitSettings,
        *,
        say: Say = lambda line: None,
        log_to: Any = None,
    ) -> None:
        self.settings, self._specs, self._say = settings, specs, say
        self._log_to = log_to
        self.running: dict[str, Running] = {}
        self._doors: list[Any] = []
        self._encoder: Any = None
        self._off_loop = OffLoop()
        self._well_until = 0.0
        self.parts: Parts | None = None

    async def start(self) -> None:
        """Parts, databases, services, doors; returns once every door is open. Stops what it started when it fails."""
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        settings = self.settings
        with hold([(settings.host, settings.partner_port), (settings.staff_host, settings.staff_port)]):
            services = await self._prepared(settings)
        await self._open_doors(services)

    async def _prepared(self, settings: KitSettings) -> list[Running]:
        """The services, running, without doors."""
        self.parts = await Parts.start(settings)
        for line in self.parts.said:
            self._say(line)
        around = self._surroundings(self.parts)
        services = [Running(spec, around) for spec in self._specs]
        self.running = {service.spec.name: service for service in services}
        for ended in await asyncio.gather(*(service.prepare() for service in services), return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended  # only now, so that none still opens things while the others are being stopped
        if self.parts.cluster.embedded:
            self._bound_read_ahead(around, services)
            await resend_unheard(services)
        for service in services:
            await service.start()
        return services

    def _surroundings(self, parts: Parts) -> Surroundings:
        settings = self.settings
        endpoint = settings.otlp_endpoint or f"http://127.0.0.1:{settings.otlp_port}"
        return Surroundings(
            settings=settings,
            server_dsn=parts.server_dsn,
            cluster=parts.cluster,
            ids=TimeOrderedIds(),
            clock=SystemClock(),
            master=MasterKey.open(settings.home, settings.master_key.get_secret_value()),
            telemetry=lambda name: (
                Telemetry.of(name, endpoint=endpoint, level=settings.log_level, out=self._log_to)
                if settings.telemetry
                else Telemetry.off(name, out=self._log_to)
            ),
            off_loop=self._off_loop,
            encoder=self._one_encoder,
            retention=read_retention(),
        )

    def _one_encoder(self) -> Any:
        """The process's sentence encoder, loaded at first use, in the engine's thread."""
        if self._encoder is None:
            from shared.retrieval.encoder import Encoder, EncoderCache

            self._encoder = EncoderCache(Encoder(self.settings.home / "models" / "encoder"))
        return self._encoder

    def _bound_read_ahead(self, around: Surroundings, services: Sequence[Running]) -> None:
        groups: dict[str, set[str]] = {}
        for service in services:
            for hears in service.hears:
                groups.setdefault(hears.topic, set()).add(service.spec.group)
        window = ReadAhead(groups)
        around.window, around.on_settled = window, window.settled

    async def _open_doors(self, services: Sequence[Running]) -> None:
        settings = self.settings
        first = services[-1]
        telemetry = {service.spec.name: service.resources.telemetry for service in services}
        pages = [s for s in services if s.service.routes]
        if pages:
            as_page = next((s.service.render_error for s in pages if s.service.render_error), None)
            doors = [
                HttpDoor(
                    service.service.routes,
                    host=settings.host,
                    port=settings.http_port,
                    telemetry=telemetry[service.spec.name],
                    name=service.spec.name,
                    render_error=service.service.render_error or as_page,
                )
                for service in pages
            ]
            main = HttpDoor(
                (),
                host=settings.host,
                port=settings.http_port,
                telemetry=telemetry[pages[-1].spec.name],
                render_error=as_page,
                beside=doors,
                trusted_proxies=[p.strip() for p in settings.trusted_proxies.split(",") if p.strip()],
            )
            self._doors.append(main)
        partner = [_with(rpc, s) for s in services for rpc in s.service.partner]
        if partner:
            auth = PartnerAuth(first.resources.directory, first.resources.clock)
            self._doors.append(self._grpc(partner, settings.host, settings.partner_port, first, auth, "partner"))
        staff = [_with(rpc, s) for s in services for rpc in s.service.staff]
        if staff:
            audience = frozenset(s.spec.group for s in services)
            staff_auth = StaffAuth(first.resources.directory, audience=audience, clock=first.resources.clock)
            self._doors.append(self._grpc(staff, settings.staff_host, settings.staff_port, first, staff_auth, "staff"))
        ops = HttpDoor(
            self._ops_routes(), host=settings.ops_host, port=settings.ops_port, telemetry=first.resources.telemetry
        )
        self._doors.append(ops)
        for door in self._doors:
            await door.start()

    def _grpc(self, rpcs: list[Rpc], host: str, port: int, first: Running, auth: Any, name: str) -> GrpcDoor:
        return GrpcDoor(
            rpcs,
            host=host,
            port=port,
            telemetry=first.resources.telemetry,
            authenticate=auth,
            name=name,
            ready=self.ready,
        )

    async def problems(self) -> dict[str, list[str]]:
        """Why services are not ready, by service; empty lists when they are."""
        answers = await asyncio.gather(*(service.problems() for service in self.running.values()))
        return dict(zip(self.running, answers, strict=True))

    async def ready(self) -> bool:
        """Whether every service is ready. Doors ask each second: what was found well is not looked at again so soon."""
        now = asyncio.get_running_loop().time()
        if now >= self._well_until and not any((await self.problems()).values()):
            self._well_until = now + WELL_SECONDS
        return now < self._well_until

    async def until_ready(self, *, seconds: float = 60.0) -> None:
        """Raises TimeoutError, naming what is missing, when the services do not get ready in time."""
        deadline = asyncio.get_running_loop().time() + seconds
        while any((problems := await self.problems()).values()):
            if fatal := self.fatal():
                raise RuntimeError(fatal)
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError("; ".join(f"{n}: {', '.join(p)}" for n, p in problems.items() if p))
            await asyncio.sleep(0.1)

    def fatal(self) -> str:
        """Why the process cannot go on; empty while it can."""
        return next((r.fatal.result() for r in self.running.values() if r.fatal.done()), "")

    async def wait(self, stop: asyncio.Event) -> str:
        """Until `stop` is set or a service cannot go on; returns why it cannot, or an empty string."""
        waits = [asyncio.create_task(stop.wait())]
        futures: list[Any] = [*waits, *(r.fatal for r in self.running.values())]
        try:
            await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        return self.fatal()

    async def stop(self) -> None:
        """Doors first, then services together, then the parts."""
        grace = self.settings.stop_within_seconds * 0.2
        await asyncio.gather(*(door.stop(grace) for door in self._doors), return_exceptions=True)
        first, *others = self.running.values() or [None]
        await asyncio.gather(*(service.stop() for service in others if service), return_exceptions=True)
        if first is not None:
            with contextlib.suppress(Exception):
                await first.stop()
        self._off_loop.close()
        if self.parts is not None:
            await self.parts.stop()

    def _ops_routes(self) -> list[Route]:
        async def alive(_: Request) -> Response:
            return PlainTextResponse("ok")

        async def ready(_: Request) -> Response:
            problems = await self.problems()
            return JSONResponse(problems, status_code=503 if any(problems.values()) else 200)

        async def metrics(_: Request) -> Response:
            await self.problems()  # whether a service is ready is found out when it is asked
            rendered = [service.resources.telemetry.metrics.render() for service in self.running.values()]
            return Response(b"".join(declared_once(rendered)), media_type="text/plain; version=0.0.4; charset=utf-8")

        return [Route("/healthz", alive), Route("/readyz", ready), Route("/metrics", metrics)]


def _with(rpc: Rpc, service: Running) -> Rpc:
    return Rpc(rpc.service, rpc.register, rpc.scopes, service.resources.telemetry)
