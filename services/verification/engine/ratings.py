"""A publisher's rating on our scale. Scales differ, and some run backwards: where number and word disagree, neither is
believed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from services.verification.model import SCALE, Rating

# checked in order: the first that matches names the rating
WORDS = (
    (
        Rating.NOT_ENOUGH_EVIDENCE,
        r"unproven|unproved|unverif|unsupported|no evidence|not enough (?:evidence|information)|insufficient|inconclusive|research in progress|undetermined|unknown|cannot be (?:verified|proved|proven)|can't be verified|unsubstantiated|unfounded|no proof|nee",
    ),
    (Rating.CONFLICTING, r"conflicting|disputed|contested|experts disagree"),
    (
        Rating.MISSING_CONTEXT,
        r"missing context|lacks? context|needs? context|out of context|context needed|without context|misses context|cherry.?pick|omits|outdated|miscaptioned|misattributed|true but|correct but|accurate but",
    ),
    (
        Rating.MOSTLY_REFUTED,
        r"mostly false|largely false|mainly false|mostly incorrect|mostly wrong|mostly untrue|mostly inaccurate|three pinocchios|barely true|somewhat false|very misleading|partly false|partially false|misleading|deceptive|exaggerat|overstat|distort|far.?fetched",
    ),
    (
        Rating.REFUTED,
        r"pants on fire|four pinocchios|not true|untrue|not correct|incorrect|not accurate|inaccurate|wrong|fake|hoax|fabricat|bogus|debunked|refuted|fiction|scam|doctored|altered|manipulated|photoshopped|deepfake|"
        r"entirely false|completely false|totally false|baseless|myth|lie|invented|misinformation|disinformation|no,|never happened|did not happen|not real",
    ),
    (
        Rating.MIXED,
        r"half.?true|mixture|mixed|half right|partly true|partially true|partially correct|partly correct|two pinocchios|in.?between|both true and false|some truth|half",
    ),
    (
        Rating.MOSTLY_SUPPORTED,
        r"mostly true|mostly correct|mostly accurate|largely true|largely correct|largely accurate|mainly true|generally (?:true|correct)|one pinocchio|almost true|close to the mark|substantially (?:true|correct)|nearly true",
    ),
    (
        Rating.SUPPORTED,
        r"\btrue\b|correct|accurate|geppetto|confirmed|verified|supported|legit|authentic|genuine|real\b|right\b|yes\b|fact\b|proven",
    ),
    (Rating.REFUTED, r"\bfalse\b|\bno\b"),
)
EXACT = {
    "false": Rating.REFUTED,
    "true": Rating.SUPPORTED,
    "mostly false": Rating.MOSTLY_REFUTED,
    "mostly true": Rating.MOSTLY_SUPPORTED,
    "unproven": Rating.NOT_ENOUGH_EVIDENCE,
    "partly false": Rating.MOSTLY_REFUTED,
    "partially false": Rating.MOSTLY_REFUTED,
    "half true": Rating.MIXED,
    "barely true": Rating.MOSTLY_REFUTED,
}
FAR = 1.01  # steps of our scale a number may lie from its word before the two are held to disagree


@dataclass(frozen=True)
class RatingReading:
    """A rating read from markup. `reason` says why there is none, or what was odd about it."""

    rating: Rating | None
    reason: str = ""
    reversed: bool = False


def read_label(label: str) -> Rating | None:
    """Our rating for a publisher's word; None when the word says nothing about truth ('Satire', 'Explainer')."""
    plain = unicodedata.normalize("NFKC", label).casefold()
    plain = re.sub(r"[^\w%,'’ -]", " ", plain).replace("’", "'").replace("-", " ")
    plain = re.sub(
        r"\b(?:we rate (?:this|it|the claim)(?: as)?|rating|verdict|our ruling|fact check|claim is|this is|the claim is|ruling)\b:?",
        " ",
        plain,
    )
    plain = " ".join(plain.split())
    if plain in EXACT:
        return EXACT[plain]
    return next((rating for rating, pattern in WORDS if re.search(rf"\b(?:{pattern})", plain)), None)


def read_rating(
    label: str = "", value: float | None = None, best: float | None = None, worst: float | None = None
) -> RatingReading:
    """Our rating for a ClaimReview reviewRating (alternateName, ratingValue, bestRating, worstRating).

    The word decides; the number must not contradict it. A scale whose best is below its worst is read the other way
    round, as is one whose number only fits its word upside down. A number without a word is believed only when its
    scale is given and runs upwards.
    """
    worded = read_label(label) if label.strip() else None
    numbered = _numbered(value, best, worst)
    if worded is None:
        return _number_alone(label, numbered, best, worst)
    if numbered is None or worded.number is None:
        return RatingReading(worded)
    if abs(numbered - worded.number) <= FAR:
        return RatingReading(worded)
    if abs((6 - numbered) - worded.number) <= FAR:
        return RatingReading(worded, "its number runs from true to false, so the word decides", reversed=True)
    return RatingReading(None, f"the word '{label.strip()}' and the number {value:g} contradict each other")


def _number_alone(label: str, numbered: float | None, best: float | None, worst: float | None) -> RatingReading:
    if label.strip():
        return RatingReading(None, f"'{label.strip()}' has no counterpart on our scale")
    if numbered is None or best is None or worst is None:
        return RatingReading(None, "no word and no scale are given")
    if best < worst:
        return RatingReading(SCALE[round(numbered) - 1], "the scale runs downwards", reversed=True)
    return RatingReading(SCALE[round(numbered) - 1], "only a number is given")


def _numbered(value: float | None, best: float | None, worst: float | None) -> float | None:
    """The number on 1 to 5; None when it is missing, out of its scale, or schema.org's way of saying 'no rating'."""
    if value is None:
        return None
    low, high = 1.0 if worst is None else worst, 5.0 if best is None else best
    if low == high or not min(low, high) <= value <= max(low, high) or value < 0:
        return None
    return 1 + 4 * (value - low) / (high - low)
