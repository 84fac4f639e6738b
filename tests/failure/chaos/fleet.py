"""Two instances of every service, each a process of its own, as an operator would run them: `python -m services run ...`."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from shared.local.process import OwnerGuard, free_port, tail
from shared.testing.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
PORTS = ("http_port", "partner_port", "staff_port", "ops_port", "otlp_port")
LIGHT = {
    # An engine that finds claims and costs little: what is tested is what carries them.
    "PLUMBLINE_CLAIM_EXTRACTION_ENCODER": "false",
    "PLUMBLINE_CLAIM_EXTRACTION_SYNTAX": "false",
    "PLUMBLINE_PUBLISH_AUDIO": "false",
    "PLUMBLINE_TELEMETRY": "false",
}
SHORT = {
    # Time-outs of a few seconds, so that a run of minutes goes past them.
    "PLUMBLINE_SESSION_TIMEOUT_MS": "10000",
    "PLUMBLINE_MAX_POLL_INTERVAL_MS": "10000",
    "PLUMBLINE_WATCH_SECONDS": "1",
}


@dataclass(slots=True)
class Instance:
    """One process. `ended` counts how often it ended without being asked to."""

    service: str
    number: int
    environment: dict[str, str]
    log: Path
    command: tuple[str, ...] = ("-m", "services", "run")
    ports: dict[str, int] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    wanted: bool = False
    ended: int = 0
    _guard: OwnerGuard | None = None

    @property
    def name(self) -> str:
        return f"{self.service}-{self.number}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['http_port']}"

    @property
    def ops(self) -> str:
        return f"http://127.0.0.1:{self.ports['ops_port']}"

    @property
    def up(self) -> bool:
        return self.process is not None and self.process.returncode is None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    async def start(self) -> None:
        """Start the process; harmless when it runs."""
        self.wanted = True
        if self.up:
            return
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *self.command,
                self.service.replace("_", "-"),
                env=self.environment,
                cwd=ROOT,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._guard = await OwnerGuard.over(self.process.pid, signal.SIGKILL)

    async def kill(self) -> None:
        """`kill -9`, and wait until it is gone."""
        await self._end(signal.SIGKILL, PATIENCE)

    async def stop(self, *, seconds: float = PATIENCE) -> tuple[float, int]:
        """SIGTERM; returns how long it took to end and its exit status. Kills it when it does not end."""
        loop = asyncio.get_running_loop()
        asked = loop.time()
        status = await self._end(signal.SIGTERM, seconds)
        return loop.time() - asked, status

    def freeze(self) -> None:
        if self.up:
            os.kill(self.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        if self.up:
            os.kill(self.pid, signal.SIGCONT)

    async def ready(self, session: aiohttp.ClientSession) -> bool:
        """Whether its readiness answers 200."""
        try:
            async with session.get(self.ops + "/readyz", timeout=aiohttp.ClientTimeout(total=30)) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _end(self, how: signal.Signals, seconds: float) -> int:
        self.wanted = False
        if self.process is None:
            return 0
        if self.up:
            os.kill(self.pid, how)
        try:
            status = await asyncio.wait_for(self.process.wait(), seconds)
        except TimeoutError:
            os.kill(self.pid, signal.SIGKILL)
            status = await self.process.wait()
        if self._guard is not None:
            await self._guard.dismiss()
            self._guard = None
        return status


class Fleet:
    """All instances. What ends without being asked to is started again after a second, as any supervisor would."""

    def __init__(
        self,
        home: Path,
        services: Sequence[str],
        *,
        database_url: str,
        kafka: str,
        instances: int = 2,
        light: bool = True,
        command: tuple[str, ...] = ("-m", "services", "run"),
    ) -> None:
        self.home = home
        shared = {
            **os.environ,
            "PLUMBLINE_HOME": str(home),
            "PLUMBLINE_DATABASE_URL": database_url,
            "KAFKA_BOOTSTRAP_SERVERS": kafka,
            "PLUMBLINE_MASTER_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "PLUMBLINE_POOL_SIZE": "4",
            "PLUMBLINE_LOG_LEVEL": "INFO",
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'proto' / 'gen'}",
            "OMP_NUM_THREADS": "1",
            **SHORT,
            **(LIGHT if light else {}),
        }
        self.environment = shared
        self.instances = [
            self._instance(service, number, command) for service in services for number in range(instances)
        ]
        self._keeper: asyncio.Task[None] | None = None

    def _instance(self, service: str, number: int, command: tuple[str, ...]) -> Instance:
        ports = {name: free_port() for name in PORTS}
        own = {f"PLUMBLINE_{name.upper()}": str(port) for name, port in ports.items()}
        environment = {**self.environment, **own, "PLUMBLINE_INSTANCE": str(number)}
        log = self.home / f"{service}-{number}.log"
        return Instance(service, number, environment, log, command, ports)

    def of(self, *services: str) -> list[Instance]:
        return [each for each in self.instances if each.service in services]

    async def start(self, *, seconds: float = 5 * PATIENCE) -> None:
        """Start everything and wait until all of it is ready."""
        # One of each first: it makes the databases, as the first roll-out does.
        for number in sorted({each.number for each in self.instances}):
            await asyncio.gather(*(each.start() for each in self.instances if each.number == number))
            await self.until_ready([each for each in self.instances if each.number == number], seconds=seconds)
        self._keeper = asyncio.create_task(self._keep())

    async def until_ready(self, instances: Iterable[Instance] | None = None, *, seconds: float = 5 * PATIENCE) -> float:
        """Wait until these (all by default) are ready; returns how long it took. Raises with the tail of a log."""
        waiting = list(self.instances if instances is None else instances)
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with aiohttp.ClientSession() as session:
            while waiting:
                answers = await asyncio.gather(*(each.ready(session) for each in waiting))
                waiting = [each for each, ready in zip(waiting, answers, strict=True) if not ready]
                if loop.time() - began > seconds:
                    raise AssertionError(f"{waiting[0].name} is not ready: {tail(waiting[0].log)}")
                await asyncio.sleep(0.2)
        return loop.time() - began

    def logs(self) -> str:
        """The end of every instance's log, for the message of a failure; whoever is down comes first."""
        told = sorted(self.instances, key=lambda each: each.up)
        return "\n".join(f"--- {each.name} ({'up' if each.up else 'down'})\n{tail(each.log)}" for each in told)

    async def stop(self) -> None:
        """End everything, at once."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        for each in self.instances:
            each.thaw()
        await asyncio.gather(*(each.kill() for each in self.instances))

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for each in self.instances:
                if each.wanted and not each.up:
                    each.ended += 1
                    await each.start()


async def run_command(fleet: Fleet, *arguments: str, seconds: float = 2 * PATIENCE) -> tuple[int, str]:
    """Run `plumbline ...` beside the fleet; returns its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services",
        *arguments,
        env={**fleet.environment, "PLUMBLINE_TELEMETRY": "false", "COLUMNS": "200"},
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), seconds)
    return process.returncode or 0, output.decode("utf-8", "replace").strip()
