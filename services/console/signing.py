"""The key with which the desk vouches for its people. Its private half stands in the database sealed."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.assertions import AssertionSigner
from shared.vault import MasterKey


class Unsealable(Exception):
    """The master key at hand did not seal this."""


def make_signer(signer_id: str, master: MasterKey) -> tuple[AssertionSigner, bytes]:
    """A new signer and its private key, sealed."""
    private = Ed25519PrivateKey.generate().private_bytes_raw()
    nonce = os.urandom(12)
    sealed = nonce + _cipher(master).encrypt(nonce, private, signer_id.encode())
    return AssertionSigner(signer_id, private), sealed


def open_signer(signer_id: str, sealed: bytes, master: MasterKey) -> AssertionSigner:
    """The signer again. Raises Unsealable under another master key."""
    try:
        return AssertionSigner(signer_id, _cipher(master).decrypt(sealed[:12], sealed[12:], signer_id.encode()))
    except InvalidTag as error:
        raise Unsealable from error


def _cipher(master: MasterKey) -> AESGCM:
    return AESGCM(master.derive("console", "signer"))
