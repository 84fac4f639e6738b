"""The rules of who may import whom, of style and of types: each goes red on a planted violation of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from shared.testing.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
CODE = ("services", "shared")

# contract id -> (file, the import that breaks it)
VIOLATIONS = {
    "a service imports another": ("services-apart", "services/publish/planted.py", "import services.verification"),
    "a service reaches another through the command line": (
        "services-apart",
        "services/publish/planted.py",
        "import services.__main__",
    ),
    "the kit imports a service": ("kit-below", "shared/planted.py", "import services.publish"),
    "the kit imports a service inside a function": (
        "kit-below",
        "shared/planted.py",
        "def late() -> None:\n    import services.publish",
    ),
    "a model speaks SQL": ("pure-core", "services/comment/model.py", "import asyncpg"),
    "a model in a package speaks Kafka": (
        "pure-core",
        "services/comment/model/planted.py",
        "from aiokafka import errors",
    ),
    "an engine serves pages": ("pure-core", "services/comment/engine/planted.py", "import starlette.requests"),
    "an engine gets SQL by a detour through the kit": (
        "pure-core",
        "services/comment/engine/planted.py",
        "import shared.local.postgres",
    ),
    "an engine consumes": ("pure-core", "services/comment/engine/planted.py", "import faststream"),
    "an engine fetches": ("pure-core", "services/comment/engine/planted.py", "import aiohttp"),
    "a model answers calls": ("pure-core", "services/comment/model.py", "import grpc"),
    "a model runs a server": ("pure-core", "services/comment/model.py", "import uvicorn"),
    "a service uses test fixtures": ("test-fixtures", "services/publish/planted.py", "import shared.testing.parts"),
    "the kit uses test fixtures": ("test-fixtures", "shared/planted.py", "from shared.testing import servers"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code and its rules, to be spoiled at will. The command line is a plain one, whatever it is today."""
    for folder in CODE:
        shutil.copytree(
            ROOT / folder,
            tmp_path / folder,
            ignore=lambda _, names: [name for name in names if not name.endswith(".py") and "." in name],
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    # Two rooms beside those that stand, so that a violation has its place whatever services there are.
    for package in ("services/comment", "services/publish", "services/verification"):
        plant(tmp_path, f"{package}/__init__.py", "")
    plant(tmp_path, "services/__main__.py", "import services.publish\nimport services.verification")
    return tmp_path


def plant(root: Path, place: str, text: str) -> None:
    file = root / place
    rival = file.with_suffix("") if file.name == "model.py" else file.parent.with_suffix(".py")
    if rival.is_dir():  # a module and a package of one name cannot stand side by side
        shutil.rmtree(rival)
    rival.unlink(missing_ok=True) if rival.is_file() else None
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.parent.name in {"model", "engine"}:
        (file.parent / "__init__.py").touch()
    file.write_text(text + "\n", encoding="utf-8")


def run(program: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(cwd), "NO_COLOR": "1"}
    return subprocess.run(
        [str(PROGRAMS / program), *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
    )


def lint_imports(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("lint-imports", "--no-logo", "--no-cache", *arguments, cwd=root)


def contracts() -> dict[str, str]:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return {contract["id"]: contract["name"] for contract in found}


def test_the_house_keeps_its_contracts_with_a_command_line_that_knows_every_service(copy: Path) -> None:
    result = lint_imports(copy)
    assert result.returncode == 0, result.stdout
    for name in contracts().values():
        assert f"{name} KEPT" in result.stdout


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract for contract, _, _ in VIOLATIONS.values()} == set(contracts())


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_planted_import_breaks_its_contract(copy: Path, violation: str) -> None:
    contract, place, text = VIOLATIONS[violation]
    plant(copy, place, text)
    result = lint_imports(copy, "--contract", contract)
    assert result.returncode == 1, result.stdout
    assert f"{contracts()[contract]} BROKEN" in result.stdout


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("import os\n", "F401"),
        ("def f(x: list[int] = []) -> None: ...\n", "B006"),
        ("import subprocess\n\nsubprocess.run('ls', shell=True)\n", "S60"),
        ("import time\n\n\nasync def f() -> None:\n    time.sleep(1)\n", "ASYNC251"),
    ],
)
def test_ruff_goes_red_on_a_planted_mistake(copy: Path, text: str, rule: str) -> None:
    plant(copy, "shared/planted.py", '"""Planted."""\n\nfrom __future__ import annotations\n\n' + text)
    result = run("ruff", "check", "--no-cache", "shared/planted.py", cwd=copy)
    assert result.returncode == 1
    assert rule in result.stdout


def test_the_formatter_goes_red_on_a_planted_line(copy: Path) -> None:
    plant(copy, "shared/planted.py", "x = {  'a':1 }")
    assert run("ruff", "format", "--no-cache", "--check", "shared/planted.py", cwd=copy).returncode == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("def f(x):\n    return x\n", "no-untyped-def"),
        ("def f(x: dict) -> None: ...\n", "type-arg"),
        ("def f() -> int:\n    return 'a'\n", "return-value"),
    ],
)
def test_mypy_goes_red_on_a_planted_type_error(copy: Path, text: str, complaint: str) -> None:
    plant(copy, "shared/planted.py", text)
    result = run("mypy", "--strict", "shared/planted.py", cwd=copy)
    assert result.returncode == 1
    assert complaint in result.stdout
