"""pytest plug-in: puts the guard into this run and whatever it starts; an attempt to leave the machine fails its test,
also where the code swallowed the refusal, and the run names it once more at its end."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.offline import guard, launch

CHILD = Path(__file__).parent / "child"
FOLDER = "PLUMBLINE_OFFLINE_FOLDER"
ATTEMPTS = pytest.StashKey[list[str]]()
WATCHED = "plumbline_offline_guard"  # what child/sitecustomize.py calls the guard
SEEN = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """The first process makes the folder; each process of a parallel run writes a file of its own into it."""
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="plumbline-offline-")
        head = [str(CHILD), *filter(None, [os.environ.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(head)
    record = Path(os.environ[FOLDER]) / f"{os.getpid()}"
    record.touch()
    os.environ[guard.RECORD] = str(record)
    config.stash[SEEN] = 0
    if WATCHED not in sys.modules:  # a worker of a parallel run is a Python that a test run started
        guard.install()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: object) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test is over after its teardown: what was tried since the one before is laid at its door."""
    report = yield
    if report.when == "teardown":
        tried = (Path(os.environ[FOLDER]) / str(os.getpid())).read_text(encoding="utf-8")
        new, item.config.stash[SEEN] = tried[item.config.stash[SEEN] :], len(tried)
        if new:
            report.outcome = "failed"
            report.longrepr = f"this test tried to leave the machine:\n{new}"
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Whatever was tried, also after the last test, makes the run red."""
    if hasattr(session.config, "workerinput"):
        return
    folder = Path(os.environ[FOLDER])
    tried = [line for file in sorted(folder.iterdir()) for line in file.read_text(encoding="utf-8").splitlines()]
    shutil.rmtree(folder, ignore_errors=True)
    session.config.stash[ATTEMPTS] = tried
    if tried and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what shut the way out, and who tried it."""
    kernel = "the kernel knows no other network" if launch.shut_in() else "Python's own sockets are watched"
    terminalreporter.line(f"Network: this machine alone ({kernel})")
    for line in config.stash.get(ATTEMPTS, []):
        terminalreporter.line(f"tried to leave the machine: {line}", red=True)
