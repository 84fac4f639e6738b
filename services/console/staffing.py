"""Who works at the desk: adding and changing people, signing in and out."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from services.console.model.staff import (
    Role,
    StaffMember,
    check_display_name,
    check_login,
    check_password,
    check_roles,
)
from services.console.passwords import Passwords
from services.console.store import audit, people
from shared.errors import NotFound, Refused
from shared.ids import DEFAULT_SITE
from shared.outbox import Outbox
from shared.quota import TokenBuckets, TooMany

SESSION_LASTS = timedelta(hours=12)
TRIES_PER_LOGIN = 5
TRIES_PER_ADDRESS = 30


async def add_staff(
    outbox: Outbox,
    name: str,
    display: str,
    password: str,
    roles: Iterable[str],
    *,
    site_id: UUID = DEFAULT_SITE,
    passwords: Passwords | None = None,
) -> StaffMember:
    """Add a person who signs in as `name`. An operator's act, audited.

    Raises Refused naming the field (name, display, password, roles); LOGIN_TAKEN when there is one of that name.
    """
    login = check_login(name)
    check_password(password, login)
    member = StaffMember(uuid4(), site_id, login, check_display_name(display), check_roles(roles))
    password_hash = await (passwords or Passwords()).hash(password)
    async with outbox.transaction() as tx:
        if not await people.add(tx, member, password_hash):
            raise Refused("LOGIN_TAKEN", "There is somebody of this name already.", field="name", status=409)
        await audit.record(tx, site_id, audit.OPERATOR, "staff.added", str(member.staff_id), roles=sorted(member.roles))
    return member


async def change_staff(
    outbox: Outbox, name: str, *, disabled: bool = False, roles: Iterable[str] | None = None
) -> StaffMember:
    """Disable or enable a person, or give them other roles. Takes effect with their next request."""
    wanted = None if roles is None else check_roles(roles)
    async with outbox.transaction() as tx:
        member = await people.change(tx, check_login(name), disabled=disabled, roles=wanted)
        if member is None:
            raise NotFound("member of staff")
        if disabled:
            await people.close_sessions_of(tx, member.staff_id)
        act = "staff.disabled" if disabled else "staff.changed"
        await audit.record(tx, member.site_id, audit.OPERATOR, act, str(member.staff_id), roles=sorted(member.roles))
    return member


async def set_password(outbox: Outbox, name: str, password: str, *, passwords: Passwords | None = None) -> StaffMember:
    """Give a person a new password and end their sessions."""
    login = check_login(name)
    check_password(password, login)
    password_hash = await (passwords or Passwords()).hash(password)
    async with outbox.transaction() as tx:
        member = await people.set_password(tx, login, password_hash)
        if member is None:
            raise NotFound("member of staff")
        await people.close_sessions_of(tx, member.staff_id)
        await audit.record(tx, member.site_id, audit.OPERATOR, "staff.password_set", str(member.staff_id))
    return member


@dataclass(frozen=True, slots=True)
class SignIn:
    """What one attempt came with."""

    login: str
    password: str
    address: str


class Reception:
    """Signs people in and out and knows who holds a session. Only hashes of session tokens are kept."""

    def __init__(self, outbox: Outbox, passwords: Passwords) -> None:
        self._outbox, self._passwords = outbox, passwords
        self._tries = TokenBuckets()

    async def sign_in(self, attempt: SignIn, now: float) -> tuple[str, StaffMember]:
        """A new session token and whose it is.

        Wrong name and wrong password get the same answer in the same time (SIGN_IN_FAILED); a name or an address that
        tried too often has to wait (TooMany).
        """
        login = attempt.login.strip().lower()[:64]
        self._throttle(f"name {login}", TRIES_PER_LOGIN, now)
        self._throttle(f"address {attempt.address}", TRIES_PER_ADDRESS, now)
        found = await people.account(self._outbox.db, login)
        fits = await self._passwords.verify(found.password_hash if found else None, attempt.password[:1024])
        if found is None or not fits:
            raise Refused("SIGN_IN_FAILED", "The name or the password is not right.", field="password", status=401)
        token, member = secrets.token_urlsafe(32), found.member
        async with self._outbox.transaction() as tx:
            await people.open_session(tx, token_hash(token), member.staff_id, SESSION_LASTS)
            await audit.record(tx, member.site_id, str(member.staff_id), "session.opened", str(member.staff_id))
        return token, member

    async def whose(self, token: str) -> StaffMember | None:
        """Who holds this session, with their roles of this moment."""
        return await people.whose_session(self._outbox.db, token_hash(token)) if token else None

    async def sign_out(self, token: str, member: StaffMember) -> None:
        async with self._outbox.transaction() as tx:
            await people.close_session(tx, token_hash(token))
            await audit.record(tx, member.site_id, str(member.staff_id), "session.closed", str(member.staff_id))

    async def names(self, site_id: UUID, ids: Iterable[str]) -> dict[str, str]:
        """Display names of those of `ids` that are people of the site."""
        return await people.names(self._outbox.db, site_id, [UUID(one) for one in set(ids) if _is_uuid(one)])

    async def reviewers(self, site_id: UUID) -> dict[str, str]:
        """Display names by id of the site's people who review."""
        return await people.of_role(self._outbox.db, site_id, Role.REVIEWER)

    async def forget_expired(self) -> None:
        await people.close_expired(self._outbox.db)

    def _throttle(self, key: str, per_minute: int, now: float) -> None:
        seconds = self._tries.wait(key, per_minute, now)
        if seconds:
            raise TooMany("Too many tries; wait a minute.", retry_after=seconds)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
