"""The words and looks of outcomes. One place decides what a chip says, so page, list, search and JSON agree.

A rating is shown three ways at once (shape, word, colour); a result nobody reviewed says so in its own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.web.pages import day

UNREVIEWED = "Automated check, not yet reviewed"


class Tone(StrEnum):
    """Colour family of an outcome; each has a style rule and an icon."""

    SUPPORTED = "supported"
    MOSTLY_SUPPORTED = "mostly-supported"
    MIXED = "mixed"
    MOSTLY_REFUTED = "mostly-refuted"
    REFUTED = "refuted"
    CONFLICTING = "conflicting"
    UNPROVEN = "unproven"
    WAITING = "waiting"
    WITHDRAWN = "withdrawn"


ICONS: dict[str, str] = {
    Tone.SUPPORTED: "check",
    Tone.MOSTLY_SUPPORTED: "check",
    Tone.MIXED: "half",
    Tone.MOSTLY_REFUTED: "cross",
    Tone.REFUTED: "cross",
    Tone.CONFLICTING: "split",
    Tone.UNPROVEN: "question",
    Tone.WAITING: "clock",
    Tone.WITHDRAWN: "minus",
}


@dataclass(frozen=True, slots=True)
class RatingStep:
    """One rating of a site's scheme. `value` runs from 1 (refuted) to 5 (supported); beside the scale there is none."""

    key: str
    label: str
    tone: str
    value: int | None = None
    meaning: str = ""


DEFAULT_SCHEME: tuple[RatingStep, ...] = (
    RatingStep("supported", "Supported", Tone.SUPPORTED, 5, "Reliable sources say the same, and none contradicts it."),
    RatingStep(
        "mostly_supported", "Mostly supported", Tone.MOSTLY_SUPPORTED, 4, "Right in substance, imprecise in a detail."
    ),
    RatingStep("mixed", "Mixed", Tone.MIXED, 3, "Part of it holds and part of it does not."),
    RatingStep(
        "mostly_refuted", "Mostly refuted", Tone.MOSTLY_REFUTED, 2, "Wrong in substance, with a true core or detail."
    ),
    RatingStep("refuted", "Refuted", Tone.REFUTED, 1, "A reliable source states the opposite, and two people agreed."),
    RatingStep("conflicting", "Conflicting evidence", Tone.CONFLICTING, None, "Reliable sources disagree."),
    RatingStep(
        "missing_context", "Missing context", Tone.MIXED, None, "Not wrong, but misleading without what is left out."
    ),
    RatingStep(
        "not_enough_evidence",
        "Not enough evidence",
        Tone.UNPROVEN,
        None,
        "We found nothing that settles it. That says nothing about whether it is true.",
    ),
    RatingStep("withdrawn", "Withdrawn", Tone.WITHDRAWN, None, "We took this check back and say why."),
)


@dataclass(frozen=True, slots=True)
class Chip:
    """The outcome in words. `word` is the full line, the same string in every rendering; `short` fits a tally.

    `settled` is true only for a verdict a person reviewed.
    """

    word: str
    short: str
    tone: str
    icon: str
    settled: bool = False


def chip(
    *,
    status: str,
    rating: str = "",
    headline: str = "",
    reviewed_by: str = "",
    scheme: Sequence[RatingStep] = DEFAULT_SCHEME,
) -> Chip:
    """The chip of one claim.

    `status` is checking, needs_review, assessed, verdict, withdrawn, stale or orphaned. `headline` is the line that
    verification wrote and is shown as it stands; the fallbacks below only serve outcomes without one.
    """
    step = next((one for one in scheme if one.key == rating), None)
    if status == "verdict" and step is not None:
        word = headline or step.label
        if not reviewed_by and step.value is not None and UNREVIEWED not in word:
            word = f"{word}. {UNREVIEWED}"
        return _chip(word, step.label, step.tone, settled=bool(reviewed_by))
    if status == "assessed":
        return _assessed(step, headline)
    if status == "needs_review":
        return _needs_review(step, headline)
    word, tone = {
        "withdrawn": ("Withdrawn", Tone.WITHDRAWN),
        "stale": ("Text changed, re-checking", Tone.WAITING),
        "orphaned": ("No longer in the article", Tone.WITHDRAWN),
    }.get(status, ("Being checked", Tone.WAITING))
    return _chip(headline or word, word, tone)


