"""Migrations only add. What takes something away says so, and waits a release (docs/runbooks/upgrade.md)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LATER = sorted(
    file
    for folder in (ROOT / "shared" / "migrations", *ROOT.glob("services/*/migrations"))
    for file in folder.rglob("*.sql")
    if not file.name.startswith("0001_")
)
CONTRACT = re.compile(r"^-- contract: \S.+$", re.MULTILINE)
TAKES_AWAY = {
    "drops something": r"\bDROP\s+(TABLE|COLUMN|TYPE|VIEW|FUNCTION)\b",
    "renames something": r"\bRENAME\b",
    "changes a type": r"\bALTER\s+(COLUMN\s+)?\w+\s+(SET\s+DATA\s+)?TYPE\b",
    "demands a value older releases do not write": r"\bSET\s+NOT\s+NULL\b"
    r"|\bADD\s+(COLUMN\s+)?(?!CONSTRAINT)(IF\s+NOT\s+EXISTS\s+)?\w+\s+(?![^,;]*\bDEFAULT\b)[^,;]*\bNOT\s+NULL\b",
    "takes a default away": r"\bDROP\s+DEFAULT\b",
}


def taken_away(sql: str) -> list[str]:
    """What an older release may miss after this migration; empty for one that says it is a contraction."""
    code = re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL)
    if CONTRACT.search(sql):
        return []
    return [what for what, pattern in TAKES_AWAY.items() if re.search(pattern, code, re.IGNORECASE)]


@pytest.mark.parametrize("file", LATER, ids=lambda file: f"{file.parent.parent.name}/{file.name}")
def test_D9_a_migration_leaves_the_release_before_it_working(file: Path) -> None:
    assert taken_away(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "planted",
    [
        "ALTER TABLE a DROP COLUMN b;",
        "DROP TABLE a;",
        "ALTER TABLE a RENAME COLUMN b TO c;",
        "ALTER TABLE a ALTER COLUMN b TYPE bigint;",
        "ALTER TABLE a ADD COLUMN b text NOT NULL;",
        "ALTER TABLE a ADD b text NOT NULL, ADD c text;",
        "ALTER TABLE a ALTER b SET NOT NULL;",
        "ALTER TABLE a ALTER b DROP DEFAULT;",
    ],
)
def test_D9_what_takes_something_away_is_noticed(planted: str) -> None:
    assert taken_away(planted) != []
    assert taken_away(f"-- contract: unused since 0.4\n{planted}") == []


@pytest.mark.parametrize(
    "harmless",
    [
        "ALTER TABLE a ADD COLUMN b text;",
        "ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT '';",
        "CREATE TABLE c (d text NOT NULL);",
        "CREATE INDEX e ON c (d); -- never DROP COLUMN d before 0.5",
    ],
)
def test_D9_what_adds_is_let_through(harmless: str) -> None:
    assert taken_away(harmless) == []
