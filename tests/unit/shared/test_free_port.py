"""A port given to a server that starts later is given to nobody else until then."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from shared.local import process
from shared.local.process import ServerFailed, free_port
from shared.testing.patience import PATIENCE

ASK = "from shared.local.process import free_port; print(*(free_port() for _ in range(40))); input()"


def test_ports_asked_for_at_once_by_several_processes_are_all_different() -> None:
    asking = [
        subprocess.Popen([sys.executable, "-c", ASK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    given = [free_port() for _ in range(40)]
    for each in asking:
        assert each.stdout is not None
        given += map(int, each.stdout.readline().split())
    for each in asking:
        each.communicate("\n", timeout=5 * PATIENCE)
    assert len(set(given)) == len(given) == 200


def test_it_is_none_a_connection_is_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert all(free_port() < 32_768 <= server.getsockname()[1] for _ in range(20))


def test_one_somebody_listens_on_is_passed_over_and_kept_from_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setattr(process, "_PORTS", range(port, port + 1))
    with pytest.raises(ServerFailed, match="free"):
        free_port()  # promised to this process
    monkeypatch.setattr(process, "_promised", set())
    with socket.create_server(("127.0.0.1", port)), pytest.raises(ServerFailed, match="free"):
        free_port()
    assert free_port() == port
