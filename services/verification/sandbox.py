"""The process pages are parsed in, seen from outside: started at first use, replaced when a page kills it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import sys
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

READER = Path(__file__).with_name("page_reader.py")
WALL_SECONDS = 8.0  # above the CPU limit of a page, because the machine may be busy with other things
STARTING_SECONDS = 30.0


class FetchProblem(StrEnum):
    """Why there is no page. None of these says anything about a claim."""

    BAD_ADDRESS = "bad_address"
    FORBIDDEN_ADDRESS = "forbidden_address"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    GONE = "gone"
    UNSUPPORTED = "unsupported"
    HOSTILE = "hostile"
    TOO_EXPENSIVE = "too_expensive"
    UNREADABLE = "unreadable"


LASTING = frozenset(
    {FetchProblem.BAD_ADDRESS, FetchProblem.FORBIDDEN_ADDRESS, FetchProblem.GONE, FetchProblem.UNSUPPORTED}
)
"""Problems that asking again will not mend."""


class FetchFailed(Exception):
    """A page could not be had; `problem` says why, the text is fit to be shown to staff. `retry_after` are the seconds a
    server asked to be left alone."""

    def __init__(self, problem: FetchProblem, detail: str, retry_after: float | None = None) -> None:
        super().__init__(f"{problem.value}: {detail}")
        self.problem = problem
        self.detail = detail
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class PageText:
    """What was read from a page, or the entries of a feed. `published_at_source` is markup, page, or empty when the page
    does not say. In the text of a PDF every page ends with a form feed; no other text holds one."""

    text: str
    title: str = ""
    publisher: str = ""
    published_at: datetime | None = None
    published_at_source: str = ""
    markup: tuple[dict[str, Any], ...] = field(default=())
    author: str = ""
    entries: tuple[dict[str, str], ...] = field(default=())


class Sandbox:
    """One reader process; pages wait for each other. A page that is hostile, too costly or too slow costs a restart."""

    def __init__(self, *, wall_seconds: float = WALL_SECONDS) -> None:
        self._wall = wall_seconds
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._proven = False  # this process has answered: its start-up is over

    async def start(self) -> None:
        """Start the process ahead of the first page, without waiting for it."""
        async with self._lock:
            if self._process is None:
                await self._start()

    async def read(
        self,
        body: bytes,
        *,
        url: str,
        content_type: str,
        charset: str,
        markup: bool = False,
        within: str = "page",
    ) -> PageText:
        """The words of a page, or `within` "feed" its entries. Raises FetchFailed (hostile, too_expensive, unreadable)."""
        request = {"url": url, "content_type": content_type, "charset": charset, "markup": markup, "within": within}
        async with self._lock:
            answer = await self._ask(json.dumps(request).encode(), body)
        if "problem" in answer:
            raise FetchFailed(FetchProblem(answer["problem"]), answer["detail"])
        at = answer["published_at"]
        return PageText(
            text=answer["text"],
            title=answer["title"],
            publisher=answer["publisher"],
            published_at=datetime.fromisoformat(at) if at else None,
            published_at_source=answer.get("published_at_source", ""),
            markup=tuple(answer["markup"]),
            author=answer.get("author", ""),
            entries=tuple(answer.get("entries", ())),
        )

    async def _ask(self, request: bytes, body: bytes) -> dict[str, Any]:
        if self._process is None or self._process.returncode is not None:
            await self._start()
        process, fresh = self._process, not self._proven
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            async with asyncio.timeout(self._wall + (STARTING_SECONDS if fresh else 0.0)):
                process.stdin.write(struct.pack(">II", len(request), len(body)) + request + body)
                await process.stdin.drain()
                (size,) = struct.unpack(">I", await process.stdout.readexactly(4))
                answer: dict[str, Any] = json.loads(await process.stdout.readexactly(size))
                self._proven = True
                return answer
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            await self.close()
            raise FetchFailed(FetchProblem.TOO_EXPENSIVE, "the page exhausted its reader") from error
        except TimeoutError as error:
            await self.close()
            raise FetchFailed(FetchProblem.TOO_EXPENSIVE, "the page took too long to read") from error
        except BaseException:  # a cancelled caller leaves half a message behind: this process cannot be used again
            await self.close()
            raise

    async def _start(self) -> None:
        self._proven = False
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(READER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={"LANG": "C.UTF-8"},
            limit=16_000_000,
        )

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
