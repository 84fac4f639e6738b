"""Warnings of libraries (aiokafka, the span exporter) as log lines of our own instead of text on the terminal."""

from __future__ import annotations

import logging
from typing import Any


class LibraryLogs(logging.Handler):
    """Passes warnings and errors on to a logger of ours, with the library's name."""

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
