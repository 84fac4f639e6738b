"""Standard Webhooks signatures over the raw bytes of a body: v1 (HMAC-SHA256) and v1a (Ed25519).

Everything that is wrong with a signature, its headers or its source answers the same 401.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.errors import Refused

WINDOW_SECONDS = 300
"""How far a delivery's timestamp may be from our clock, both ways."""
_MOST_SIGNATURES = 16
_ID = re.compile(rb"[\x21-\x7e]{1,256}")
_TIMESTAMP = re.compile(rb"[0-9]{1,12}")
_HMAC_PREFIX, _ED25519_PREFIX = "whsec_", "whpk_"


class BadSignature(Refused):
    """Unsigned, forged, malformed, too old, too new, or from nobody we know: the caller is not told which."""

    def __init__(self) -> None:
        super().__init__(
            "BAD_SIGNATURE",
            "The delivery is not signed by a known source, or its signature is too old.",
            field="webhook-signature",
            status=401,
        )


@dataclass(frozen=True, slots=True)
class SigningKey:
    """What verifies a source's deliveries: a shared secret (v1) or its Ed25519 public key (v1a)."""

    scheme: str
    raw: bytes

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """From `whsec_` + base64 (24 to 64 bytes) or `whpk_` + base64 (32 bytes). Raises ValueError."""
        for prefix, scheme, sizes in ((_HMAC_PREFIX, "v1", range(24, 65)), (_ED25519_PREFIX, "v1a", range(32, 33))):
            if text.startswith(prefix):
                raw = base64.b64decode(text.removeprefix(prefix), validate=True)
                if len(raw) not in sizes:
                    raise ValueError(f"a {prefix} key has {sizes.start} to {sizes.stop - 1} bytes")
                return cls(scheme, raw)
        raise ValueError("a key starts with whsec_ or whpk_")

    def accepts(self, signed: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's over `signed`; constant time for v1."""
        if self.scheme == "v1":
            return hmac.compare_digest(hmac.digest(self.raw, signed, hashlib.sha256), signature)
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True


def new_secret() -> str:
    """A fresh shared secret, as it is shown to the operator once."""
    return _HMAC_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header for a body, as a CMS makes it. `timestamp` is in seconds, as sent beside it."""
    key = SigningKey.parse(secret)
    if key.scheme != "v1":
        raise ValueError("only a whsec_ secret can sign")
    digest = hmac.digest(key.raw, b"%s.%d.%s" % (webhook_id.encode(), timestamp, body), hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def verify(keys: Sequence[SigningKey], headers: Iterable[tuple[bytes, bytes]], body: bytes, *, now: datetime) -> str:
    """The delivery's webhook id, if one of the keys signed these very bytes within the window.

    Raises BadSignature otherwise, whatever is wrong. Without any key the same work is done, so that an unknown source
    takes as long as a wrong signature.
    """
    webhook_id, timestamp, signatures = _headers(headers)
    well_formed = _ID.fullmatch(webhook_id) and _TIMESTAMP.fullmatch(timestamp) and signatures
    signed = b"%s.%s.%s" % (webhook_id, timestamp, body)
    accepted = False
    for key in keys or (SigningKey("v1", bytes(32)),):
        for scheme, signature in signatures or [("v1", b"")]:
            if scheme == key.scheme:
                accepted |= key.accepts(signed, signature)
    if not (keys and well_formed and accepted and abs(int(timestamp) - now.timestamp()) <= WINDOW_SECONDS):
        raise BadSignature
    return webhook_id.decode("ascii")


def _headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Id, timestamp and signatures; an id or timestamp given twice counts as missing."""
    found: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        found.setdefault(name.lower(), []).append(value)
    ids, timestamps = found.get(b"webhook-id", []), found.get(b"webhook-timestamp", [])
    tokens = b" ".join(found.get(b"webhook-signature", [])).split()[:_MOST_SIGNATURES]
    signatures = [parsed for token in tokens if (parsed := _signature(token)) is not None]
    return ids[0] if len(ids) == 1 else b"", timestamps[0] if len(timestamps) == 1 else b"", signatures


def _signature(token: bytes) -> tuple[str, bytes] | None:
    scheme, _, encoded = token.partition(b",")
    if scheme not in {b"v1", b"v1a"}:
        return None
    try:
        return scheme.decode(), base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
