"""What a breach is: a few small edits of our own code that break one promise, and the tests that must go red."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class DoesNotFit(Exception):
    """The code a breach edits is not there any more, or stands more than once: the breach must be brought up to date."""


@dataclass(frozen=True, slots=True)
class Edit:
    """In `file`, the one occurrence of `old` becomes `new`."""

    file: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        path = root / self.file
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise DoesNotFit(f"{self.file} has {text.count(self.old)} times: {self.old.strip().splitlines()[0][:80]}")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Breach:
    """`promise` broken in the way `what` says. `tests` are paths; of those, the tests whose names hold `named` run."""

    promise: str
    what: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    named: str = ""

    @property
    def selection(self) -> str:
        """The pytest expression that picks this promise's tests."""
        return self.named or f"test_{self.promise}_"


def breach(promise: str, what: str, file: str, old: str, new: str, *tests: str, named: str = "") -> Breach:
    """A breach of one edit."""
    return Breach(promise, what, (Edit(file, old, new),), tests, named)
