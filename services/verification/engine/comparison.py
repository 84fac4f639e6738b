"""Two claims side by side: the same, different in a number, date, name or yes and no, or not comparable.

Vectors put "rose by 12 percent" next to "fell by 21 percent". This is the check that stands between a near text and
a verdict: only what code can show to be the same is called the same.
"""

from __future__ import annotations

from collections.abc import Callable

from services.verification.engine import polarity
from services.verification.engine.alignment import (
    Lone,
    align_names,
    align_quantities,
    align_words,
    named_spans,
    same_quantity,
    swapped,
)
from services.verification.engine.dates import DateMention, conflict, same_kind
from services.verification.engine.lexicon import concepts
from services.verification.engine.measure import SCOPES
from services.verification.engine.reading import Reading, read
from services.verification.model import Comparison, Sameness

SIMILAR_ENOUGH = 0.62
REWORDED = 0.72  # where both use words the other does not
ONE_WORD = 0.82  # where exactly one word was put in the place of another
SURE = 0.86
SAYING = "state"
FAR = 0.45  # not worth reading any further

Check = Callable[[Reading, Reading, float], Comparison | None]


def compare_claims(a: str, b: str, similarity: float | None = None, *, far: float = FAR) -> Comparison:
    """Whether two claims say the same. `similarity` is their cosine, when known; without it only words can vouch, and
    under `far` they are not read.

    Different names the first kind of difference found: number, unit, date, name, negation, direction, role, quantifier,
    certainty, subject. Not comparable means that one says more than the other, or that they are too far apart.
    """
    if a.strip().casefold() == b.strip().casefold():
        return Comparison(Sameness.SAME)
    if similarity is not None and similarity < far:
        return _apart("They are about different things.")
    mine, other = read(a), read(b)
    near = _word_similarity(mine, other) if similarity is None else similarity
    for check in CHECKS:
        result = check(mine, other, near)
        if result is not None:
            return result
    return Comparison(Sameness.SAME)


def _word_similarity(a: Reading, b: Reading) -> float:
    if not a.words or not b.words:
        return 0.0
    lone_a, lone_b = align_words(a, b)
    matched = len(a.words) + len(b.words) - len(lone_a) - len(lone_b)
    return matched / (len(a.words) + len(b.words))


def _different(kind: str, explanation: str) -> Comparison:
    return Comparison(Sameness.DIFFERENT, kind, explanation)


def _apart(explanation: str) -> Comparison:
    return Comparison(Sameness.NOT_COMPARABLE, "scope", explanation)


def _numbers(a: Reading, b: Reading, near: float) -> Comparison | None:
    pairs = align_quantities(a.quantities, b.quantities)
    if pairs.differing:
        one, two = pairs.differing[0]
        kind = "number" if one.dimension == two.dimension else "unit"
        return _different(kind, f"One says {one.exact.strip()}, the other {two.exact.strip()}.")
    if pairs.lone_a and pairs.lone_b:
        return _different("number", f"One says {pairs.lone_a[0].exact}, the other {pairs.lone_b[0].exact}.")
    return None


def _dates(a: Reading, b: Reading, near: float) -> Comparison | None:
    lone_a, lone_b = _unmatched_dates(a, b), _unmatched_dates(b, a)
    for one in lone_a:
        for two in lone_b:
            if same_kind(one, two):
                return _different("date", f"One says {one.exact.strip()}, the other {two.exact.strip()}.")
    return None


def _unmatched_dates(a: Reading, b: Reading) -> list[DateMention]:
    return [m for m in a.dates if not any(same_kind(m, o) and not conflict(m, o) for o in b.dates)]


def _names(a: Reading, b: Reading, near: float) -> Comparison | None:
    lone_a, lone_b = align_names(a, b)
    if lone_a and lone_b:
        return _different("name", f"One is about {lone_a[0].text}, the other about {lone_b[0].text}.")
    return None


