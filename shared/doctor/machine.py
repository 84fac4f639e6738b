"""What this machine has: the master key, models, audio, ports, room on the disk."""

from __future__ import annotations

import asyncio
import base64
import binascii
import importlib.util
import json
import os
import shutil
import socket
import stat
import urllib.error
import urllib.request

from shared.doctor.finding import Finding, good, note, unreachable, wrong
from shared.settings import KitSettings

LITTLE_ROOM = 2 * 1024**3
KEY = "master key"


def master_key(settings: KitSettings) -> Finding:
    """Whether there is a master key, it is one, and nobody else can read it."""
    given = settings.master_key.get_secret_value()
    path = settings.home / "master.key"
    if given:
        if _is_key(given.encode()):
            return good(KEY, "given")
        return wrong(KEY, "what is given is not 32 bytes in base64", "Make one: openssl rand -base64 32")
    if not path.exists():
        return note(KEY, "none yet; the first start makes one", f"Then keep a copy of {path} apart from the backups.")
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return wrong(KEY, f"others can read {path}", f"chmod 600 {path}")
    if not os.access(path, os.R_OK):
        return wrong(KEY, f"{path} cannot be read", "Run this as the account that runs the services.")
    if not _is_key(path.read_bytes()):
        return wrong(
            KEY, f"{path} is not 32 bytes in base64", "Bring the right one back: nothing sealed opens without it."
        )
    return good(KEY, f"{path}, readable by its owner alone")


def _is_key(text: bytes) -> bool:
    try:
        return len(base64.b64decode(text, validate=False)) == 32
    except binascii.Error:
        return False


def home(settings: KitSettings) -> Finding:
    """Whether the home folder can be used and has room."""
    folder = settings.home
    if not folder.exists():
        return note("home", f"{folder} is not there yet", "The first start makes it; elsewhere with PLUMBLINE_HOME.")
    free = shutil.disk_usage(folder).free
    if free < LITTLE_ROOM:
        return wrong(
            "home", f"{free // 1024**2} MiB left on the disk of {folder}", "Make room, or move PLUMBLINE_HOME."
        )
    embedded = not (settings.database_url and settings.kafka_bootstrap_servers)
    if embedded and not os.access(folder, os.W_OK):
        return wrong("home", f"{folder} cannot be written", "Run this as its owner, or set PLUMBLINE_HOME.")
    return good("home", f"{folder}, {free // 1024**3} GiB left on its disk")


def encoder(settings: KitSettings) -> Finding:
    """Whether the sentence encoder is built and whole."""
    mend = "plumbline models build"
    if importlib.util.find_spec("onnxruntime") is None:
        return wrong("encoder", "the packages of the engine are not installed", "pip install 'plumbline[engine]'")
    from shared.retrieval.encoder import Encoder

    try:
        return good("encoder", f"model {Encoder(settings.home / 'models' / 'encoder').model_hash[:12]}")
    except Exception as error:
        return wrong("encoder", f"not usable ({type(error).__name__})", mend)


def audio() -> Finding:
    """Whether articles can be read aloud."""
    missing = [name for name in ("espeakng_loader", "av") if importlib.util.find_spec(name) is None]
    if missing:
        mend = "pip install 'plumbline[audio]'; without it pages have no recording."
        return note("audio", f"not installed: {', '.join(missing)}", mend)
    return good("audio", "espeak-ng and the codecs are installed")


async def ports(settings: KitSettings) -> list[Finding]:
    """Who listens on our ports: nobody, us, or somebody else."""
    running = await asyncio.to_thread(_running, settings)
    taken = [
        (name, host, port)
        for name, host, port in (
            ("HTTP", settings.host, settings.http_port),
            ("PARTNER", settings.host, settings.partner_port),
            ("STAFF", settings.staff_host, settings.staff_port),
            ("OPS", settings.ops_host, settings.ops_port),
            ("OTLP", "127.0.0.1", settings.otlp_port),
        )
        if not _free(host, port)
    ]
    if running is not None:
        waiting = {name: problems for name, problems in running.items() if problems}
        if not waiting:
            return [good("running", f"{', '.join(running)}: ready")]
        seen = "; ".join(f"{name}: {', '.join(problems)}" for name, problems in waiting.items())
        return [wrong("running", seen, "docs/runbooks/not-ready.md says what each of these means.")]
    if not taken:
        return [good("ports", "free; nothing of ours runs here")]
    return [
        wrong(f"port {port}", "something else listens there", f"Stop it, or set PLUMBLINE_{name}_PORT.")
        for name, _, port in taken
    ]


def _free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _running(settings: KitSettings) -> dict[str, list[str]] | None:
    """What our own process on the ops port says of its services; None when it is not ours, or there is none."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.ops_host, settings.ops_host)  # noqa: S104  asked, not bound
    try:
        try:
            with urllib.request.urlopen(f"http://{host}:{settings.ops_port}/readyz", timeout=10) as answer:
                said = json.load(answer)
        except urllib.error.HTTPError as error:
            said = json.load(error)
    except (OSError, ValueError):
        return None
    ours = isinstance(said, dict) and said and all(isinstance(problems, list) for problems in said.values())
    return said if ours else None


async def collector(settings: KitSettings) -> list[Finding]:
    """Whether the collector of spans answers, where one is given."""
    if not settings.otlp_endpoint:
        return []
    host, _, port = settings.otlp_endpoint.rpartition("//")[2].rstrip("/").partition(":")
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, int(port or 4317)), 3.0)
        writer.close()
    except (OSError, TimeoutError, ValueError):
        mend = "Spans are dropped meanwhile, nothing else. Correct PLUMBLINE_OTLP_ENDPOINT, or start the collector."
        return [unreachable("collector", f"{settings.otlp_endpoint} does not answer", mend)]
    return [good("collector", settings.otlp_endpoint)]
