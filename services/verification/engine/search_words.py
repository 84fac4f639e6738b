"""What to ask a search engine about a claim, and how well a text bears on it. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from services.verification.engine.reading import read
from services.verification.engine.words import content

MOST = 8
BEARS = 0.34  # share of the claim's words, weighed by rarity, that a text on the same matter holds
FEWEST = 2  # and never on one word alone


def search_words(claim: str, most: int = MOST) -> tuple[str, ...]:
    """The claim's names, then its other words of substance, as written, in the claim's order within each kind."""
    reading = read(claim)
    names = list(dict.fromkeys(name.text for name in reading.names if name.sure))
    taken = {word.casefold() for name in names for word in name.split()}
    rest = [word.text for word in reading.words if word.text.casefold() not in taken]
    return tuple(dict.fromkeys([*names, *rest]))[:most]


def nearest(claim: str, texts: Sequence[str], most: int) -> list[int]:
    """Which of the texts bear on the claim, best first: by shared words, the rarer among the texts the heavier."""
    wanted = frozenset(content(claim))
    bags = [frozenset(content(text)) for text in texts]
    known = Counter(word for bag in bags for word in bag & wanted)
    # a word that no text has tells none of them apart
    weight = {word: 1.0 + (math.log((1 + len(bags)) / (1 + known[word])) if known[word] else 0.0) for word in wanted}
    total = sum(weight.values())
    scores = [sum(weight[word] for word in bag & wanted) / total if total else 0.0 for bag in bags]
    fit = [n for n, bag in enumerate(bags) if scores[n] >= BEARS and len(bag & wanted) >= min(FEWEST, len(wanted))]
    return sorted(fit, key=lambda n: (-scores[n], n))[:most]
