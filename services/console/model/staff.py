"""People at the desk: what their name, password and roles may be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from shared.errors import Refused

LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
LONGEST_NAME = 80


class Role(StrEnum):
    """What a person may do. Roles do not include each other: an admin who reviews is a reviewer too."""

    REVIEWER = "reviewer"
    MODERATOR = "moderator"
    ADMIN = "admin"


EVERYBODY = frozenset(Role)


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person at the desk of one site."""

    staff_id: UUID
    site_id: UUID
    login: str
    name: str
    roles: frozenset[Role]


def check_login(login: str) -> str:
    """The login in the form it is kept. Raises Refused (`name`)."""
    found = login.strip().lower()
    if not LOGIN.fullmatch(found):
        raise Refused("INVALID_NAME", "Use 2 to 40 letters a-z, digits, dots, hyphens or underscores.", field="name")
    return found


def check_display_name(name: str) -> str:
    """The name colleagues and readers see. Raises Refused (`display`)."""
    found = " ".join(name.split())
    if not found or len(found) > LONGEST_NAME or not found.isprintable():
        raise Refused("INVALID_DISPLAY", f"Give a name of 1 to {LONGEST_NAME} printable characters.", field="display")
    return found


def check_password(password: str, login: str) -> None:
    """Length decides; rules about kinds of characters only make passwords worse. Raises Refused (`password`)."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Refused("WEAK_PASSWORD", f"Use {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.", field="password")
    if login in password.lower() or len(set(password)) < 5:
        raise Refused("WEAK_PASSWORD", "This password is too easy to guess.", field="password")


def check_roles(roles: Iterable[str]) -> frozenset[Role]:
    """At least one known role. Raises Refused (`roles`)."""
    found = frozenset(roles)
    if not found or not found <= set(Role):
        raise Refused("INVALID_ROLES", f"Give one or more of {', '.join(Role)}.", field="roles")
    return frozenset(Role(one) for one in found)
