"""pytest plug-in: at the end of a run, say which parts it used; under CI=true nothing may have been skipped."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from shared.testing.parts import PARTS_USED, under_ci

SKIPPED = pytest.StashKey[list[str]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember skips, expected failures aside."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        item.config.stash.setdefault(SKIPPED, []).append(item.nodeid)
    return report


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A skip is a failure where every part is required."""
    if exitstatus == pytest.ExitCode.OK and under_ci() and session.config.stash.get(SKIPPED, []):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the parts that were really used, and why a run without failures is red when it is."""
    terminalreporter.section("parts used")
    used = config.stash.get(PARTS_USED, {})
    for part, name in sorted(used.items()):
        terminalreporter.line(f"{part}: {name}")
    if not used:
        terminalreporter.line("none: no test of this run needed a server or a browser")
    if under_ci():
        for test in config.stash.get(SKIPPED, []):
            terminalreporter.line(f"skipped under CI=true, so this run fails: {test}", red=True)
