"""Processes of a bench that answer questions: one JSON object a line, in and out."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

START_SECONDS = 600.0
ANSWER_SECONDS = 600.0
MOST_BYTES = 64 * 1024 * 1024
Answer = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class ChildFailed(RuntimeError):
    """A child process of the bench ended or did not answer."""


class Child:
    """A started child. `ready` is what it said first."""

    def __init__(self, process: asyncio.subprocess.Process, ready: dict[str, Any]) -> None:
        self._process, self.ready = process, ready

    @property
    def pid(self) -> int:
        return self._process.pid

    @classmethod
    async def start(cls, module: str, *arguments: str, log: Path, env: dict[str, str] | None = None) -> Child:
        """Run `python -m module arguments` and wait for its first line. What it logs goes to `log`."""
        with log.open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                module,
                *arguments,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=out,
                env={**os.environ, **(env or {})},
                limit=MOST_BYTES,
            )
        child = cls(process, {})
        try:
            child.ready = await child._read(START_SECONDS)
        except ChildFailed as failed:
            raise ChildFailed(f"{module}: {failed}\n{log.read_text(errors='replace')[-2000:]}") from failed
        return child

    async def ask(self, what: str, **details: Any) -> dict[str, Any]:
        """The answer to one question. Raises ChildFailed."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"what": what, **details}).encode() + b"\n")
            await self._process.stdin.drain()
        except OSError as error:
            raise ChildFailed("it is gone") from error
        return await self._read(ANSWER_SECONDS)

    async def stop(self) -> None:
        """End of its input is the end of its work; one that does not end is killed."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 30.0)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _read(self, seconds: float) -> dict[str, Any]:
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), seconds)
        except TimeoutError as error:
            self._process.kill()
            raise ChildFailed(f"no answer within {seconds:.0f} s") from error
        if not line:
            raise ChildFailed("it ended")
        said: dict[str, Any] = json.loads(line)
        return said


async def serve(ready: dict[str, Any], answer: Answer) -> None:
    """In the child: say `ready`, then answer until the parent closes the input."""
    say(ready)
    reader = asyncio.StreamReader(limit=MOST_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        question = json.loads(line)
        say(await answer(question))


def say(what: dict[str, Any]) -> None:
    """One line to the parent, if it still listens."""
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(what) + "\n")
        sys.stdout.flush()
