"""The event loop programs run on: uvloop where it is installed, asyncio's own elsewhere. Nothing depends on which."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
COLLECT_AFTER = 10_000, 20, 20
"""Objects made until the youngest are looked at; rounds of that until the older ones are."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a program's work to its end on a loop of its own.

    What was imported lives as long as the program, and handling records leaves next to no circles behind: the collector
    leaves the former alone and looks at the rest less often than its defaults would have it.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    with asyncio.Runner(loop_factory=_factory()) as runner:
        return runner.run(work)


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
