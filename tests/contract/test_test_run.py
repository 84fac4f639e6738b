"""The test run itself: what it says at its end, and what it forgives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from shared.testing.parts import MAC_CHROME
from shared.testing.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]

MODULE = """
import pytest
from shared.testing.parts import missing, note_part

def test_uses_a_part(pytestconfig):
    note_part(pytestconfig, "Broker", "a kettle")

def test_lacks_a_part():
    missing("no kettle on this machine")

@pytest.mark.xfail
def test_known_bug():
    assert False
"""
BROWSERLESS = """
def test_page(chromium):
    raise AssertionError("there was none to give")
"""
KAFKALESS = """
async def test_broker(real_kafka):
    raise AssertionError("there was none to give")
"""


def run_pytest(folder: Path, module: str, **variables: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text('pytest_plugins = ["shared.testing.servers", "shared.testing.summary"]\n')
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = session\n")
    (folder / "test_planted.py").write_text(module)
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "PYTEST_ADDOPTS", "JAVA_HOME"}}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
    )


def test_a_run_names_the_parts_it_used_and_why_it_skipped(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, MODULE)
    assert result.returncode == 0, result.stdout
    assert "Broker: a kettle" in result.stdout
    assert "no kettle on this machine" in result.stdout


def test_under_ci_a_missing_part_fails(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, MODULE, CI="true")
    assert result.returncode == 1
    assert "no kettle on this machine; required under CI=true" in result.stdout
    assert "1 failed, 1 passed, 1 xfailed" in result.stdout
    assert "failed (call): test_planted.py::" in result.stdout, "it is named when it fails, not only at the end"


def test_under_ci_any_skip_turns_the_run_red_and_is_named(tmp_path: Path) -> None:
    skipping = "import pytest\n\ndef test_quiet():\n    pytest.skip('for no good reason')\n"
    assert run_pytest(tmp_path, skipping).returncode == 0
    result = run_pytest(tmp_path, skipping, CI="true")
    assert result.returncode == 1
    assert "skipped under CI=true, so this run fails: test_planted.py::test_quiet" in result.stdout


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        pytest.param(
            BROWSERLESS,
            "no Chromium on this machine (`make test` gets one where it can)",
            marks=pytest.mark.skipif(MAC_CHROME.exists(), reason="this Mac has Chrome at its one fixed place"),
        ),
        (KAFKALESS, "a real Kafka cannot run here: no Java 17 or newer"),
    ],
)
def test_without_browser_or_java_tests_are_skipped_with_the_reason(tmp_path: Path, module: str, reason: str) -> None:
    bare = {"PATH": str(tmp_path), "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path), "PLUMBLINE_CHROMIUM": ""}
    at_home = run_pytest(tmp_path, module, **bare)
    in_ci = run_pytest(tmp_path, module, CI="true", **bare)
    assert (at_home.returncode, in_ci.returncode) == (0, 1)
    assert reason in at_home.stdout
    assert f"{reason}; required under CI=true" in in_ci.stdout


def test_one_event_loop_serves_the_whole_session(tmp_path: Path) -> None:
    module = """
import asyncio
seen = set()

async def test_first():
    seen.add(asyncio.get_running_loop())

async def test_second():
    seen.add(asyncio.get_running_loop())
    assert len(seen) == 1
"""
    options = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'asyncio_default_test_loop_scope = "session"' in options
    result = run_pytest(tmp_path, module, PYTEST_ADDOPTS="-o asyncio_default_test_loop_scope=session")
    assert result.returncode == 0, result.stdout
