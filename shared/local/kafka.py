"""A real Apache Kafka (KRaft, one node, loopback only) over one folder, for a laptop and for tests."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from shared.local.folder import FolderLock
from shared.local.kafka_files import KafkaInstallation
from shared.local.process import (
    OwnerGuard,
    ServerFailed,
    alive,
    free_port,
    port_is_free,
    run,
    send_signal,
    tail,
    until,
    until_async,
)

START_SECONDS = 180.0
STOP_SECONDS = 60.0
START_TRIES = 3
JAVA_OPTIONS = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
JAVA_PROPERTIES = ("-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn")


class RealKafka:
    """Apache Kafka over `data_dir`, reached on loopback.

    Topics, records and committed offsets survive `stop`, `kill` and the death of the owning process; the next
    `start` continues with them, on the same port whenever it is still free. One process owns a folder at a time.
    Topics are never created by use: they are created by whoever owns them.
    """

    kind = "kafka"

    def __init__(self, data_dir: Path | str, installation: KafkaInstallation) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.log = self.data_dir / "kafka.log"
        self._installation = installation
        self._lock = FolderLock(self.data_dir)
        self._process: asyncio.subprocess.Process | None = None
        self._guard: OwnerGuard | None = None
        self._ports: tuple[int, int] | None = None

    async def __aenter__(self) -> RealKafka:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def bootstrap(self) -> str:
        """Its address, `127.0.0.1:<port>`; empty before the first start."""
        return f"127.0.0.1:{self._ports[0]}" if self._ports else ""

    @property
    def pid(self) -> int | None:
        """Process id of the running broker, or None."""
        pid = self._process.pid if self._process is not None else _read_number(self._pid_file)
        return pid if pid and alive(pid) and self._is_ours(pid) else None

    async def start(self) -> None:
        """Start, formatting the folder at first use, and return when requests are answered.

        A broker left behind by an owner that died is ended first. Raises FolderInUse or ServerFailed.
        """
        self._lock.take()
        try:
            await self._end(signal.SIGTERM)
            await self._launch()
        except BaseException:
            await self._end(signal.SIGKILL)
            self._lock.release()
            raise

    async def stop(self) -> None:
        """Stop in order: logs closed, offsets on disk. Harmless when not running."""
        self.resume()
        await self._end(signal.SIGTERM)
        self._lock.release()

    async def kill(self) -> None:
        """End it as `kill -9` does, and wait until it is gone. `start` recovers."""
        await self._end(signal.SIGKILL)
        self._lock.release()

    async def restart(self) -> None:
        """Stop and start again on the same port."""
        await self.stop()
        await self.start()

    def pause(self) -> None:
        """Freeze it (SIGSTOP): connections stay open and nothing answers."""
        if (pid := self.pid) is not None:
            send_signal(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen broker go on. Harmless when it is not frozen."""
        if (pid := self.pid) is not None:
            send_signal(pid, signal.SIGCONT)

    # -- how

    @property
    def _pid_file(self) -> Path:
        return self.data_dir / "kafka.pid"

    @property
    def _properties(self) -> Path:
        return self.data_dir / "server.properties"

    async def _launch(self) -> None:
        recorded = self._ports or _read_ports(self.data_dir / "ports")
        for _ in range(START_TRIES):
            # Another process may take a free port between the look and the start: try again with new ones.
            kept = recorded if recorded and all(port_is_free(port) for port in recorded) else None
            self._ports = kept or (free_port(), free_port())
            recorded = None
            self._configure(*self._ports)
            await self._format()
            if await self._start_once():
                return
            await self._end(signal.SIGKILL)
        raise ServerFailed(f"Kafka did not start\n{tail(self.log)}")

    def _configure(self, port: int, controller_port: int) -> None:
        self._properties.write_text(_properties(port, controller_port, self.data_dir / "logs"), encoding="utf-8")
        (self.data_dir / "ports").write_text(f"{port} {controller_port}\n", encoding="ascii")

    async def _format(self) -> None:
        if (self.data_dir / "logs" / "meta.properties").exists():
            return
        # An id that begins with a dash would be read as an option: the first byte never encodes to one.
        cluster_id = base64.urlsafe_b64encode(b"\x00" + uuid.uuid4().bytes[1:]).decode("ascii").rstrip("=")
        command = self._java("kafka.tools.StorageTool", "format", "-t", cluster_id, "-c", str(self._properties))
        status, output = await run(command, seconds=START_SECONDS, env=self._environment())
        if status != 0:
            raise ServerFailed(f"Kafka could not format {self.data_dir}: {output}")

    async def _start_once(self) -> bool:
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._java("kafka.Kafka", str(self._properties)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.data_dir,
                env=self._environment(),
                start_new_session=True,
            )
        self._pid_file.write_text(f"{self._process.pid}\n", encoding="ascii")
        self._guard = await OwnerGuard.over(self._process.pid, signal.SIGTERM)
        return await until_async(self._ended_or_ready, START_SECONDS, every=0.05) and self.pid is not None

    async def _ended_or_ready(self) -> bool:
        if self._process is None or self._process.returncode is not None:
            return True
        return not port_is_free(self._port) and await answers(self.bootstrap)

    @property
    def _port(self) -> int:
        return self._ports[0] if self._ports else 0

    async def _end(self, how: signal.Signals) -> None:
        pid = self.pid
        if pid is not None:
            send_signal(pid, how)
            if not await until(lambda: not alive(pid), STOP_SECONDS):
                send_signal(pid, signal.SIGKILL)
                if not await until(lambda: not alive(pid), STOP_SECONDS):
                    raise ServerFailed(f"Kafka process {pid} survived SIGKILL")
        if self._process is not None:
            await self._process.wait()
            self._process = None
        self._pid_file.unlink(missing_ok=True)
        if self._guard is not None:
            await self._guard.dismiss()
            self._guard = None

    def _is_ours(self, pid: int) -> bool:
        """A pid read from a file may have been given to another process since: ask for its command line where we can."""
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return self._process is not None
        return str(self._properties).encode() in words

    def _java(self, main_class: str, *arguments: str) -> Sequence[str]:
        return (str(self._installation.java), *JAVA_OPTIONS, *JAVA_PROPERTIES, main_class, *arguments)

    def _environment(self) -> dict[str, str]:
        # The class path travels in the environment because a shell-like expansion of `*` would break the argument.
        return {**os.environ, "CLASSPATH": f"{self._installation.libraries}/*"}


async def answers(bootstrap: str) -> bool:
    """Whether a Kafka broker at this address answers a metadata request with at least itself."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=2000)
    try:
        await client.bootstrap()
        return bool(client.cluster.brokers())
    except (KafkaError, OSError):
        return False
    finally:
        await client.close()


def _properties(port: int, controller_port: int, logs: Path) -> str:
    single = {
        f"{prefix}.{name}": "1"
        for prefix in ("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")
        for name in ("replication.factor", "min.isr")
        if (prefix, name) != ("offsets.topic", "min.isr")
    }
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "log.dirs": str(logs),
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
        # A broker that was killed may not register again until its old session is over: 9 s by default.
        "broker.session.timeout.ms": "3000",
        "broker.heartbeat.interval.ms": "750",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.num.partitions": "1",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
        "group.min.session.timeout.ms": "1000",
        **single,
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _read_ports(file: Path) -> tuple[int, int] | None:
    try:
        first, second = file.read_text(encoding="ascii").split()
        return int(first), int(second)
    except (OSError, ValueError):
        return None


def _read_number(file: Path) -> int:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0
