"""Who may make a call. A gRPC door asks one question; partners and staff answer it differently and never mix."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from shared.errors import Refused


@dataclass(frozen=True, slots=True)
class Admission:
    """A call that was let in. `recheck` raises Refused once that is no longer so: it ends open streams.

    `per_minute` is how many calls `quota_key` may make a minute; None counts nothing.
    """

    recheck: Callable[[], Awaitable[None]]
    quota_key: str = ""
    per_minute: int | None = None


class Authenticate(Protocol):
    """`internal` doors carry staff services and continue the caller's trace; the others do neither."""

    internal: bool

    async def admit(self, metadata: Mapping[str, str], needs: str) -> Admission:
        """Let the call in and make its caller visible to the handler (a context variable), or raise Refused.

        `needs` is the scope or role the method asks for; empty means any caller that is known.
        """
        ...


class Unauthenticated(Refused):
    """Nobody we know. What exactly was wrong is not said."""

    def __init__(self, message: str) -> None:
        super().__init__("UNAUTHENTICATED", message, field="authorization", status=401)


class Forbidden(Refused):
    """Known, but not allowed to do this."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message, status=403)


def credentials(metadata: Mapping[str, str], scheme: str) -> str:
    """What stands in `authorization` after the scheme; empty when there is none of that scheme."""
    found, _, value = metadata.get("authorization", "").partition(" ")
    return value.strip() if found.lower() == scheme.lower() else ""
