"""An event loop without a clock, without sockets and without luck: time jumps to the next timer, a seed decides the order.

What is ready runs in an order drawn from the seed, so callbacks that usually follow each other sometimes do not. Every
callback belongs to the process whose context it was made in; a process can be frozen (SIGSTOP) or dead (SIGKILL), and
then none of its code runs any more: no `finally`, no `except`. The same seed gives the same run.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
from collections.abc import Callable
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from random import Random
from typing import Any


class NothingLeft(Exception):
    """Nothing is ready and no timer is set: everybody waits for somebody, for ever."""


class TooLong(Exception):
    """The run used up its steps; something is spinning."""


@dataclass(slots=True, eq=False)
class Process:
    """Something that can be frozen or die. `held` is what would have run meanwhile."""

    name: str
    frozen: bool = False
    dead: bool = False
    held: list[asyncio.Handle] = field(default_factory=list)

    @property
    def stands_still(self) -> bool:
        return self.frozen or self.dead


PROCESS: ContextVar[Process | None] = ContextVar("simulated_process", default=None)


def context_of(process: Process | None) -> Context:
    """A context whose callbacks belong to `process`; None is the world, which never stops."""
    context = copy_context()
    context.run(PROCESS.set, process)
    return context


class SimulatedLoop(asyncio.BaseEventLoop):
    """Virtual time and seeded order. `disorder` is the share of steps that do not take the next callback in line."""

    def __init__(self, random: Random, *, disorder: float = 0.5, most_steps: int = 100_000) -> None:
        super().__init__()
        self._random, self._disorder, self._left = random, disorder, most_steps
        self._moment = 0.0
        self._timer_cancelled_count = 0
        self._world = context_of(None)
        self.steps = 0

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._moment

    def start(self, process: Process | None, work: Any, name: str = "") -> asyncio.Task[Any]:
        """Run a coroutine as `process`."""
        return self.create_task(work, name=name, context=context_of(process))

    def as_world(self, delay: float, callback: Callable[..., Any], *arguments: Any) -> asyncio.TimerHandle:
        """Call back after `delay`, whatever happens to the process that asks: the network, a server, a fault."""
        if self.is_closed():  # a coroutine of a buried process is collected, and says goodbye to nobody
            return asyncio.TimerHandle(0.0, callback, arguments, self)
        return self.call_later(delay, callback, *arguments, context=self._world)

    def thaw(self, process: Process) -> None:
        """Let a process go on with what it missed (SIGCONT); timers that ran out meanwhile fire now."""
        process.frozen = process.dead = False
        self._ready.extend(process.held)  # type: ignore[attr-defined]
        process.held = []

    def allow(self, steps: int) -> None:
        """So many steps more."""
        self._left = self.steps + steps

    # -- what asyncio calls

    def _run_once(self) -> None:
        ready, timers = self._ready, self._scheduled  # type: ignore[attr-defined]
        self._drop_cancelled(timers)
        if not ready:
            if not timers:
                raise NothingLeft
            self._moment = max(self._moment, timers[0]._when)
        while timers and timers[0]._when <= self._moment:
            timer = heapq.heappop(timers)
            timer._scheduled = False
            ready.append(timer)
        if len(ready) > 1 and self._disorder and self._random.random() < self._disorder:
            ready.rotate(-self._random.randrange(len(ready)))
        handle = ready.popleft()
        if handle._cancelled:
            return
        process = handle._context.get(PROCESS)
        if process is not None and (process.frozen or process.dead):
            process.held.append(handle)
            return
        self.steps += 1
        if self.steps > self._left:
            raise TooLong
        handle._run()

    def _drop_cancelled(self, timers: list[Any]) -> None:
        if self._timer_cancelled_count > 64 and self._timer_cancelled_count > len(timers) // 2:
            for timer in timers:
                timer._scheduled = not timer._cancelled
            timers[:] = [timer for timer in timers if not timer._cancelled]
            heapq.heapify(timers)
            self._timer_cancelled_count = 0
        while timers and timers[0]._cancelled:
            self._timer_cancelled_count -= 1
            heapq.heappop(timers)._scheduled = False

    def _write_to_self(self) -> None:
        """No other thread ever calls."""

    def _process_events(self, event_list: Any) -> None:
        """No sockets."""


def run_to_end(loop: SimulatedLoop, work: Any, *, seconds: float = 1e6) -> Any:
    """Run as the world until `work` ends; raises NothingLeft or TooLong when it never does."""
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(loop.start(None, asyncio.wait_for(work, seconds), name="world"))
    finally:
        asyncio.set_event_loop(None)


def bury(loop: SimulatedLoop, processes: list[Process]) -> None:
    """After the run: let everything that still exists end by cancellation, so nothing outlives its seed."""
    loop.set_exception_handler(lambda *_: None)
    loop.allow(100_000)
    for process in processes:
        loop.thaw(process)
    for _ in range(20):
        left = [task for task in asyncio.all_tasks(loop) if not task.done()]
        if not left:
            break
        for task in left:
            task.cancel()

        async def end(tasks: list[asyncio.Task[Any]] = left) -> None:
            await asyncio.wait(tasks, timeout=60.0)

        with contextlib.suppress(NothingLeft, TooLong):
            run_to_end(loop, end())
    loop.close()
