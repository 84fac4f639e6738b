"""What a plug-in is: it is shown a claim and passages of stored sources, and proposes quotations with a stance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.verification.engine.proposals import Proposed


@dataclass(frozen=True, slots=True)
class Offered:
    """Passages of one stored source, as they stand there."""

    evidence_id: str
    publisher: str
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a plug-in answered and what that cost. Nothing of it is believed before the gate."""

    proposed: tuple[Proposed, ...] = ()
    tokens: int = 0
    cost_micros: int = 0
    model_hash: str = ""


class VerifierFailed(Exception):
    """A plug-in could not answer; the text is fit to be shown to staff. What it cost all the same is kept."""

    def __init__(self, detail: str, retry_after: float | None = None, spent: Proposal | None = None) -> None:
        super().__init__(detail)
        self.detail, self.retry_after, self.spent = detail, retry_after, spent or Proposal()


class Verifier(Protocol):
    """One model. `outside` ones tell somebody else what is being checked."""

    @property
    def name(self) -> str: ...

    @property
    def outside(self) -> bool: ...

    def most(self, claim: str, offered: Sequence[Offered]) -> int:
        """The most this question can cost, in millionths; 0 for a model that wants no money."""
        ...

    async def propose(self, claim: str, offered: Sequence[Offered]) -> Proposal:
        """Raises VerifierFailed."""
        ...
