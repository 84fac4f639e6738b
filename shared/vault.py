"""Bytes that must be kept but also forgotten: sealed under a key of their day, which a master key wraps.

Destroying a day's row makes everything sealed on that day unreadable, in every copy. The master key is a variable or a
0600 file and never stands in a database or a backup.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import stat
from datetime import date
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.postgres import Sql
from shared.settings import WrongSettings

_FIND = "SELECT wrapped FROM day_key WHERE day = $1"
_MAKE = "INSERT INTO day_key VALUES ($1, $2) ON CONFLICT (day) DO NOTHING"
_FORGET = "DELETE FROM day_key WHERE day < $1"


class Forgotten(Exception):
    """The key of that day was destroyed; the bytes cannot be read any more."""


class MasterKey:
    """32 secret bytes. Purposes are separated: a derived key tells nothing about another."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != 32:
            raise ValueError("the master key must be 32 bytes")
        self._secret = secret

    @classmethod
    def open(cls, home: Path, given: str = "") -> MasterKey:
        """The key in `given` (base64), else in HOME/master.key, which is made with mode 0600 at first use.
        Raises WrongSettings for what is no key, PermissionError for a file others can read."""
        if given:
            return cls._of(given.encode(), "PLUMBLINE_MASTER_KEY")
        path = home / "master.key"
        if not path.exists():
            home.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(base64.b64encode(os.urandom(32)))
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise PermissionError(f"{path.name} must be readable by its owner alone (mode 0600)")
        return cls._of(path.read_bytes(), str(path))

    @classmethod
    def _of(cls, text: bytes, where: str) -> MasterKey:
        try:
            return cls(base64.b64decode(text.strip(), validate=True))
        except ValueError as error:
            raise WrongSettings((where, "is not 32 bytes in base64")) from error

    def derive(self, *purpose: str) -> bytes:
        """32 bytes for one purpose, for instance a site's pepper."""
        return hmac.digest(self._secret, "\x00".join(purpose).encode(), hashlib.sha256)


class Vault:
    """Seals and opens bytes by day, with AES-256-GCM."""

    def __init__(self, master: MasterKey) -> None:
        self._wrap = AESGCM(master.derive("vault", "wrap"))

    async def seal(self, sql: Sql, day: date, plain: bytes) -> bytes:
        """`plain` sealed under the key of `day`, which is made when it does not exist."""
        key = await self._key(sql, day)
        if key is None:
            nonce = os.urandom(12)
            wrapped = nonce + self._wrap.encrypt(nonce, AESGCM.generate_key(256), day.isoformat().encode())
            await sql.execute(_MAKE, day, wrapped)
            key = await self._key(sql, day)
            assert key is not None
        nonce = os.urandom(12)
        return nonce + AESGCM(key).encrypt(nonce, plain, None)

    async def open(self, sql: Sql, day: date, sealed: bytes) -> bytes:
        """The bytes again. Raises Forgotten when the key of that day is gone."""
        key = await self._key(sql, day)
        if key is None:
            raise Forgotten(f"the key of {day} was destroyed")
        return AESGCM(key).decrypt(sealed[:12], sealed[12:], None)

    async def can_open(self, sql: Sql, day: date) -> bool:
        """Whether the key of `day` is there. Raises Forgotten when another master key wrapped it."""
        return await self._key(sql, day) is not None

    async def forget_before(self, sql: Sql, day: date) -> None:
        """Destroy the keys of all days before `day`."""
        await sql.execute(_FORGET, day)

    async def _key(self, sql: Sql, day: date) -> bytes | None:
        wrapped = await sql.fetchval(_FIND, day)
        if wrapped is None:
            return None
        try:
            return self._wrap.decrypt(wrapped[:12], wrapped[12:], day.isoformat().encode())
        except InvalidTag as error:
            raise Forgotten("the master key does not open this database's day keys") from error
