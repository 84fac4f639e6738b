"""pytest plug-in: at the end of a run, say which parts it used; under CI=true nothing may have been skipped."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from shared.testing.parts import PARTS_USED, under_ci

SKIPPED = pytest.StashKey[list[str]]()
_PARTS, _SKIPS = "plumbline_parts", "plumbline_skips"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember skips, expected failures aside."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        item.config.stash.setdefault(SKIPPED, []).append(item.nodeid)
    return report


class AtOnce:
    """Names each failure when it happens: a run that is cut short has no summary."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and reporter is not None and not hasattr(self._config, "workerinput"):
            crash = getattr(report.longrepr, "reprcrash", None)
            why = (crash.message if crash is not None else str(report.longrepr)).strip().partition("\n")[0]
            reporter.ensure_newline()
            reporter.write_line(f"failed ({report.when}): {report.nodeid}: {why[:300]}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(AtOnce(config))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A skip is a failure where every part is required. A worker of a parallel run leaves what it saw to the first process."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_PARTS] = session.config.stash.get(PARTS_USED, {})
        output[_SKIPS] = session.config.stash.get(SKIPPED, [])
    elif exitstatus == pytest.ExitCode.OK and under_ci() and session.config.stash.get(SKIPPED, []):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object | None) -> None:
    """Take over what a worker saw."""
    output = getattr(node, "workeroutput", {})
    node.config.stash.setdefault(PARTS_USED, {}).update(output.get(_PARTS, {}))
    node.config.stash.setdefault(SKIPPED, []).extend(output.get(_SKIPS, []))


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
