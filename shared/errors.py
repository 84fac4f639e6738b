"""The errors that decide what happens to a piece of work. Everything else is retried three times, then set aside."""

from __future__ import annotations


class Poison(Exception):
    """This can never be handled: it cannot be decoded or it breaks the contract. Set aside at once."""


class Transient(Exception):
    """The world is not ready (database, network, overload). Tried again for as long as it takes, never set aside."""


class Refused(Exception):
    """A caller asked for something the domain does not allow.

    `reason` is a stable UPPER_SNAKE word for programs, `field` names the offending input (empty when none),
    `status` is the HTTP status that fits; gRPC maps it to its canonical code. The message is for people and
    never holds internal text.
    """

    def __init__(self, reason: str, message: str, *, field: str = "", status: int = 422) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.field = field
        self.status = status


class NotFound(Refused):
    """There is nothing here that the caller may see. Foreign and missing things answer the same."""

    def __init__(self, what: str) -> None:
        super().__init__("NOT_FOUND", f"No such {what}.", status=404)


class Conflict(Refused):
    """The thing changed since the caller looked at it, or the step is not allowed from its present state."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__("CONFLICT", message, field=field, status=409)
