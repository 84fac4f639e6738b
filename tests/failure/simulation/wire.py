"""The wire between one process and one server: everything takes a while, nothing overtakes, sometimes nothing arrives."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.failure.simulation.loop import Process, SimulatedLoop

_APART = 1e-6  # two messages never arrive at one moment, so the loop cannot turn them round


class Wire:
    """Carries messages both ways. While it is cut they wait for its end, as TCP retransmits."""

    def __init__(self, loop: SimulatedLoop, random: Random, process: Process) -> None:
        self.loop, self.process = loop, process
        self._random = random
        self._last = {"there": 0.0, "back": 0.0}
        self._whole_at = 0.0
        self._slow_until = 0.0

    def cut(self, seconds: float) -> None:
        """Nothing arrives for this long."""
        self._whole_at = max(self._whole_at, self.loop.time() + seconds)

    def slow(self, seconds: float) -> None:
        """Everything takes up to three seconds, for this long."""
        self._slow_until = max(self._slow_until, self.loop.time() + seconds)

    def there(self, callback: Callable[..., Any], *arguments: Any) -> None:
        """To the server: called there even when the sender dies meanwhile."""
        self._carry("there", callback, arguments)

    def back(self, callback: Callable[..., Any], *arguments: Any) -> None:
        """To the process: callbacks set futures, so what waits for them runs as the process."""
        self._carry("back", callback, arguments)

    def _carry(self, way: str, callback: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        now = self.loop.time()
        most = 3.0 if now < self._slow_until else 0.01
        when = max(now, self._whole_at) + self._random.uniform(0.0005, most)
        self._last[way] = when = max(when, self._last[way] + _APART)
        self.loop.as_world(when - now, callback, *arguments)
