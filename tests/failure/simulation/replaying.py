"""An operator's work after the storm: every dead letter that a bug made is sent back, once the bug is gone."""

from __future__ import annotations

from shared.dead_letter import DeadLetters
from shared.vault import Vault
from tests.failure.simulation.broker import Broker
from tests.failure.simulation.disturbance import Bug
from tests.failure.simulation.instance import MASTER, Surroundings
from tests.failure.simulation.loop import Process
from tests.failure.simulation.newsroom import ROLES
from tests.failure.simulation.postgres import Server, SimulatedDatabase
from tests.failure.simulation.quiet import QuietTelemetry, SimulatedClock
from tests.failure.simulation.wire import Wire


async def replay_what_died(server: Server, broker: Broker, around: Surroundings) -> None:
    """`plumbline dlt replay` for each of them, in an order of the seed's choosing."""
    clock = SimulatedClock(around.loop)
    for role in ROLES:
        letters = [
            row["dead_letter_id"]
            for row in server.store(role.name).table("dead_letter").values()
            if row["state"] == "open" and row["error"] == Bug.__name__
        ]
        around.random.shuffle(letters)
        db = SimulatedDatabase(server, role.name, Wire(around.loop, around.random, Process("operator")))
        telemetry = QuietTelemetry("operator", around.note)
        outbox = around.outbox(
            db,
            service=role.name,
            tracing=telemetry.tracing,  # type: ignore[arg-type]
            ids=around.ids,
            clock=clock,
        )
        dead = DeadLetters(db, Vault(MASTER), ids=around.ids, clock=clock)
        for letter in letters:
            around.note(f"{role.name}: dead letter {letter.int} is replayed")
            await dead.replay(outbox, letter, person="operator:test")
        await db.close()
