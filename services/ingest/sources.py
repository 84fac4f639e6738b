"""Sources: the CMSs that may deliver, and the secrets their deliveries are signed with.

`add_source`, `rotate_source`, `revoke_source` and `list_sources` are the operator's acts; each is written down.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.ingest.model import Origin
from services.ingest.signatures import SigningKey, new_secret
from shared.clock import Clock
from shared.errors import Conflict, NotFound, Refused
from shared.ids import DEFAULT_SITE
from shared.outbox import Outbox
from shared.postgres import Row, Sql
from shared.vault import MasterKey

KINDS = ("cloudevents", "kafka")
"""cloudevents: signed over HTTP. kafka: the same, and on the `cms.*` topics, where the broker says who may write."""
PREVIOUS_FOR = timedelta(hours=24)
"""How long the secret before a rotation is still good."""

_ADD = """
INSERT INTO source (source_id, site_id, kind, sealed_current, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING true
"""
_FIND = "SELECT * FROM source WHERE source_id = $1 AND state = 'active'"
_ROTATE = """
UPDATE source SET sealed_previous = sealed_current, previous_until = $3, sealed_current = $2, rotated_at = $4
WHERE source_id = $1 AND state = 'active' RETURNING site_id
"""
_REVOKE = "UPDATE source SET state = 'revoked' WHERE source_id = $1 AND state = 'active' RETURNING true"
_LIST = "SELECT source_id, site_id, kind, state, created_at, rotated_at, previous_until FROM source ORDER BY source_id"
_ACT = "INSERT INTO operator_act (person, act, subject, detail) VALUES ($1, $2, $3, $4)"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Source:
    """A source that may deliver, with the keys that are good at present."""

    source_id: str
    site_id: UUID
    kind: str
    keys: tuple[SigningKey, ...]

    @property
    def origin(self) -> Origin:
        return Origin(self.source_id, self.site_id)


class Sealer:
    """Seals source secrets under the master key; the database and its backups hold nothing that signs."""

    def __init__(self, master: MasterKey) -> None:
        self._key = AESGCM(master.derive("ingest", "source-secret"))

    def seal(self, source_id: str, secret: str) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._key.encrypt(nonce, secret.encode(), source_id.encode())

    def open(self, source_id: str, sealed: bytes) -> str:
        return self._key.decrypt(sealed[:12], sealed[12:], source_id.encode()).decode()


async def find_source(sql: Sql, sealer: Sealer, source_id: str, *, now: datetime) -> Source | None:
    """The active source of that name with its present keys; None when there is none."""
    row = await sql.fetchrow(_FIND, source_id)
    if row is None:
        return None
    sealed = [row["sealed_current"]]
    if row["sealed_previous"] is not None and now < row["previous_until"]:
        sealed.append(row["sealed_previous"])
    keys = tuple(SigningKey.parse(sealer.open(source_id, one)) for one in sealed)
    return Source(source_id, row["site_id"], row["kind"], keys)


class KafkaSources:
    """The sources that may write to Kafka, looked up again every five seconds: a revocation is felt by then."""

    def __init__(self, sealer: Sealer, clock: Clock, *, fresh_seconds: float = 5.0) -> None:
        self._sealer, self._clock, self._fresh = sealer, clock, fresh_seconds
        self._found: dict[str, tuple[float, Source]] = {}

    async def find(self, sql: Sql, source_id: str) -> Source | None:
        """The active source of kind kafka with that name; None when there is none."""
        now = self._clock.monotonic()
        at, source = self._found.get(source_id, (0.0, None))
        if source is None or now - at >= self._fresh:
            source = await find_source(sql, self._sealer, source_id, now=self._clock.now())
            if source is None or source.kind != "kafka":
                self._found.pop(source_id, None)
                return None
            self._found[source_id] = (now, source)
        return source


async def add_source(
    outbox: Outbox,
    master: MasterKey,
    clock: Clock,
    name: str,
    *,
    kind: str = "cloudevents",
    site: UUID = DEFAULT_SITE,
    public_key: str = "",
    person: str = "operator",
) -> str:
    """Let a CMS deliver; returns its secret (`whsec_...`), which is shown this once.

    With `public_key` (`whpk_...`) the CMS signs with its own Ed25519 key instead and that key is returned.
    Raises Refused for a bad name, kind or key, Conflict when the name is taken.
    """
    if not _NAME.fullmatch(name):
        raise Refused("INVALID_NAME", "A source name is 1 to 63 of a-z, 0-9 and -.", field="name")
    if kind not in KINDS:
        raise Refused("INVALID_KIND", f"A source is one of {', '.join(KINDS)}.", field="kind")
    secret = _public(public_key) if public_key else new_secret()
    sealed = Sealer(master).seal(name, secret)
    async with outbox.transaction() as unit:
        if not await unit.fetchval(_ADD, name, site, kind, sealed, clock.now()):
            raise Conflict("There is a source of that name.", field="name")
        await unit.execute(_ACT, person, "source.add", name, json.dumps({"kind": kind, "site_id": str(site)}))
    return secret


async def rotate_source(
    outbox: Outbox, master: MasterKey, clock: Clock, name: str, *, public_key: str = "", person: str = "operator"
) -> str:
    """A new secret for a source, shown this once; the previous one is good for another 24 hours."""
    secret = _public(public_key) if public_key else new_secret()
    now = clock.now()
    async with outbox.transaction() as unit:
        sealed = Sealer(master).seal(name, secret)
        if not await unit.fetchval(_ROTATE, name, sealed, now + PREVIOUS_FOR, now):
            raise NotFound("source")
        await unit.execute(_ACT, person, "source.rotate", name, "{}")
    return secret


async def revoke_source(outbox: Outbox, name: str, *, person: str = "operator") -> None:
    """Take nothing more from a source."""
    async with outbox.transaction() as unit:
        if not await unit.fetchval(_REVOKE, name):
            raise NotFound("source")
        await unit.execute(_ACT, person, "source.revoke", name, "{}")


async def list_sources(sql: Sql) -> list[Row]:
    """All sources by name, without their secrets."""
    return await sql.fetch(_LIST)


def _public(text: str) -> str:
    try:
        key = SigningKey.parse(text)
    except ValueError as error:
        raise Refused("INVALID_KEY", "A public key is whpk_ and 32 bytes in base64.", field="public_key") from error
    if key.scheme != "v1a":
        raise Refused("INVALID_KEY", "Give the public key (whpk_...), never a shared secret.", field="public_key")
    return text
