"""WCAG 2.2 contrast of every pair of tokens that is used as text on ground, in both schemes, from the stylesheet itself."""

from __future__ import annotations

import re

import pytest

from shared.web.assets import SHARED_STATIC

TOKENS = (SHARED_STATIC / "tokens.css").read_text("utf-8")
GROUNDS = ("paper", "surface", "sunken")
TEXTS = ("ink", "muted", "accent", "good", "fair", "bad", "split", "calm")
ON_TINT = ("good", "fair", "bad", "split", "calm")


def scheme(name: str) -> dict[str, tuple[int, ...]]:
    """Colours of one scheme by token; dark ones stand in the media query and replace the light ones."""
    light, _, rest = TOKENS.partition("@media (prefers-color-scheme: dark)")
    dark = rest.partition("@media print")[0]
    source = light if name == "light" else light + dark
    found: dict[str, tuple[int, ...]] = {}
    for token, digits in re.findall(r"--([\w-]+): #([0-9a-f]{3,6});", source):
        full = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
        found[token] = tuple(int(full[at : at + 2], 16) for at in (0, 2, 4))
    return found


def luminance(colour: tuple[int, ...]) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [one / 255 for one in colour]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Contrast ratio, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_ratio_is_the_one_wcag_defines() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_RP3_text_on_every_ground_has_a_contrast_of_4_5_or_more(name: str) -> None:
    colours = scheme(name)
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS]
    pairs += [(tone, f"{tone}-tint") for tone in ON_TINT]
    pairs += [("ink", f"{tone}-tint") for tone in ON_TINT]
    pairs += [("on-accent", "accent")] + [("paper", tone) for tone in ON_TINT]
    weak = {pair: round(ratio, 2) for pair in pairs if (ratio := contrast(colours[pair[0]], colours[pair[1]])) < 4.5}
    assert weak == {}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_RP3_the_focus_ring_stands_out_by_3_or_more(name: str) -> None:
    colours = scheme(name)
    assert all(contrast(colours["focus"], colours[ground]) >= 3 for ground in GROUNDS)
