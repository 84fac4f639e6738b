"""Which number, name and word of one sentence answers to which of another, and what is left over."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.verification.engine.lexicon import alike, opposite
from services.verification.engine.magnitude import OPEN, Agreement, agreement, comparable
from services.verification.engine.names import Name, same_name
from services.verification.engine.places import groups_of
from services.verification.engine.quantity import Quantity
from services.verification.engine.reading import Reading, Word
from services.verification.engine.units import unit_named
from services.verification.engine.words import base, tokens

NAMED_SPAN = re.compile(
    r"\b(?:an?|one|the|per|single)\s+(minute|hour|day|week|fortnight|month|year|decade|century)\b", re.IGNORECASE
)
Fits = Callable[[Quantity, Quantity], bool]


@dataclass(frozen=True)
class QuantityPairs:
    """Quantities of two sentences that say the same, that differ, and that have no counterpart."""

    equal: tuple[tuple[Quantity, Quantity], ...]
    differing: tuple[tuple[Quantity, Quantity], ...]
    lone_a: tuple[Quantity, ...]
    lone_b: tuple[Quantity, ...]


def align_quantities(a: Sequence[Quantity], b: Sequence[Quantity]) -> QuantityPairs:
    """Pairs equal quantities first, then those that could have stood for one another."""
    left, right = [q for q in a if not _slight(q)], [q for q in b if not _slight(q)]
    equal = _take(left, right, lambda x, y: same_quantity(x, y) and _nouns_fit(x, y)) + _take(
        left, right, same_quantity
    )
    differing = _take(left, right, comparable) + _take(left, right, _mixed_up)
    for x in list(left):  # a slight number may still answer to one that is not
        left = [q for q in left if q is not x] if any(same_quantity(x, y) for y in b if _slight(y)) else left
    for y in list(right):
        right = [q for q in right if q is not y] if any(same_quantity(x, y) for x in a if _slight(x)) else right
    return QuantityPairs(tuple(equal), tuple(differing), tuple(left), tuple(right))


def named_spans(text: str) -> list[Quantity]:
    """Durations named without a number: 'in a day', 'the year to July', 'within a decade'."""
    found = []
    for match in NAMED_SPAN.finditer(text):
        unit = unit_named(match[1])
        if unit is not None:
            found.append(
                Quantity(
                    *match.span(), match[0], unit.factor, unit.factor, "duration", unit.name, step=unit.factor * 0.02
                )
            )
    return found


def same_quantity(a: Quantity, b: Quantity) -> bool:
    """True when two claims that differ in these alone would still be one claim."""
    if not comparable(a, b) or agreement(a, b) is not Agreement.EQUAL or agreement(b, a) is not Agreement.EQUAL:
        return False
    if {a.role, b.role} == {"change", "target"} or ("base" in (a.role, b.role) and a.role != b.role):
        return False
    if a.direction * b.direction < 0 or OPEN.get(a.comparator, 0) * OPEN.get(b.comparator, 0) < 0:
        return False
    ours, theirs = OPEN.get(a.comparator, 0), OPEN.get(b.comparator, 0)
    return bool(ours) == bool(theirs) or abs(a.value - b.value) <= 0.03 * max(abs(a.value), abs(b.value))


def _slight(q: Quantity) -> bool:
    """'one' and 'first' are mostly manners of speaking."""
    return q.value == 1 and (q.written == "words" or q.dimension == "rank")


def _nouns_fit(a: Quantity, b: Quantity) -> bool:
    mine, other = a.noun.split(), b.noun.split()
    return not mine or not other or any(alike(x, y) for x in mine for y in other)


def _mixed_up(a: Quantity, b: Quantity) -> bool:
    """Percent for points, euros for dollars, a count for a share: one was put in the place of the other."""
    pair = {a.dimension, b.dimension}
    return (
        a.dimension == b.dimension == "money"
        or pair == {"percent", "points"}
        or (a.low == b.low and a.dimension != b.dimension)
    )


def _take(left: list[Quantity], right: list[Quantity], fits: Fits) -> list[tuple[Quantity, Quantity]]:
    pairs = []
    for x in list(left):
        y = next((q for q in right if fits(x, q)), None)
        if y is not None:
            pairs.append((x, y))
            left.remove(x)
            right.remove(y)
    return pairs


def align_names(a: Reading, b: Reading) -> tuple[list[Name], list[Name]]:
    """Names of each side without a counterpart. A doubtful name (first word of a sentence) counts only when it faces
    another one; a name whose words stand in the other text in small letters has its counterpart."""
    lone_a = [n for n in a.names if not _has_counterpart(n, b)]
    lone_b = [n for n in b.names if not _has_counterpart(n, a)]
    sure_a, sure_b = [n for n in lone_a if n.sure], [n for n in lone_b if n.sure]
    if sure_a and sure_b:
        return sure_a, sure_b
    doubtful = [n for n in (*lone_a, *lone_b) if not n.sure]
    if lone_a and lone_b and doubtful and _one_slot(a, b, lone_a[0], lone_b[0]):
        return lone_a, lone_b
    return sure_a, sure_b


def _has_counterpart(name: Name, other: Reading) -> bool:
    if any(same_name(name, n) for n in other.names):
        return True
    bases = [w.base for w in other.words]
    mine = [w for w in name.words if len(w) > 2] or list(name.words)
    return all(any(alike(base(w), x) for x in bases) for w in mine)


def _one_slot(a: Reading, b: Reading, one: Name, two: Name) -> bool:
    """True when the sentences are the same but for these two words."""
    rest_a = re.sub(r"\W+", " ", a.text[: one.start] + a.text[one.end :]).strip().casefold()
    rest_b = re.sub(r"\W+", " ", b.text[: two.start] + b.text[two.end :]).strip().casefold()
    return rest_a == rest_b


@dataclass(frozen=True)
class Lone:
    """A word without a counterpart in the other sentence."""

    text: str
    base: str
    start: int = -1

    def opposes(self, other: Lone) -> bool:
        return opposite(self.base, other.base)


@lru_cache(maxsize=5_000)
def align_words(a: Reading, b: Reading) -> tuple[tuple[Lone, ...], tuple[Lone, ...]]:
    """Words of meaning outside names that have no counterpart in the other sentence, equal words paired first."""
    left, right = list(_unnamed(a, b)), list(_unnamed(b, a))
    for fits in (lambda x, y: x == y, alike):
        for x in list(left):
            y = next((w for w in right if fits(x.base, w.base)), None)
            if y is not None:
                left.remove(x)
                right.remove(y)
    spare_a, spare_b = {w.base for w in _unnamed(a, b)}, {w.base for w in _unnamed(b, a)}
    lone_a = tuple(Lone(w.text, w.base, w.start) for w in left if not any(alike(w.base, x) for x in spare_b))
    lone_b = tuple(Lone(w.text, w.base, w.start) for w in right if not any(alike(w.base, x) for x in spare_a))
    return lone_a, lone_b


def _unnamed(a: Reading, b: Reading) -> tuple[Word, ...]:
    covered = [n for n in a.names if n.sure or any(same_name(n, other) for other in b.names if other.sure)]
    return tuple(w for w in a.words if not any(n.start <= w.start < n.end for n in covered))


def swapped(a: Reading, b: Reading) -> tuple[str, str] | None:
    """Two words or names that changed places between otherwise equal sentences, unless their order means nothing."""
    mine, other = _sequence(a), _sequence(b)
    other = [next((x for x in mine if alike(x, y)), y) if y not in mine else y for y in other]
    if len(mine) != len(other) or sorted(mine) != sorted(other):
        return None
    left, right = _unlike_middle(mine, other)
    for first in range(1, LONGEST_SWAP + 1):
        for last in range(1, LONGEST_SWAP + 1):
            between = left[first : len(left) - last]
            if (
                first + last > len(left)
                or left[:first] != right[len(right) - first :]
                or left[len(left) - last :] != right[:last]
            ):
                continue
            if between != right[last : len(right) - first]:
                continue
            if all(word in EITHER_ORDER for word in between) or any(word in MUTUAL for word in between):
                return None
            return _shown(left[:first]), _shown(left[len(left) - last :])
    return None


def _unlike_middle(a: list[str], b: list[str]) -> tuple[list[str], list[str]]:
    """Both sequences without the words they begin and end with in common."""
    start = next((n for n, (x, y) in enumerate(zip(a, b, strict=True)) if x != y), len(a))
    end = next((n for n, (x, y) in enumerate(zip(a[::-1], b[::-1], strict=True)) if x != y), 0)
    return a[start : len(a) - end], b[start : len(b) - end]


def _shown(words: list[str]) -> str:
    return " ".join(words)


LONGEST_SWAP = 4
EITHER_ORDER = frozenset({"and", "or", "with", "as", "well"})
MUTUAL = frozenset({"meet", "marri", "border", "merg", "talk", "differ", "equal", "wed", "neighbour", "neighbor"})
ARTICLES = frozenset({"the", "a", "an"})


def _sequence(a: Reading) -> list[str]:
    """Every word in order, articles left out, each name as one."""
    words: list[str] = []
    for token in tokens(a.text):
        name = next((n for n in a.names if n.sure and n.start <= token.start < n.end), None)
        if name is not None and token.start > name.start:
            continue
        if name is not None:
            words.append(_canonical(name))
        elif token.lower not in ARTICLES:
            words.append(base(token.text))
    return words


def _canonical(name: Name) -> str:
    group = groups_of(name.text)
    return f"group{min(group)}" if group else base(name.words[-1])
