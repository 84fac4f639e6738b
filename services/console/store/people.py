"""People and their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.console.model.staff import Role, StaffMember
from shared.postgres import Row, Sql

_ADD = """
INSERT INTO staff (staff_id, site_id, login, display_name, password_hash, roles)
VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (login) DO NOTHING RETURNING true
"""
_CHANGE = """
UPDATE staff SET disabled = $2, roles = coalesce($3, roles) WHERE login = $1
RETURNING staff_id, site_id, login, display_name, roles
"""
_NEW_HASH = """
UPDATE staff SET password_hash = $2 WHERE login = $1 RETURNING staff_id, site_id, login, display_name, roles
"""
_BY_LOGIN = """
SELECT staff_id, site_id, login, display_name, roles, password_hash FROM staff WHERE login = $1 AND NOT disabled
"""
_NAMES = "SELECT staff_id, display_name FROM staff WHERE site_id = $1 AND staff_id = ANY($2)"
_OF_ROLE = """
SELECT staff_id, display_name FROM staff WHERE site_id = $1 AND $2 = ANY(roles) AND NOT disabled
ORDER BY display_name, staff_id
"""
_OPEN = "INSERT INTO session (token_sha256, staff_id, expires_at) VALUES ($1, $2, now() + $3)"
_WHOSE = """
SELECT staff_id, site_id, login, display_name, roles
FROM session JOIN staff USING (staff_id)
WHERE token_sha256 = $1 AND expires_at > now() AND NOT disabled
"""
_CLOSE = "DELETE FROM session WHERE token_sha256 = $1"
_CLOSE_ALL = "DELETE FROM session WHERE staff_id = $1"
_CLOSE_EXPIRED = "DELETE FROM session WHERE expires_at <= now()"


@dataclass(frozen=True, slots=True)
class Account:
    """A member of staff with what their password is checked against."""

    member: StaffMember
    password_hash: str


def _member(row: Row) -> StaffMember:
    roles = frozenset(Role(role) for role in row["roles"])
    return StaffMember(row["staff_id"], row["site_id"], row["login"], row["display_name"], roles)


async def add(sql: Sql, member: StaffMember, password_hash: str) -> bool:
    """False when the login is taken."""
    return bool(
        await sql.fetchval(
            _ADD, member.staff_id, member.site_id, member.login, member.name, password_hash, sorted(member.roles)
        )
    )


async def change(sql: Sql, login: str, *, disabled: bool, roles: frozenset[Role] | None) -> StaffMember | None:
    """None when there is no such login; without `roles` they stay."""
    row = await sql.fetchrow(_CHANGE, login, disabled, None if roles is None else sorted(roles))
    return None if row is None else _member(row)


async def set_password(sql: Sql, login: str, password_hash: str) -> StaffMember | None:
    """None when there is no such login."""
    row = await sql.fetchrow(_NEW_HASH, login, password_hash)
    return None if row is None else _member(row)


async def account(sql: Sql, login: str) -> Account | None:
    """Of somebody who may sign in."""
    row = await sql.fetchrow(_BY_LOGIN, login)
    return None if row is None else Account(_member(row), row["password_hash"])


async def names(sql: Sql, site_id: UUID, staff_ids: list[UUID]) -> dict[str, str]:
    """Display names of the site's people by id, as text."""
    return {str(row["staff_id"]): row["display_name"] for row in await sql.fetch(_NAMES, site_id, staff_ids)}


async def of_role(sql: Sql, site_id: UUID, role: Role) -> dict[str, str]:
    """The site's people who have a role, display names by id."""
    return {str(row["staff_id"]): row["display_name"] for row in await sql.fetch(_OF_ROLE, site_id, role.value)}


async def open_session(sql: Sql, token_sha256: bytes, staff_id: UUID, lasts: timedelta) -> None:
    await sql.execute(_OPEN, token_sha256, staff_id, lasts)


async def whose_session(sql: Sql, token_sha256: bytes) -> StaffMember | None:
    """Who holds this session, with the roles of this moment; None when it ended or they were disabled."""
    row = await sql.fetchrow(_WHOSE, token_sha256)
    return None if row is None else _member(row)


async def close_session(sql: Sql, token_sha256: bytes) -> None:
    await sql.execute(_CLOSE, token_sha256)


async def close_sessions_of(sql: Sql, staff_id: UUID) -> None:
    await sql.execute(_CLOSE_ALL, staff_id)


async def close_expired(sql: Sql) -> None:
    await sql.execute(_CLOSE_EXPIRED)
