"""Twelve articles and more of different kinds, each against a few sources with traps in them: every line of every panel was
judged by eye. What is still foolish is named as such, and moves up once it is mended."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.claim_extraction.engine import Extractor
from services.verification.model import OutcomeStatus
from tests.panels.reading import GOLDEN, NAMES, panel


@pytest.fixture(scope="module")
def extractor() -> Extractor:
    return Extractor.load()


def judged(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((GOLDEN / "panels" / f"{name}.json").read_text(encoding="utf-8"))
    return found


def test_there_are_panels_of_twelve_kinds() -> None:
    assert len(NAMES) >= 12


@pytest.mark.parametrize("name", NAMES)
def test_J3_a_panel_says_of_every_claim_what_was_judged_right(name: str, extractor: Extractor) -> None:
    told = judged(name)
    foolish = {each["claim"]: each for each in told.get("foolish", [])}
    shown = {line.claim.text: line.name for line in panel(name, extractor).lines}
    assert {text: outcome for text, outcome in shown.items() if text not in foolish} == told["right"]
    for text, each in foolish.items():
        assert shown[text] == each["now"] != each["better"], f"mended, or worse: {text}"


@pytest.mark.parametrize("name", NAMES)
def test_J9_every_line_of_a_panel_quotes_word_for_word_and_no_machine_gives_a_verdict(
    name: str, extractor: Extractor
) -> None:
    shown = panel(name, extractor)
    for line in shown.lines:
        assert line.outcome.status in (OutcomeStatus.ASSESSED, OutcomeStatus.NEEDS_REVIEW)
        for cited in line.outcome.citations:
            assert shown.sources[cited.evidence_id].text[cited.start : cited.end] == cited.exact
