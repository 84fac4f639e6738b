"""What is done to a running fleet, one fault at a time; each heals itself and says what it did."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import asyncpg
import psutil

from shared.local.kafka import RealKafka
from shared.local.postgres import EmbeddedPostgres
from tests.failure.chaos.fleet import Fleet, Instance

SESSION_SECONDS = 10.0
_LEADER = """
SELECT client_port FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND classid::bigint << 32 | objid::bigint = hashtext('plumbline.relay')
    AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = $1)
"""
_KILL_BACKENDS = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname LIKE 'plumbline%'"


@dataclass(slots=True)
class Ground:
    """What the fleet runs on."""

    fleet: Fleet
    postgres: EmbeddedPostgres
    kafka: RealKafka
    random: Random


Fault = Callable[[Ground], Awaitable[str]]


async def kill_relay_leader(ground: Ground) -> str:
    """kill -9 of the instance of ingest whose relay leads."""
    leader = await leader_of(ground, "ingest")
    victim = leader or ground.random.choice(ground.fleet.of("ingest"))
    await _kill(victim)
    return f"{victim.name} killed, {'the leader' if leader else 'nobody led'}"


async def kill_one_of_each(ground: Ground) -> str:
    """kill -9 of one instance of every service, one every second and a half."""
    names = sorted({each.service for each in ground.fleet.instances})
    for name in names:
        await _kill(ground.random.choice(ground.fleet.of(name)))
        await asyncio.sleep(1.5)
    return f"killed: {', '.join(names)}"


async def kill_everything(ground: Ground) -> str:
    """kill -9 of all instances within a second."""
    await asyncio.gather(*(_kill(each) for each in ground.fleet.instances))
    return "everything killed"


async def freeze_past_the_session(ground: Ground) -> str:
    """SIGSTOP of two consumers, until their partitions have moved to others."""
    victims = [ground.random.choice(ground.fleet.of(name)) for name in ("claim_extraction", "publish")]
    seconds = SESSION_SECONDS * 1.3
    for each in victims:
        each.freeze()
    await asyncio.sleep(seconds)
    for each in victims:
        each.thaw()
    return f"{', '.join(each.name for each in victims)} frozen for {seconds:.0f} s"


async def freeze_the_leader(ground: Ground) -> str:
    """SIGSTOP of a relay's leader while its session is taken from it: it wakes up believing that it leads."""
    leader = await leader_of(ground, "claim_extraction")
    if leader is None:
        return "nobody led"
    leader.freeze()
    await _on_the_server(ground, _KILL_BACKENDS)
    await asyncio.sleep(SESSION_SECONDS)
    leader.thaw()
    return f"{leader.name} frozen without its lock"


def stop_broker(seconds: float) -> Fault:
    """An orderly stop of Kafka, and a start after so long."""

    async def fault(ground: Ground) -> str:
        await ground.kafka.stop()
        await asyncio.sleep(seconds)
        await ground.kafka.start()
        return f"Kafka stopped for {seconds:.0f} s"

    return fault


async def kill_broker(ground: Ground) -> str:
    """kill -9 of Kafka, and a start that recovers."""
    await ground.kafka.kill()
    await ground.kafka.start()
    return "Kafka killed and started"


async def pause_broker(ground: Ground) -> str:
    """SIGSTOP of Kafka: connections stay, nothing answers."""
    ground.kafka.pause()
    await asyncio.sleep(SESSION_SECONDS)
    ground.kafka.resume()
    return f"Kafka frozen for {SESSION_SECONDS:.0f} s"


async def restart_database(ground: Ground) -> str:
    """Postgres ends at once, without a checkpoint, and recovers; a moment later every backend is killed as well."""
    await ground.postgres.kill()
    await asyncio.sleep(1.0)
    await ground.postgres.start()
    await asyncio.sleep(2.0)
    killed = await _on_the_server(ground, _KILL_BACKENDS)
    return f"Postgres restarted, then {killed} backends killed"


async def lock_out(ground: Ground) -> str:
    """A table that every handler of publish writes is locked for ten seconds."""
    connection = await asyncpg.connect(ground.postgres.dsn("plumbline_publish"))
    async with connection.transaction():
        await connection.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        await asyncio.sleep(10.0)
    await connection.close()
    return "publish's inbox locked for 10 s"


async def clocks_jump(ground: Ground) -> str:
    """The clocks of half of the processes jump by an hour, back and forth (`wrong_clock.py`)."""
    victims = [each for each in ground.fleet.instances if each.number == 0 and each.service != "ingest"]
    for each in victims:
        if each.up:
            os.kill(each.pid, signal.SIGUSR2)
    return f"the clocks of {len(victims)} processes jumped"


def fill_disk(folder: Path, seconds: float) -> Fault:
    """Fill the file system the database lies on, for so long; Postgres may end over it and is then started again."""

    async def fault(ground: Ground) -> str:
        ballast = folder / "ballast"
        # Unbuffered: a buffer that cannot be written any more would raise when the file is closed.
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(b"\x00" * 65536)
        await asyncio.sleep(seconds)
        ballast.unlink()
        ended = ground.postgres.pid is None
        if ended:
            await ground.postgres.kill()
            await ground.postgres.start()
        return f"disk full for {seconds:.0f} s{', Postgres had ended' if ended else ''}"

    return fault


async def leader_of(ground: Ground, service: str) -> Instance | None:
    """The instance whose relay holds the lock, found by its end of the connection."""
    connection = await asyncpg.connect(ground.postgres.dsn())
    try:
        port = await connection.fetchval(_LEADER, f"plumbline_{service}")
    finally:
        await connection.close()
    for each in ground.fleet.of(service):
        if each.up and port in _ports(each.pid):
            return each
    return None


def _ports(pid: int) -> set[int]:
    """Our ends of a process's connections."""
    try:
        return {each.laddr.port for each in psutil.Process(pid).net_connections("tcp") if each.laddr}
    except psutil.Error:
        return set()


async def _kill(victim: Instance) -> None:
    await victim.kill()
    await victim.start()


async def _on_the_server(ground: Ground, statement: str) -> int:
    connection = await asyncpg.connect(ground.postgres.dsn())
    try:
        return int(await connection.fetchval(statement) or 0)
    finally:
        await connection.close()
