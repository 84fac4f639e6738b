"""`plumbline check`: a sentence or a file in, a table out; what cannot be read is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.__main__ import app

SAID = "Unemployment fell to 3.4 per cent in 2023, said Ada Holm, the minister."


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLUMBLINE_HOME", str(tmp_path / "home"))
    return tmp_path


def check(*words: str) -> Result:
    return CliRunner().invoke(app, ["check", *words])


def test_a_sentence_becomes_a_row_with_who_said_it_and_its_numbers(home: Path) -> None:
    ended = check(SAID, "--json")
    assert ended.exit_code == 0
    (row,) = json.loads(ended.stdout)
    assert row["claim"] == "Unemployment fell to 3.4 per cent in 2023"
    assert row["who"] == "Ada Holm (named)"
    assert "3.4 per cent" in row["numbers and dates"]
    assert "(2023)" in row["numbers and dates"]
    assert float(row["worth checking"]) > 0.5
    assert row["why"]


def test_a_file_is_read_paragraph_by_paragraph_into_a_table(home: Path) -> None:
    file = home / "article.txt"
    file.write_text(f"{SAID}\n\nThe city planted 4,000 trees in 2021.\n", encoding="utf-8")
    ended = check(str(file))
    assert ended.exit_code == 0
    assert "4,000" in ended.stdout
    assert "Ada Holm" in ended.stdout
    assert "worth" in ended.stdout


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("Die Arbeitslosigkeit sank im Jahr 2023 auf drei Prozent, sagte die Ministerin am Montag.", "'de'"),
        ("Should we not all go home now?", "no sentence here asks to be checked"),
    ],
)
def test_a_text_without_claims_says_why(home: Path, text: str, note: str) -> None:
    ended = check(text, "--json")
    assert ended.exit_code == 0
    (row,) = json.loads(ended.stdout)
    assert (row["claim"], note in row["why"]) == ("", True)


def test_S7_what_cannot_be_read_is_refused_and_named(home: Path) -> None:
    (home / "picture.jpg").write_bytes(b"\xff\xd8\xff\x00")
    (home / "empty.txt").write_text(" \n")
    for text, said in (
        (str(home / "missing.txt"), "no file"),
        (str(home / "picture.jpg"), "UTF-8"),
        (str(home / "empty.txt"), "with text in it"),
        ("", "with text in it"),
    ):
        ended = check(text)
        assert ended.exit_code == 2, text
        assert said in ended.stderr.replace("\n", " ")
        assert "field: text" in ended.stderr.replace("\n", " ")


@pytest.mark.parametrize(
    ("held", "said"), [("{}", "no list"), ('[{"text": "x", "label": 2}]', "row 0"), ("[1]", "row 0")]
)
def test_S7_what_cannot_be_trained_on_is_refused_before_anything_is_built(home: Path, held: str, said: str) -> None:
    labelled = home / "labelled.json"
    labelled.write_text(held)
    ended = CliRunner().invoke(app, ["models", "build", "--check-worthiness", str(labelled)])
    assert ended.exit_code == 2
    assert said in ended.stderr.replace("\n", " ")
    assert not (home / "home").exists()
