"""The schema rules are real: each planted breakage of the contract turns `buf lint` or `buf breaking` red."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shared.testing.patience import PATIENCE

PROTO = Path(__file__).resolve().parents[2] / "proto"
BUF = Path(sys.executable).parent / "buf"

BREAKAGES = (
    ("a changed type", "events/v1/article.proto", "  string title = 8;", "  bytes title = 8;"),
    ("a reused number", "events/v1/article.proto", "  string standfirst = 9;", "  uint32 standfirst = 9;"),
    ("a removed field", "partner/v1/publication_service.proto", "  string rating = 6;\n", ""),
    ("a renamed field", "partner/v1/fact_check_service.proto", "  string claimant = 4;", "  string said_by = 4;"),
    ("a removed method", "partner/v1/publication_service.proto", "  rpc GetPanel(GetPanelRequest) returns (Panel);\n", ""),
    ("a removed enum value", "events/v1/claim.proto", "  CLAIM_STATE_DISMISSED = 5;\n", ""),
    ("a stream turned into one answer", "partner/v1/publication_service.proto", "returns (stream ", "returns ("),
)  # fmt: skip
SLOPPY = (
    ("a field in camel case", "events/v1/article.proto", "  string url = 7;", "  string pageUrl = 7;"),
    ("an enum value without its prefix", "events/v1/claim.proto", "  CLAIM_STATE_STALE = 2;", "  STALE = 2;"),
    ("a service without its suffix", "staff/v1/review_service.proto", "service ReviewService {", "service Reviews {"),
)


def buf(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BUF), *arguments], cwd=folder, capture_output=True, text=True, timeout=5 * PATIENCE, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "proto"
    shutil.copytree(PROTO, target, ignore=shutil.ignore_patterns("gen", "__pycache__"))
    return target


def plant(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / "plumbline" / file
    text = path.read_text()
    assert text.count(old) >= 1, f"{file} no longer holds {old!r}"
    path.write_text(text.replace(old, new, 1))


def test_the_contract_as_it_stands_keeps_every_rule(copy: Path) -> None:
    assert buf(copy, "lint").returncode == 0
    assert buf(copy, "breaking", "--against", "baseline.binpb").returncode == 0


@pytest.mark.parametrize(("what", "file", "old", "new"), BREAKAGES, ids=[b[0] for b in BREAKAGES])
def test_a_breaking_change_is_refused(copy: Path, what: str, file: str, old: str, new: str) -> None:
    plant(copy, file, old, new)
    answer = buf(copy, "breaking", "--against", "baseline.binpb")
    assert answer.returncode != 0, what
    assert Path(file).name in answer.stdout


@pytest.mark.parametrize(("what", "file", "old", "new"), SLOPPY, ids=[b[0] for b in SLOPPY])
def test_a_sloppy_name_is_refused(copy: Path, what: str, file: str, old: str, new: str) -> None:
    plant(copy, file, old, new)
    answer = buf(copy, "lint")
    assert answer.returncode != 0, what
    assert Path(file).name in answer.stdout
