"""One instance of a service in the simulation: the kit's real relay, delivery, outbox and dead letters in one process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from shared.consumer import BackOff, Delivery
from shared.dead_letter import DeadLetterLimit, DeadLetters
from shared.gathering import Gathering
from shared.outbox import Outbox
from shared.relay import Relay
from shared.vault import MasterKey, Vault
from tests.failure.simulation.broker import Broker, Producer
from tests.failure.simulation.loop import Process, SimulatedLoop
from tests.failure.simulation.member import Member
from tests.failure.simulation.newsroom import Disturb, Role
from tests.failure.simulation.postgres import Server, SimulatedDatabase
from tests.failure.simulation.quiet import Note, Numbered, QuietTelemetry, SimulatedClock
from tests.failure.simulation.wire import Wire

MASTER = MasterKey(b"a key that opens only test seals")


@dataclass(slots=True)
class Surroundings:
    """What all instances of a run share. The classes may be replaced by broken ones, to show that it is noticed."""

    loop: SimulatedLoop
    random: Random
    server: Server
    broker: Broker
    note: Note
    disturb: Disturb
    ids: Numbered = field(default_factory=Numbered)
    relay: type[Relay] = Relay
    delivery: type[Delivery] = Delivery
    gathering: type[Gathering] = Gathering
    outbox: type[Outbox] = Outbox
    eager: bool = False


class Instance:
    """Starts, dies, freezes, stops and starts again; `graves` are its processes of before."""

    def __init__(self, around: Surroundings, role: Role, number: int) -> None:
        self.around, self.role, self.name = around, role, f"{role.name}-{number}"
        self.clock = SimulatedClock(around.loop)
        self.graves: list[Process] = []
        self.process = Process(self.name, dead=True)
        self.to_database = self.to_broker = Wire(around.loop, around.random, self.process)
        self.outbox: Outbox | None = None
        self._ending: Callable[[], None] = lambda: None

    @property
    def up(self) -> bool:
        return not self.process.dead

    def start(self) -> None:
        """A new process; nothing when one lives."""
        if self.up:
            return
        around = self.around
        around.note(f"{self.name} starts")
        self.process = Process(self.name)
        self.to_database = Wire(around.loop, around.random, self.process)
        self.to_broker = Wire(around.loop, around.random, self.process)
        around.loop.start(self.process, self._run(), name=self.name)

    def kill(self) -> None:
        """SIGKILL: no more code runs; the server notices the closed sockets a moment later."""
        if not self.up:
            return
        self.around.note(f"{self.name} is killed")
        self._gone()

    def freeze(self, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after so long."""
        if not self.up or self.process.frozen:
            return
        process = self.process
        process.frozen = True
        self.around.note(f"{self.name} stands still for {seconds:.1f} s")

        def go_on() -> None:
            if not process.dead:
                self.around.note(f"{self.name} goes on")
                self.around.loop.thaw(process)

        self.around.loop.as_world(seconds, go_on)

    def stop(self) -> None:
        """SIGTERM: finish what is in hand, drain, end."""
        if self.up:
            self.around.note(f"{self.name} is asked to stop")
            self._ending()

    def _gone(self) -> None:
        self.process.dead = True
        self.graves.append(self.process)
        self.outbox = None
        process = self.process
        closed = self.around.random.uniform(0.0, 0.05)
        self.around.loop.as_world(closed, self.around.server.kill_sessions, lambda session: session.process is process)

    async def _run(self) -> None:
        around, telemetry = self.around, QuietTelemetry(self.name, self.around.note)
        kit: Any = telemetry
        db = SimulatedDatabase(around.server, self.role.name, self.to_database)
        outbox = around.outbox(
            db, service=self.role.name, tracing=kit.tracing, ids=around.ids, clock=self.clock, epoch=1
        )
        relay = around.relay(
            outbox,
            lambda: Producer.open(around.broker, self.to_broker),
            kit,
            batch=10,
            poll_seconds=0.7,
            back_off_seconds=0.3,
            hold_seconds=3.0,
        )
        tasks = [asyncio.create_task(relay.run(), name=f"{self.name}.relay")]
        delivery, member = self._consumer(outbox, kit)
        if member is not None:
            tasks.append(asyncio.create_task(member.run(), name=f"{self.name}.consumer"))
        self.outbox = outbox
        await self._until_ended(tasks, relay, delivery, member)

    def _consumer(self, outbox: Outbox, kit: Any) -> tuple[Delivery, Member | None]:
        around, hears = self.around, self.role.hears(self.around.disturb)
        delivery = around.delivery(
            hears,
            outbox,
            DeadLetters(outbox.db, Vault(MASTER), ids=around.ids, clock=self.clock),
            kit,
            group=self.role.name,
            ids=around.ids,
            clock=self.clock,
            limit=DeadLetterLimit(in_a_row=100, share=1.0),
            back_off=BackOff(base=0.1, cap=2.0),
        )
        if not hears:
            return delivery, None
        return delivery, Member(
            around.broker,
            self.to_broker,
            around.random,
            group=self.role.name,
            instance=self.name,
            topics=sorted({each.topic for each in hears}),
            settle=around.gathering(delivery, outbox, most=4, gather_seconds=1.0).settle,
            eager=around.eager,
        )

    async def _until_ended(
        self, tasks: list[asyncio.Task[None]], relay: Relay, delivery: Delivery, member: Member | None
    ) -> None:
        asked = asyncio.Event()
        self._ending = asked.set
        waiting = asyncio.create_task(asked.wait())
        await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        if not asked.is_set():
            failed = [task for task in tasks if task.done()]
            self.around.note(f"{self.name}: {failed[0].get_name()} ended: {failed[0].exception()!r}")
            self._gone()
            return
        delivery.stop()
        if member is not None:
            member.stop()
            await asyncio.wait(tasks[1:], timeout=10.0)
        await relay.stop()
        await asyncio.wait(tasks[:1], timeout=5.0)
        self.around.note(f"{self.name} stopped")
        self._gone()
