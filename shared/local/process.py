"""Server processes of our own: whether one lives, waiting until it is gone, and ending it when its owner dies."""

from __future__ import annotations

import asyncio
import fcntl
import functools
import os
import random
import signal
import socket
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

GUARD_SCRIPT = 'read -r _; kill -s "$1" "$2" 2>/dev/null'
LOG_TAIL_BYTES = 2000
_PORTS = range(15_000, 32_768)
"""Linux gives connections 32768 and up, others 49152 and up (RFC 6335)."""
_promised: set[int] = set()


class ServerFailed(RuntimeError):
    """A local server could not be started, stopped or reached; the message carries the end of its own log."""


def alive(pid: int) -> bool:
    """Whether a process of this id exists and is not a zombie."""
    if not exists(pid):
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return exists(pid)
    return state != "Z"


def exists(pid: int) -> bool:
    """Whether the process table has this id at all: a zombie waiting for its parent counts."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def working_in(folder: Path) -> list[int]:
    """Ids of living processes whose working directory is `folder`. Empty where the system has no /proc."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if entry.readlink() == folder:
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def send_signal(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is already gone is not an error."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


async def until(holds: Callable[[], bool], seconds: float, every: float = 0.02) -> bool:
    """Poll a condition; True as soon as it holds, False when it still does not after `seconds`."""
    return await until_async(_as_async(holds), seconds, every)


async def until_async(holds: Callable[[], Awaitable[bool]], seconds: float, every: float = 0.02) -> bool:
    """Like `until`, for a condition that itself waits."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not await holds():
        if loop.time() >= deadline:
            return False
        await asyncio.sleep(every)
    return True


def _as_async(holds: Callable[[], bool]) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return holds()

    return check


def free_port() -> int:
    """A loopback TCP port that nobody listens on, promised to no other process of this user while this one lives.

    It lies below the ports the system gives to connections, which could take it before its server listens, or while
    the server is down. Raises ServerFailed when none is left.
    """
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        if _promise(port):
            if port_is_free(port):
                return port
            _promised.discard(port)
            fcntl.lockf(_promises(), fcntl.LOCK_UN, 1, port)
    raise ServerFailed(f"no port from {_PORTS.start} to {_PORTS.stop - 1} is free")


def _promise(port: int) -> bool:
    """Keep a port from every other caller: a lock on one byte of a file, which ends with the process that holds it."""
    if port in _promised:
        return False
    try:
        fcntl.lockf(_promises(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    _promised.add(port)
    return True


@functools.cache
def _promises() -> int:
    """The file of promised ports, open once: closing any handle of it would end every promise of this process."""
    path = Path(tempfile.gettempdir()) / f"plumbline-ports-{os.getuid()}"
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def port_is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now (a socket in TIME_WAIT does not count as taken)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def tail(log: Path) -> str:
    """The end of a server's log, for an error message; empty when there is none."""
    try:
        with log.open("rb") as handle:
            handle.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
            return handle.read().decode("utf-8", "replace").strip()
    except OSError:
        return ""


class OwnerGuard:
    """Ends a server when the process that started it dies by any cause, kill -9 included.

    A one-line shell waits on a pipe whose other end only the owner holds; the pipe closes when the owner is gone,
    however it went. It is a process of its own session, so that Ctrl-C in a terminal reaches the owner alone and
    the owner can still drain its work into the server.
    """

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def over(cls, pid: int, ending: signal.Signals) -> OwnerGuard:
        """Watch this process's life on behalf of server `pid`; send it `ending` when this process is gone."""
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            GUARD_SCRIPT,
            "sh",
            ending.name.removeprefix("SIG"),
            str(pid),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        return cls(process)

    async def dismiss(self) -> None:
        """Stop watching. Called once the server is gone, so that a recycled pid can never be hit."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


async def run(
    command: Sequence[str], *, seconds: float, cwd: Path | None = None, env: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run a short command to its end: exit status and everything it printed. Raises ServerFailed when it takes longer."""
    # A file and not a pipe: a server the command leaves behind may hold the pipe, and its end would never come.
    with tempfile.TemporaryFile() as printed:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.DEVNULL, stdout=printed, stderr=printed, cwd=cwd, env=env
        )
        try:
            await asyncio.wait_for(process.wait(), seconds)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise ServerFailed(f"{Path(command[0]).name} took longer than {seconds:.0f} s") from None
        except asyncio.CancelledError:
            process.kill()
            raise
        printed.seek(0)
        return process.returncode or 0, printed.read().decode("utf-8", "replace").strip()
