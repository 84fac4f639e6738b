"""The telemetry of one service in one object: spans, metrics and logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TextIO

from opentelemetry.sdk.trace import SpanProcessor

from shared.telemetry.logs import make_log
from shared.telemetry.metrics import Metrics
from shared.telemetry.spans import Tracing


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a service reports with. `shutdown` flushes within three seconds."""

    tracing: Tracing
    metrics: Metrics
    log: Any

    @classmethod
    def of(
        cls,
        service: str,
        *,
        endpoint: str = "",
        level: str = "INFO",
        out: TextIO | None = None,
        processors: tuple[SpanProcessor, ...] = (),
    ) -> Telemetry:
        return cls(
            Tracing(service, endpoint=endpoint, processors=processors),
            Metrics(service),
            make_log(service, level=level, out=out),
        )

    @classmethod
    def off(cls, service: str, *, out: TextIO | None = None) -> Telemetry:
        """No spans and no metrics; of the logs, errors alone."""
        return cls(Tracing(service), Metrics(service, counting=False), make_log(service, level="ERROR", out=out))

    def shutdown(self) -> None:
        self.tracing.shutdown()
