"""The original of what `plumbline.directory.v1` tells: sites, partner keys, signers."""

from __future__ import annotations

from uuid import UUID

from plumbline.events.v1 import directory_pb2

from shared.directory import PartnerKey, StaffSigner
from shared.events import Version
from shared.postgres import Row, Sql

_LOCK_SITE = "SELECT epoch, counter, body FROM site WHERE site_id = $1 FOR UPDATE"
_KEEP_SITE = "UPDATE site SET epoch = $2, counter = $3, name = $4, body = $5 WHERE site_id = $1"
_SITES = "SELECT body FROM site WHERE body <> '' ORDER BY site_id"

_ADD_KEY = """
INSERT INTO partner_key (key_id, site_id, epoch, counter, partner_id, partner_name, secret_sha256, scopes,
                         requests_per_minute, revoked, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
_LOCK_KEY = "SELECT * FROM partner_key WHERE key_id = $1 FOR UPDATE"
_REVOKE_KEY = "UPDATE partner_key SET revoked = true, epoch = $2, counter = $3 WHERE key_id = $1"
_KEYS = "SELECT * FROM partner_key ORDER BY key_id"

_ADD_SIGNER = """
INSERT INTO staff_signer (signer_id, site_id, epoch, counter, public_key, revoked)
VALUES ($1, $2, $3, $4, $5, false)
"""
_SEAL_SIGNER = "INSERT INTO signer_secret (signer_id, sealed) VALUES ($1, $2)"
_REVOKE_SIGNER = "UPDATE staff_signer SET revoked = true, epoch = $2, counter = $3 WHERE signer_id = $1"
_FORGET_PRIVATE = "DELETE FROM signer_secret WHERE signer_id = $1"
_SIGNERS = "SELECT * FROM staff_signer ORDER BY signer_id"
_OWN_SIGNER = """
SELECT staff_signer.*, sealed FROM staff_signer JOIN signer_secret USING (signer_id)
WHERE site_id = $1 AND NOT revoked ORDER BY created_at DESC LIMIT 1
"""


async def lock_site(sql: Sql, site_id: UUID) -> tuple[Version, directory_pb2.Site] | None:
    """The site as it stands, held until the transaction ends; an empty message before it was ever told."""
    row = await sql.fetchrow(_LOCK_SITE, site_id)
    if row is None:
        return None
    return Version(row["epoch"], row["counter"]), directory_pb2.Site.FromString(row["body"])


async def keep_site(sql: Sql, site: directory_pb2.Site) -> None:
    version = site.version
    await sql.execute(
        _KEEP_SITE,
        UUID(site.site_id),
        version.epoch,
        version.counter,
        site.name,
        site.SerializeToString(deterministic=True),
    )


async def sites(sql: Sql) -> list[directory_pb2.Site]:
    """Every site that was told."""
    return [directory_pb2.Site.FromString(row["body"]) for row in await sql.fetch(_SITES)]


async def add_key(sql: Sql, key: PartnerKey, version: Version) -> None:
    await sql.execute(
        _ADD_KEY,
        key.key_id,
        key.site_id,
        version.epoch,
        version.counter,
        key.partner_id,
        key.partner_name,
        key.secret_sha256,
        sorted(key.scopes),
        key.requests_per_minute,
        key.revoked,
        key.expires_at,
    )


async def lock_key(sql: Sql, key_id: str) -> tuple[Version, PartnerKey] | None:
    row = await sql.fetchrow(_LOCK_KEY, key_id)
    return None if row is None else (_version(row), _key(row))


async def revoke_key(sql: Sql, key_id: str, version: Version) -> None:
    await sql.execute(_REVOKE_KEY, key_id, version.epoch, version.counter)


async def keys(sql: Sql) -> list[tuple[Version, PartnerKey]]:
    return [(_version(row), _key(row)) for row in await sql.fetch(_KEYS)]


async def add_signer(sql: Sql, signer: StaffSigner, version: Version, sealed: bytes) -> None:
    await sql.execute(_ADD_SIGNER, signer.signer_id, signer.site_id, version.epoch, version.counter, signer.public_key)
    await sql.execute(_SEAL_SIGNER, signer.signer_id, sealed)


async def revoke_signer(sql: Sql, signer_id: str, version: Version) -> None:
    """Its private half goes at once."""
    await sql.execute(_REVOKE_SIGNER, signer_id, version.epoch, version.counter)
    await sql.execute(_FORGET_PRIVATE, signer_id)


async def own_signer(sql: Sql, site_id: UUID) -> tuple[Version, StaffSigner, bytes] | None:
    """The signer in use at a site, with its sealed private half."""
    row = await sql.fetchrow(_OWN_SIGNER, site_id)
    return None if row is None else (_version(row), _signer(row), row["sealed"])


async def signers(sql: Sql) -> list[tuple[Version, StaffSigner]]:
    return [(_version(row), _signer(row)) for row in await sql.fetch(_SIGNERS)]


def _version(row: Row) -> Version:
    return Version(row["epoch"], row["counter"])


def _signer(row: Row) -> StaffSigner:
    return StaffSigner(row["signer_id"], row["site_id"], row["public_key"], row["revoked"])


def _key(row: Row) -> PartnerKey:
    return PartnerKey(
        key_id=row["key_id"],
        site_id=row["site_id"],
        partner_id=row["partner_id"],
        partner_name=row["partner_name"],
        secret_sha256=row["secret_sha256"],
        scopes=frozenset(row["scopes"]),
        requests_per_minute=row["requests_per_minute"],
        revoked=row["revoked"],
        expires_at=row["expires_at"],
    )
