"""The front door of the repository: make targets, set-up and CI scripts."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = [ROOT / "Makefile", ROOT / ".ci" / "run", *sorted((ROOT / "deploy" / "setup").iterdir())]
INTERNAL = {"setup-run", "setup-dev"}


def targets() -> set[str]:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    return {match[1] for line in lines if (match := re.match(r"([a-z][a-z%-]*):(?!=)", line))}


def test_make_alone_prints_every_target_with_a_line_of_help() -> None:
    printed = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    shown = {words[1]: words[2:] for line in printed.splitlines() if (words := line.split())[0] == "make"}
    assert set(shown) == targets() - INTERNAL
    assert all(shown.values())


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_no_script_names_a_registry(script: Path) -> None:
    """Where packages come from is the machine's own setting."""
    text = script.read_text(encoding="utf-8")
    assert not re.search(r"https?://|index-url|registry|mirror|pypi|maven\.org|npmjs", text, re.IGNORECASE)


@pytest.mark.parametrize(
    "script", [script for script in SCRIPTS if script.name != "Makefile"], ids=lambda script: script.name
)
def test_scripts_are_sound_shell(script: Path) -> None:
    subprocess.run(["bash", "-n", str(script)], check=True)
    assert script.stat().st_mode & 0o100, f"{script} can be run"


def test_pre_commit_runs_what_ci_runs_and_nothing_from_elsewhere() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert {repository["repo"] for repository in config["repos"]} == {"local"}
    hooks = {hook["entry"] for repository in config["repos"] for hook in repository["hooks"]}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    checks = re.search(r"^test:(.*)##", makefile, re.MULTILINE)
    assert checks is not None
    assert hooks == {f"make {target}" for target in checks[1].split() if target != "setup"}


def test_every_test_folder_is_run_by_make_test() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    order = re.search(r"^TEST_ORDER := (.*)$", makefile, re.MULTILINE)
    assert order is not None
    holding_tests = {file.relative_to(ROOT / "tests").parts[0] for file in (ROOT / "tests").rglob("test_*.py")}
    assert holding_tests <= set(order[1].split())