def _assessed(step: RatingStep | None, headline: str) -> Chip:
    if step is None:
        return _chip(headline or UNREVIEWED, "Not yet reviewed", Tone.WAITING)
    if step.value is None and step.tone == Tone.UNPROVEN:
        return _chip(headline or step.label, step.label, step.tone)
    return _chip(headline or f"{UNREVIEWED}: {step.label.lower()}", f"{step.label}, not yet reviewed", step.tone)


def _needs_review(step: RatingStep | None, headline: str) -> Chip:
    if step is None:
        return _chip(headline or "Waiting for a reviewer", "Waiting for a reviewer", Tone.WAITING)
    if step.tone == Tone.UNPROVEN:
        return _chip(headline or step.label, step.label, step.tone)
    if step.value is not None and step.value <= 2:
        return _chip(headline or "Contradicted, awaiting review", "Contradicted, awaiting review", step.tone)
    return _chip(headline or f"{step.label}, awaiting review", f"{step.label}, awaiting review", step.tone)


def _chip(word: str, short: str, tone: str, *, settled: bool = False) -> Chip:
    return Chip(word=word, short=short, tone=tone, icon=ICONS[tone], settled=settled)


def contradicted_by(publishers: Sequence[str]) -> str:
    """`Contradicted by A and B, awaiting review`: the line of an unreviewed refutation."""
    return f"Contradicted by {in_words(publishers) or 'a source'}, awaiting review"


def in_words(names: Sequence[str]) -> str:
    """`A`, `A and B`, `A, B and 2 others`; doubles are named once."""
    unique = list(dict.fromkeys(name for name in names if name))
    if len(unique) > 3:
        return f"{unique[0]}, {unique[1]} and {len(unique) - 2} others"
    return " and ".join(filter(None, [", ".join(unique[:-1]), unique[-1]])) if unique else ""


def said_by(source_kind: str, name: str = "", *, verbatim: bool = False) -> str:
    """Who said it, as a phrase. `source_kind` is author, named, group, document or anonymous."""
    verb = "Said by" if verbatim else "Attributed to"
    if source_kind == "anonymous":
        return "Said by a source the article does not name" if verbatim else "Attributed to a source without a name"
    if source_kind == "document":
        return f"Stated in {name}" if name else "Stated in a document"
    if source_kind in ("named", "group") and name:
        return f"{verb} {name}"
    return "In the article's own words"


def published_words(published_at: datetime | None, source: str) -> str:
    """When a source was published and how we know; an unknown date is said to be unknown."""
    if published_at is None:
        return "Publication date unknown"
    known_from = {
        "feed": ", by its feed",
        "page": ", as stated on the page",
        "markup": ", by the page's markup",
        "person": ", entered by our staff",
    }.get(source, "")
    return f"Published {day(published_at)}{known_from}"


def evidence_class_words(evidence_class: str, origin: str = "") -> str:
    """The label of an evidence class, and how it came to us where that was not by its address."""
    label = "Newsroom analysis" if evidence_class == "newsroom_analysis" else "Real-time source"
    by_hand = {"uploaded": ", a file our desk was given", "typed": ", words our desk took down"}.get(origin, "")
    return f"{label}{by_hand}"


def rated_words(credibility: str, since: datetime, version: int) -> str:
    """How the newsroom rated a source when the outcome came about; who of it did is not told."""
    words = {"reliable": "reliable", "mixed": "mixed: partly reliable", "unreliable": "unreliable"}
    again = f", version {version}" if version > 1 else ""
    return f"Rated {words.get(credibility, credibility)} by this newsroom since {day(since)}{again}"


def tally(chips: Iterable[Chip]) -> list[tuple[Chip, int]]:
    """Chips that read the same in short, counted: settled ones first, then in the order of the tones."""
    order = list(Tone)
    counted: dict[tuple[str, str], tuple[Chip, int]] = {}
    for one in chips:
        key = (one.short, one.tone)
        counted[key] = (one, counted.get(key, (one, 0))[1] + 1)
    return sorted(counted.values(), key=lambda pair: (not pair[0].settled, order.index(Tone(pair[0].tone))))
