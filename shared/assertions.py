"""What the staff desk says about the person behind a call: signed, for one service, for a minute at most.

Token: base64url(JSON) "." base64url(Ed25519 signature over a fixed prefix and the first part).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared import nested_json
from shared.admission import Admission, Forbidden, Unauthenticated, credentials
from shared.clock import Clock
from shared.directory import StaffSigner

SCHEME = "Staff"
LIFETIME = timedelta(seconds=60)
SKEW = timedelta(seconds=5)
_PREFIX = b"plumbline.assertion.v1\n"
_WHY = "This call needs a signed assertion of the staff desk."


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff as the desk vouches for them. The id decides who is who; the name is shown."""

    person_id: str
    name: str
    roles: frozenset[str]
    site_id: UUID


PERSON: ContextVar[Person] = ContextVar("staff_person")
"""The person behind the call being handled; unset outside a staff call."""


class SignerBook(Protocol):
    """Where public keys are looked up: `shared.directory.Directory`, at most two seconds old."""

    async def signer(self, signer_id: str) -> StaffSigner | None: ...


class AssertionSigner:
    """Signs assertions with one Ed25519 key, of one site."""

    def __init__(self, signer_id: str, private_key: bytes) -> None:
        self.signer_id = signer_id
        self._key = Ed25519PrivateKey.from_private_bytes(private_key)

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, person: Person, *, audience: str, now: datetime, lifetime: timedelta = LIFETIME) -> str:
        """A token with which `audience`, and nobody else, knows the person until `now + lifetime`."""
        said = {
            "signer": self.signer_id,
            "audience": audience,
            "person": person.person_id,
            "name": person.name,
            "roles": sorted(person.roles),
            "site": str(person.site_id),
            "issued": now.timestamp(),
            "expires": (now + lifetime).timestamp(),
        }
        body = base64.urlsafe_b64encode(json.dumps(said).encode())
        return (body + b"." + base64.urlsafe_b64encode(self._key.sign(_PREFIX + body))).decode()


async def verify(
    token: str, *, audience: str | frozenset[str], now: datetime, signers: SignerBook
) -> tuple[Person, str]:
    """The person a token speaks of, and its signer's id.

    Raises Unauthenticated when it is malformed, forged, by an unknown or revoked signer, of another site, for another
    service, expired, from the future or longer lived than a minute.
    """
    body, _, signature = token.encode("utf-8", "surrogatepass").partition(b".")
    try:
        said: Any = nested_json.loads(base64.b64decode(body, altchars=b"-_", validate=True).decode())
        sealed = base64.b64decode(signature, altchars=b"-_", validate=True)
        signer = await signers.signer(str(said["signer"])[:100])
        if signer is None or signer.revoked:
            raise Unauthenticated(_WHY)
        Ed25519PublicKey.from_public_bytes(signer.public_key).verify(sealed, _PREFIX + body)
        person = Person(str(said["person"]), str(said["name"]), frozenset(map(str, said["roles"])), UUID(said["site"]))
        issued, expires = float(said["issued"]), float(said["expires"])
    except (ValueError, KeyError, TypeError, AttributeError, InvalidSignature) as error:
        raise Unauthenticated(_WHY) from error
    at = now.timestamp()
    timely = issued - SKEW.total_seconds() <= at < expires and expires - issued <= LIFETIME.total_seconds()
    meant = {audience} if isinstance(audience, str) else audience
    if said["audience"] not in meant or person.site_id != signer.site_id or not timely:
        raise Unauthenticated(_WHY)
    return person, signer.signer_id


class StaffAuth:
    """Lets people in whom the staff desk vouches for towards this service. `needs` is a role.

    `audience` is the service, or all services of a process that runs several.
    """

    internal = True

    def __init__(self, signers: SignerBook, *, audience: str | frozenset[str], clock: Clock) -> None:
        self._signers, self._audience, self._clock = signers, audience, clock

    async def admit(self, metadata: Mapping[str, str], needs: str) -> Admission:
        token = credentials(metadata, SCHEME)
        if not token:
            raise Unauthenticated(_WHY)
        now = self._clock.now()
        person, signer_id = await verify(token, audience=self._audience, now=now, signers=self._signers)
        if needs and needs not in person.roles:
            raise Forbidden("ROLE_MISSING", f"This needs the role {needs}.")
        PERSON.set(person)

        async def recheck() -> None:
            signer = await self._signers.signer(signer_id)
            if signer is None or signer.revoked:
                raise Unauthenticated(_WHY)

        return Admission(recheck)
