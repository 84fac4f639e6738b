"""The suite passes with no network at all: the guard of the test run itself."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from shared.testing.patience import PATIENCE
from tests.offline import guard
from tests.offline.plugin import CHILD

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = "192.0.2.1"  # an address that is nobody's, by RFC 5737
REFUSED = "may not leave this machine"
PLANTED = """
import contextlib, socket, subprocess, sys

def test_quietly_asks_for_a_name():
    with contextlib.suppress(OSError):
        socket.getaddrinfo("plumbline.invalid", 80)

def test_starts_somebody_who_reaches_out():
    code = "import socket; socket.create_connection(('192.0.2.1', 9), timeout=5)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 1

def test_stays_at_home():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname(), timeout=5):
        pass
"""


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Attempts of this test go here and make no run red."""
    found = tmp_path / "attempts"
    found.touch()
    monkeypatch.setenv(guard.RECORD, str(found))
    return found


def test_a_connection_a_datagram_and_a_look_up_that_leave_the_machine_are_refused_and_recorded(record: Path) -> None:
    with pytest.raises(OSError, match=f"may not leave this machine.*{OUTSIDE}"):
        socket.create_connection((OUTSIDE, 9), timeout=5)
    with pytest.raises(OSError, match=REFUSED), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.sendto(b"?", (OUTSIDE, 53))
    for ask in (
        lambda: socket.getaddrinfo("plumbline.invalid", 443),
        lambda: socket.gethostbyname("plumbline.invalid"),
    ):
        with pytest.raises(OSError, match=REFUSED):
            ask()
    lines = record.read_text().splitlines()
    assert len(lines) == 4
    assert all("test_offline.py" in line for line in lines)


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True), ("desk.localhost", True), ("", True),
        (None, True), (b"localhost", True), ("0.0.0.0", True), ("::ffff:127.0.0.1", True), ("fe80::1%eth0", False),
        ("10.0.0.1", False), ("192.168.1.1", False), ("169.254.169.254", False), ("::ffff:8.8.8.8", False),
        ("localhost.example.org", False), ("plumbline.invalid", False),
    ],
)  # fmt: skip
def test_only_this_machine_is_here(host: str | bytes | None, here: bool) -> None:
    assert guard.stays(host) is here


def test_a_run_with_an_attempt_is_red_and_names_it_even_where_the_code_swallowed_it(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["tests.offline.plugin"]\n')
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_planted.py").write_text(PLANTED)
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("PLUMBLINE_OFFLINE", "PYTEST_"))}
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n", "2", str(tmp_path)],
        cwd=tmp_path,
        env={**plain, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
        check=False,
    )
    assert ran.returncode == 1, ran.stdout
    assert "3 passed, 2 errors" in ran.stdout, ran.stdout
    assert "getaddrinfo plumbline.invalid" in ran.stdout
    assert f"socket.connect {OUTSIDE}:9" in ran.stdout
    assert ran.stdout.count("tried to leave the machine: ") == 2


def test_what_this_run_starts_is_watched_too() -> None:
    assert str(CHILD) in os.environ["PYTHONPATH"].split(os.pathsep)
    asked = "import sys; print('plumbline_offline_guard' in str(sys.modules['sitecustomize']._guard))"
    ran = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=5 * PATIENCE, check=False
    )
    assert ran.stdout.strip() == "True", ran.stderr


def test_where_the_kernel_allows_it_not_even_a_c_library_finds_a_way_out() -> None:
    program = f"""
import asyncio, os, socket, uvloop

async def go():
    with socket.create_server(("127.0.0.1", 0)) as server:
        await asyncio.open_connection(*server.getsockname())
        print("loopback")
    try:
        await asyncio.wait_for(asyncio.open_connection({OUTSIDE!r}, 9), 10)
    except OSError as error:
        print(error)

if os.environ.get("PLUMBLINE_OFFLINE_KERNEL") == "1":
    uvloop.run(go())
"""
    launcher = ROOT / "tests" / "offline" / "launch.py"
    bare = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    ran = subprocess.run(
        [sys.executable, str(launcher), sys.executable, "-c", program],
        env=bare,
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
        check=False,
    )
    if "no network namespace here" not in ran.stderr:
        assert ran.stdout.startswith("loopback\n"), ran.stderr
        assert "Network is unreachable" in ran.stdout
