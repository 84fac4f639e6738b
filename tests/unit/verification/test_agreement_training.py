"""The recipe of the agreement model: sureness comes from texts of a kind that was not fitted on."""

from __future__ import annotations

import numpy as np
import pytest

from services.verification.engine.agreement_features import LESS, MORE, NAMES
from services.verification.engine.agreement_training import Domain, fit, kept_out, trained


def domain(seed: int, *, strength: float, share: float, open_share: float = 0.5) -> Domain:
    """Counts of which the first tells the answer, by `strength`, and the rest nothing."""
    drawn = np.random.default_rng(seed)
    labels = drawn.random(800) < share
    rows = drawn.random((800, len(NAMES)))
    rows[:, 0] += strength * labels
    return Domain(rows, labels, open_share)


def test_the_same_pairs_give_the_same_weights() -> None:
    domains = {str(n): domain(n, strength=0.6, share=0.4) for n in range(3)}
    assert trained(domains) == trained(domains)


def test_every_weight_keeps_its_sign_whatever_the_pairs_say() -> None:
    turned = domain(1, strength=-2.0, share=0.5)
    weights = dict(zip(NAMES, fit([turned]).weights, strict=True))
    assert all(weights[name] >= 0 for name in MORE)
    assert all(weights[name] <= 0 for name in LESS)
    assert weights[NAMES[0]] == pytest.approx(0.0, abs=1e-9)


def test_what_does_not_carry_to_another_kind_of_text_is_said_less_surely() -> None:
    alike = {str(n): domain(n, strength=0.8, share=0.4) for n in range(3)}
    apart = {**alike, "2": domain(2, strength=0.0, share=0.4)}
    rows = np.eye(1, len(NAMES)) * 1.8 + 0.5
    assert trained(apart).probabilities(rows)[0] < trained(alike).probabilities(rows)[0]


def test_sureness_over_domains_kept_out_is_as_often_right_as_it_says() -> None:
    domains = {str(n): domain(n, strength=0.6, share=share) for n, share in enumerate((0.5, 0.33, 0.25))}
    model = trained(domains)
    said = np.mean([model.probabilities(each.rows).mean() for each in domains.values()])
    assert said == pytest.approx(np.mean([0.5, 0.33, 0.25]), abs=0.03)
    assert model.open_share == 0.5
    assert set(kept_out(domains)) == set(domains)
