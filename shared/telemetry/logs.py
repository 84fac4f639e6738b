"""JSON logs with the trace id, and nothing that names a person or opens a door.

A log line carries ids, counts and names of things. Values under the keys below never reach the line; e-mail and network
addresses are struck out wherever they stand; an exception is told by type and place, because its text may hold anything.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import sys
import traceback
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from opentelemetry import trace

SECRET_KEYS = frozenset(
    {"authorization", "body", "comment", "cookie", "email", "ip", "key", "password", "secret", "text", "token"}
)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_ADDRESS = re.compile(
    r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:]))"
)

Log = structlog.stdlib.BoundLogger
EventDict = Any


def make_log(service: str, *, level: str = "INFO", out: TextIO | None = None) -> Any:
    """A logger of one service that writes one JSON object a line to `out` (standard error when not given).

    At DEBUG an exception is told with the places it came through.
    """
    return structlog.wrap_logger(
        structlog.PrintLogger(out or sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            _with_trace,
            _with_places if level == "DEBUG" else _with_error_type,
            _redact,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        service=service,
    )


class LibraryLogs(logging.Handler):
    """Warnings of libraries (aiokafka, the exporter) as lines of our own, instead of text on the terminal.

    What a library puts into its sentence may hold anything: numbers and plain names stay, errors become their type.
    """

    def __init__(self, log: Any) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        say = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        error = record.exc_info[1] if record.exc_info else None
        say("library", logger=record.name, said=_said(record), **({"exc_info": error} if error else {}))


def route_library_logs(log: Any) -> None:
    """From here on the process's standard logging ends in `log`. For entry points only: it is process-wide."""
    root = logging.getLogger()
    root.handlers[:] = [LibraryLogs(log)]
    root.setLevel(logging.WARNING)


_PLAIN_NAME = re.compile(r"[\w.:/-]{1,80}")


def _said(record: logging.LogRecord) -> str:
    # asyncio tells an exception's text after the first line.
    sentence = str(record.msg).partition("\n")[0][:300]
    try:
        return sentence % tuple(map(_plain, record.args)) if isinstance(record.args, tuple) else sentence
    except (TypeError, ValueError):
        return sentence


def _plain(argument: object) -> object:
    if isinstance(argument, int | float):
        return argument
    if isinstance(argument, BaseException):
        return type(argument).__name__
    return argument if isinstance(argument, str) and _PLAIN_NAME.fullmatch(argument) else f"[{type(argument).__name__}]"


def _with_trace(_: Any, __: str, event: EventDict) -> EventDict:
    found = trace.get_current_span().get_span_context()
    if found.is_valid:
        event["trace_id"] = f"{found.trace_id:032x}"
    return event


def _with_error_type(_: Any, __: str, event: EventDict) -> EventDict:
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["error"] = type(error).__name__
    return event


def _with_places(_: Any, __: str, event: EventDict) -> EventDict:
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)
        event["places"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _exception(given: Any) -> BaseException | None:
    """The exception an `exc_info` argument means: itself, a (type, value, traceback), or the one being handled."""
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _redact(_: Any, __: str, event: EventDict) -> EventDict:
    return _clean(event)


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): _under(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean(inner) for inner in value]
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    return _ADDRESS.sub(_struck_out, _EMAIL.sub("[email]", str(value)))


def _under(name: str, value: Any) -> Any:
    return "[redacted]" if name.lower() in SECRET_KEYS else _clean(value)


def _struck_out(found: re.Match[str]) -> str:
    try:
        address = ipaddress.ip_address(found.group())
    except ValueError:  # a time of day, a version
        return found.group()
    return found.group() if address.is_loopback else "[address]"
