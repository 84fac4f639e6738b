"""What a run of the demonstration shows, and what survives it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path


class DemoFailed(Exception):
    """Something the demonstration promises did not happen; the message says what."""


@dataclass(slots=True)
class Kept:
    """What survives from one run to the next (HOME/demo.json, mode 0600): passwords, keys, and where things are."""

    source_secret: str = ""
    partner_key: str = ""
    passwords: dict[str, str] = field(default_factory=dict)
    site_port: int = 0
    article_id: str = ""
    trace_id: str = ""
    seconds: float = 0.0

    @classmethod
    def open(cls, path: Path) -> Kept:
        return cls(**json.loads(path.read_text())) if path.exists() else cls()

    def save(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
        fresh.replace(path)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the finished panel, before and after people looked."""

    claim: str
    said_by: str
    before: str
    after: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the demonstration showed."""

    article_id: str
    outcomes: tuple[Outcome, ...]
    comments: int
    trace_id: str
    services: tuple[str, ...]
    seconds: float
