"""Telemetry for the simulation: log lines go into the run's trace, spans and metrics nowhere."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.failure.simulation.loop import SimulatedLoop

Note = Callable[[str], None]
START = datetime(2026, 1, 1, tzinfo=UTC)


class SimulatedClock:
    """The loop's time as a wall clock; a process's own clock may be wrong by `skew` seconds."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop, self.skew = loop, 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self._loop.time() + self.skew)

    def monotonic(self) -> float:
        return self._loop.time()


class Numbered:
    """Ids in the order they were asked for, the same in every run of a seed."""

    def __init__(self) -> None:
        self._last = 0

    def new(self) -> UUID:
        self._last += 1
        return UUID(int=self._last)


class _Span:
    def set_attribute(self, name: str, value: Any) -> None:
        """Nobody looks."""


class QuietTracing:
    """Spans that are nowhere."""

    @contextlib.contextmanager
    def span(self, *_: Any, **__: Any) -> Iterator[_Span]:
        yield _Span()

    @contextlib.contextmanager
    def create(self, *_: Any, **__: Any) -> Iterator[str]:
        yield ""

    def traceparent(self) -> str:
        return ""

    def trace_id(self) -> str:
        return ""


class QuietMetrics:
    """Metrics that count nothing."""

    def add(self, *_: Any, **__: Any) -> None: ...
    def set(self, *_: Any, **__: Any) -> None: ...
    def observe(self, *_: Any, **__: Any) -> None: ...


class TraceLog:
    """A log whose lines are notes of the run."""

    def __init__(self, name: str, note: Note) -> None:
        self._name, self._note = name, note

    def _line(self, event: str, **said: Any) -> None:
        self._note(f"{self._name}: {event} " + " ".join(f"{key}={value}" for key, value in said.items()))

    debug = info = warning = error = critical = _line


class QuietTelemetry:
    """In the place of `shared.telemetry.setup.Telemetry`."""

    def __init__(self, name: str, note: Note) -> None:
        self.tracing, self.metrics, self.log = QuietTracing(), QuietMetrics(), TraceLog(name, note)
