"""Keys of partner organisations: `pl_<key id>_<secret>`, of which only the SHA-256 of the secret is ever kept.

The secret has 256 random bits, so a plain hash protects it as well as a slow one and costs a call nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from shared.admission import Admission, Forbidden, Unauthenticated, credentials
from shared.clock import Clock
from shared.directory import PartnerKey

_NOBODY = bytes(32)
_WHY = "Send a valid key as `authorization: Bearer pl_...`."


@dataclass(frozen=True, slots=True)
class Caller:
    """The partner a call belongs to. Everything it may see belongs to `site_id`."""

    partner_id: str
    partner_name: str
    site_id: UUID
    key_id: str


CALLER: ContextVar[Caller] = ContextVar("partner_caller")
"""The partner of the call being handled; unset outside a partner call."""


class KeyBook(Protocol):
    """Where keys are looked up: `shared.directory.Directory`, at most two seconds old."""

    async def partner_key(self, key_id: str) -> PartnerKey | None: ...


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `plain` is shown once and kept nowhere."""

    key_id: str
    plain: str
    secret_sha256: bytes


def new_key() -> NewKey:
    """A fresh random key."""
    key_id = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    secret = secrets.token_urlsafe(32)
    return NewKey(key_id, f"pl_{key_id}_{secret}", hash_secret(secret))


def hash_secret(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def split_key(plain: str) -> tuple[str, str] | None:
    """Key id and secret; None for anything that is not a key."""
    prefix, _, rest = plain.partition("_")
    key_id, _, secret = rest.partition("_")
    if prefix != "pl" or not key_id or not secret or len(plain) > 200:
        return None
    return key_id, secret


class PartnerAuth:
    """Lets partners in by key. Revoked, expired, unknown and wrong keys get the same answer."""

    internal = False

    def __init__(self, keys: KeyBook, clock: Clock) -> None:
        self._keys, self._clock = keys, clock

    async def admit(self, metadata: Mapping[str, str], needs: str) -> Admission:
        parts = split_key(credentials(metadata, "bearer"))
        if parts is None:
            raise Unauthenticated(_WHY)
        key_id, secret = parts
        key = await self._keys.partner_key(key_id)
        same = hmac.compare_digest(hash_secret(secret), key.secret_sha256 if key else _NOBODY)
        if key is None or not same:
            raise Unauthenticated(_WHY)
        self._check(key, needs)
        CALLER.set(Caller(key.partner_id, key.partner_name, key.site_id, key.key_id))

        async def recheck() -> None:
            self._check(await self._keys.partner_key(key_id), needs)

        return Admission(recheck, quota_key=key_id, per_minute=key.requests_per_minute)

    def _check(self, key: PartnerKey | None, needs: str) -> None:
        if key is None or key.revoked or (key.expires_at is not None and key.expires_at <= self._clock.now()):
            raise Unauthenticated(_WHY)
        if needs and needs not in key.scopes:
            raise Forbidden("SCOPE_MISSING", f"This key lacks the scope {needs}.")
