"""What clients did and what they were told: one record for every call, three ways it can have ended.

`ok` means the caller was told that it happened, `fail` that it did not; `unknown` is everything else (a time-out, a
reset, a 503 at commit): it may have happened or not, and may still happen. Checkers hold the platform to `ok` and
`fail` alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["tell", "ask", "look"]
Result = Literal["ok", "fail", "unknown"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One call.

    tell: a client reports an event (`event` is the same for every repetition) about `subject` at `version`.
    ask: it asks at once what became of an event that was acknowledged; `said["found"]`.
    look: it reads what readers see of `subject`; `said["revision"]`, `said["version"]`.
    Moments are seconds of one clock.
    """

    client: str
    kind: Kind
    event: str
    subject: str
    version: int
    began: float
    ended: float
    result: Result
    said: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """All calls of a run, in the order in which they ended."""

    operations: list[Operation] = field(default_factory=list)

    def add(self, operation: Operation) -> None:
        self.operations.append(operation)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self.operations)

    def of(self, kind: Kind) -> list[Operation]:
        return [each for each in self.operations if each.kind == kind]

    def count(self) -> dict[str, int]:
        """How many calls of each kind ended in each way, as `kind.result`."""
        found: dict[str, int] = {}
        for each in self.operations:
            found[f"{each.kind}.{each.result}"] = found.get(f"{each.kind}.{each.result}", 0) + 1
        return found

    def save(self, path: Path) -> None:
        """One JSON object a line."""
        path.write_text("".join(json.dumps(asdict(each)) + "\n" for each in self.operations), encoding="utf-8")

    @classmethod
    def read(cls, lines: Iterable[str]) -> History:
        return cls([Operation(**json.loads(line)) for line in lines if line.strip()])
