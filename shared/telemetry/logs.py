"""JSON logs with the trace id, and nothing that names a person or opens a door.

A log line carries ids, counts and names of things. Values under the keys below never reach the line, and e-mail and
network addresses are struck out wherever they stand.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, TextIO

import structlog
from opentelemetry import trace

SECRET_KEYS = frozenset(
    {"authorization", "body", "comment", "cookie", "email", "ip", "key", "password", "secret", "text", "token"}
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_IPV4 = re.compile(r"(?<![\d.])(?!127\.)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")

Log = structlog.stdlib.BoundLogger
EventDict = Any


def _redact(_: Any, __: str, event: EventDict) -> EventDict:
    for name, value in list(event.items()):
        if name.lower() in SECRET_KEYS:
            event[name] = "[redacted]"
        elif isinstance(value, str):
            event[name] = _IPV4.sub("[address]", _EMAIL.sub("[email]", value))
    return event


def _with_trace(_: Any, __: str, event: EventDict) -> EventDict:
    found = trace.get_current_span().get_span_context()
    if found.is_valid:
        event["trace_id"] = f"{found.trace_id:032x}"
    return event


def make_log(service: str, *, level: str = "INFO", out: TextIO | None = None) -> Any:
    """A logger of one service that writes one JSON object a line to `out` (standard error when not given)."""
    return structlog.wrap_logger(
        structlog.PrintLogger(out or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            structlog.processors.format_exc_info if level == "DEBUG" else _error_type,
            _redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        service=service,
    )


class LibraryLogs(logging.Handler):
    """Warnings of libraries (aiokafka, the exporter) as lines of our own, instead of text on the terminal."""

    def __init__(self, log: Any) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        say = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        say("library", logger=record.name, said=record.getMessage()[:300])


def route_library_logs(log: Any) -> None:
    """From here on the process's standard logging ends in `log`. For entry points only: it is process-wide."""
    root = logging.getLogger()
    root.handlers[:] = [LibraryLogs(log)]
    root.setLevel(logging.WARNING)


def _error_type(_: Any, __: str, event: EventDict) -> EventDict:
    """An exception is logged by type: its text may hold what a log must not."""
    info = event.pop("exc_info", None)
    if isinstance(info, BaseException):
        event["error"] = type(info).__name__
    return event
