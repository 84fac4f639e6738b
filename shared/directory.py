"""Whom a service knows: sites, partner keys and the console's signers, as last heard.

The console tells them on `plumbline.directory.v1`; each service keeps its own copy, so doors go on answering while
Kafka is down. Reads are cached for two seconds: a revocation is felt within five.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from plumbline.events.v1 import directory_pb2

from shared.clock import Clock
from shared.consumer import Hears
from shared.inbox import EventWork
from shared.postgres import Database

TOPIC = "plumbline.directory.v1"
T = TypeVar("T")

_SITE = """
INSERT INTO site (site_id, epoch, counter, name, body) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (site_id) DO UPDATE SET epoch = $2, counter = $3, name = $4, body = $5
WHERE (site.epoch, site.counter) < ($2, $3)
"""
_KEY = """
INSERT INTO partner_key VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (key_id) DO UPDATE SET epoch = $3, counter = $4, partner_name = $6, secret_sha256 = $7, scopes = $8,
    requests_per_minute = $9, revoked = $10, expires_at = $11
WHERE (partner_key.epoch, partner_key.counter) < ($3, $4)
"""
_SIGNER = """
INSERT INTO staff_signer VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (signer_id) DO UPDATE SET epoch = $3, counter = $4, public_key = $5, revoked = $6
WHERE (staff_signer.epoch, staff_signer.counter) < ($3, $4)
"""
_KNOWN = """
SELECT EXISTS (SELECT FROM site WHERE (epoch, counter) > (0, 0)) AS site,
       EXISTS (SELECT FROM staff_signer WHERE NOT revoked) AS signer
"""


@dataclass(frozen=True, slots=True)
class PartnerKey:
    """A partner's key; only the hash of its secret is known here."""

    key_id: str
    site_id: UUID
    partner_id: str
    partner_name: str
    secret_sha256: bytes
    scopes: frozenset[str]
    requests_per_minute: int
    revoked: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class StaffSigner:
    """The public half of the key that signs assertions about staff (Ed25519, 32 bytes)."""

    signer_id: str
    site_id: UUID
    public_key: bytes
    revoked: bool


async def on_site(site: directory_pb2.Site, work: EventWork) -> None:
    """Keep the newest state of a site."""
    async with work.once() as tx:
        version = site.version
        await tx.execute(_SITE, UUID(site.site_id), version.epoch, version.counter, site.name, site.SerializeToString())


async def on_partner_key(key: directory_pb2.PartnerKey, work: EventWork) -> None:
    """Keep the newest state of a partner key."""
    expires = key.expires_at.ToDatetime(tzinfo=work.clock.now().tzinfo) if key.HasField("expires_at") else None
    async with work.once() as tx:
        await tx.execute(
            _KEY,
            key.key_id,
            UUID(key.site_id),
            key.version.epoch,
            key.version.counter,
            key.partner_id,
            key.partner_name,
            key.secret_sha256,
            list(key.scopes),
            key.requests_per_minute,
            key.revoked,
            expires,
        )


async def on_staff_signer(signer: directory_pb2.StaffSigner, work: EventWork) -> None:
    """Keep the newest state of a signer."""
    version = signer.version
    async with work.once() as tx:
        await tx.execute(
            _SIGNER,
            signer.signer_id,
            UUID(signer.site_id),
            version.epoch,
            version.counter,
            signer.public_key,
            signer.revoked,
        )


HEARS = (
    Hears(TOPIC, directory_pb2.Site, on_site),
    Hears(TOPIC, directory_pb2.PartnerKey, on_partner_key),
    Hears(TOPIC, directory_pb2.StaffSigner, on_staff_signer),
)
"""What every service hears besides its own."""


class Directory:
    """Reads of this service's copy."""

    def __init__(self, db: Database, clock: Clock, *, fresh_seconds: float = 2.0) -> None:
        self._db, self._clock, self._fresh = db, clock, fresh_seconds
        self._cache: dict[tuple[str, str], tuple[float, Any]] = {}

    async def partner_key(self, key_id: str) -> PartnerKey | None:
        """The key as last heard; None when nobody told of it."""

        async def read() -> PartnerKey | None:
            row = await self._db.fetchrow("SELECT * FROM partner_key WHERE key_id = $1", key_id)
            if row is None:
                return None
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

        return await self._cached("key", key_id, read)

    async def signer(self, signer_id: str) -> StaffSigner | None:
        """The signer as last heard; None when nobody told of it."""

        async def read() -> StaffSigner | None:
            row = await self._db.fetchrow("SELECT * FROM staff_signer WHERE signer_id = $1", signer_id)
            if row is None:
                return None
            return StaffSigner(row["signer_id"], row["site_id"], row["public_key"], row["revoked"])

        return await self._cached("signer", signer_id, read)

    async def site(self, site_id: UUID) -> directory_pb2.Site | None:
        """The site as last heard; None before the console told of it."""

        async def read() -> directory_pb2.Site | None:
            body = await self._db.fetchval("SELECT body FROM site WHERE site_id = $1 AND body <> ''", site_id)
            return None if body is None else directory_pb2.Site.FromString(body)

        return await self._cached("site", str(site_id), read)

    async def missing(self) -> list[str]:
        """What readiness still waits for, in words."""
        row = await self._db.fetchrow(_KNOWN)
        assert row is not None
        return [f"no {what} heard yet" for what in ("site", "signer") if not row[what]]

    async def _cached(self, kind: str, name: str, read: Callable[[], Awaitable[T]]) -> T:
        found = self._cache.get((kind, name))
        if found is not None and self._clock.monotonic() - found[0] < self._fresh:
            return found[1]  # type: ignore[no-any-return]
        value = await read()
        if len(self._cache) > 10_000:
            self._cache.clear()
        self._cache[kind, name] = (self._clock.monotonic(), value)
        return value
