"""TLS at the shipped front door."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest

from shared.testing.patience import PATIENCE
from tests.integration.deploy.conftest import House
from tests.integration.deploy.front_door import FrontDoor, make_certificate


async def test_TLS_is_12_or_newer_and_speaks_both_versions_of_http(house: House) -> None:
    port = house.door.ports["public_tls"]
    for offered in ("h2", "http/1.1"):
        trust = house.door.trust()
        trust.set_alpn_protocols([offered])
        with (
            socket.create_connection(("127.0.0.1", port), PATIENCE) as raw,
            trust.wrap_socket(raw, server_hostname="127.0.0.1") as secure,
        ):
            assert secure.selected_alpn_protocol() == offered
            assert secure.version() in {"TLSv1.2", "TLSv1.3"}
    old = house.door.trust()
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, OSError)), socket.create_connection(("127.0.0.1", port), PATIENCE) as raw:
        old.wrap_socket(raw, server_hostname="127.0.0.1")


async def test_a_page_over_TLS_says_so_to_the_service_and_to_the_browser(house: House) -> None:
    async with aiohttp.ClientSession() as reader:
        async with reader.get(house.door.secure_url + "/", ssl=house.door.trust()) as answer:
            seen = await answer.json()
            assert answer.headers["strict-transport-security"] == "max-age=31536000"
        async with reader.get(house.door.url + "/") as answer:
            assert "strict-transport-security" not in answer.headers
    assert seen["headers"]["x-forwarded-proto"] == "https"


async def test_a_renewed_certificate_is_used_without_a_restart(tmp_path: Path) -> None:
    async with FrontDoor(tmp_path, {}) as door:
        before = served(door)
        fresh = tmp_path / "fresh"
        fresh.mkdir()
        make_certificate(fresh)
        for name in ("tls_certificate", "tls_key"):
            (fresh / name).replace(tmp_path / name)
        async with asyncio.timeout(PATIENCE):
            while served(door) == before:
                await asyncio.sleep(0.1)
        assert ssl.DER_cert_to_PEM_cert(served(door)).split() == door.root_certificate.decode().split()


def served(door: FrontDoor) -> bytes:
    """The certificate a caller is shown."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    address = ("127.0.0.1", door.ports["public_tls"])
    with socket.create_connection(address, PATIENCE) as raw, blind.wrap_socket(raw) as secure:
        return secure.getpeercert(binary_form=True) or b""