def _yes_or_no(a: Reading, b: Reading, near: float) -> Comparison | None:
    turns = polarity.negations(a.text) + polarity.negations(b.text)
    lone_a, lone_b = align_words(a, b)
    # 'denied' was counted as a negation already
    opposites = [(x, y) for x in lone_a for y in lone_b if x.opposes(y) and not polarity.negates(x.text, y.text)]
    swap = swapped(a, b)
    passive = polarity.passive(a.text) != polarity.passive(b.text)
    if swap is not None and not opposites and not passive:
        return _different("role", f"{swap[0]} and {swap[1]} have changed places.")
    sides = polarity.opposite_sides(a.text, b.text)
    flips = turns + len(opposites) + (1 if swap is not None else 0) + (1 if sides else 0)
    if flips % 2 == 0:
        return None
    if opposites:
        one, two = opposites[0]
        return _different("direction", f"One says {one.text}, the other {two.text}.")
    if sides:
        return _different("direction", f"One says {sides[0]}, the other {sides[1]}.")
    return _different("negation", "One says it, the other denies it.")


def _how_many(a: Reading, b: Reading, near: float) -> Comparison | None:
    mine, other = polarity.quantifiers(a.text), polarity.quantifiers(b.text)
    if mine and other and not mine & other and not {*mine, *other} <= {"most", "many"}:
        return _different("quantifier", f"One speaks of {min(mine)}, the other of {min(other)}.")
    if ("all" in mine and not other and not a.quantities) or ("all" in other and not mine and not b.quantities):
        return _apart("One speaks of all, the other does not say of how many.")
    if polarity.exclusive(a.text) != polarity.exclusive(b.text):
        return _different("scope", "One says only, the other does not.")
    return None


def _how_sure(a: Reading, b: Reading, near: float) -> Comparison | None:
    mine, other = polarity.certainty(a.text), polarity.certainty(b.text)
    if mine == other:
        return None
    if "possible" in (mine, other):
        return _different("certainty", "One says it may be so, the other that it is.")
    planned, told = (a, b) if mine == "ahead" else (b, a)
    if polarity.already_done(told.text) and not polarity.already_done(planned.text):
        return _different("certainty", "One speaks of a plan, the other of what happened.")
    return None


def _subjects(a: Reading, b: Reading, near: float) -> Comparison | None:
    lone_a, lone_b = (tuple(w for w in side if SAYING not in concepts(w.base)) for side in align_words(a, b))
    lone_a, lone_b = _unopposed(lone_a, lone_b), _unopposed(lone_b, lone_a)
    if near < (REWORDED if lone_a and lone_b else SIMILAR_ENOUGH):
        return _apart("They are about different things.")
    if len(lone_a) == len(lone_b) == 1 and near < ONE_WORD:
        return _different("subject", f"One says {lone_a[0].text}, the other {lone_b[0].text}.")
    narrowed = [w for w in (*lone_a, *lone_b) if w.base in SCOPES]
    if narrowed:
        return _apart(f"Only one of them says {narrowed[0].text}.")
    return None


def _unopposed(words: tuple[Lone, ...], others: tuple[Lone, ...]) -> tuple[Lone, ...]:
    """Without words that have an opposite on the other side: those were counted as yes and no."""
    return tuple(w for w in words if not any(w.opposes(o) for o in others))


def _one_says_more(a: Reading, b: Reading, near: float) -> Comparison | None:
    pairs = align_quantities(a.quantities, b.quantities)
    spans = named_spans(a.text) + named_spans(b.text)
    lone = [q for q in (*pairs.lone_a, *pairs.lone_b) if q.dimension != "label"]
    extra = [q.exact for q in lone if not any(same_quantity(q, span) for span in spans)]
    if extra:
        return _apart(f"Only one of them says {extra[0].strip()}.")
    timed = [m for m in (*_unmatched_dates(a, b), *_unmatched_dates(b, a)) if m.absolute]
    if timed:
        return _apart(f"Only one of them says {timed[0].exact.strip()}.")
    lone_a, lone_b = align_names(a, b)
    named = [n for n in (*lone_a, *lone_b) if n.sure]
    if named and near < SURE:
        return _apart(f"Only one of them names {named[0].text}.")
    return None


CHECKS: tuple[Check, ...] = (_numbers, _dates, _names, _yes_or_no, _how_many, _how_sure, _subjects, _one_says_more)
