"""The verdict bench prints a control that never sees the evidence, and counts what it says it counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from services.verification.engine.leaning import Leaning
from tests.bench.verdict import claim_only, figures, lean, right
from tests.bench.verdict_sets import CONFLICTING, OPEN, REFUTED, SUPPORTED, UNSUPPORTED, LabelledClaim


def rows(count: int = 60) -> list[LabelledClaim]:
    labels = (SUPPORTED, REFUTED, CONFLICTING, OPEN)
    return [LabelledClaim(f"Claim {n} about {labels[n % 4]} things.", labels[n % 4], ()) for n in range(count)]


def test_J14_the_control_is_the_same_whatever_the_evidence_says() -> None:
    bare = rows()
    dressed = [LabelledClaim(each.claim, each.label, (("p", f"It is {each.label}."),)) for each in bare]
    told = [Leaning("open", 0.0, False)] * len(bare)
    without, beside = figures(bare, told, 3), figures(dressed, told, 3)
    assert without["claim_only_control"] == beside["claim_only_control"]
    correct, _ = claim_only([each.claim for each in bare], [each.label for each in bare], 3)
    assert correct.mean() > 0.9, "a label that stands in the claim is given away, and the control shows it"


def test_rates_count_what_they_name() -> None:
    told = rows(8)
    leanings = [Leaning("refuted", 0.9, True)] * 4 + [Leaning("conflicting", 0.9, True)] * 4
    found = figures(told, leanings, 0)
    values: dict[str, Any] = {name: getattr(each, "value", each) for name, each in found.items()}
    assert values["coverage"] == 1.0
    assert values["wrong_refuted_rate"] == 3 / 8
    assert values["conflicting_recall"] == 0.5
    assert np.isclose(values["accuracy"], 2 / 8)
    assert right(REFUTED, UNSUPPORTED)
    assert not right(SUPPORTED, UNSUPPORTED)


def test_the_products_own_assessment_decides() -> None:
    said = "The wreck of the Marianne lies at a depth of about {} metres."
    row = LabelledClaim(said.format("5,200"), REFUTED, (("Survey", said.format("3,800")),))
    assert (lean(row).side, lean(row).suggests) == ("refuted", True)
