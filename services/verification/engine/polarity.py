"""Whether a sentence says yes or no, how surely, and of how many."""

from __future__ import annotations

import re

from services.verification.engine.words import Token, tokens

NEGATION = re.compile(
    r"\b(?:not(?! only| just| merely| until)|cannot|\w+n['’]t|never|no(?! (?:more|fewer|less|later|sooner|longer|doubt|matter|one'?s)\b)|none|nobody|nothing|nowhere|neither|without|"
    r"no longer|no one|"
    r"fail(?:s|ed|ing)? to|stop(?:s|ped)? \w+ing|ceas(?:e|es|ed) (?:to|\w+ing)|quit \w+ing|refus(?:es|ed|ing) to|declin(?:es|ed|ing) to|lack(?:s|ed|ing)?|absence of|free of|unable to|incapable of|far from|rather than|instead of|"
    r"den(?:y|ies|ied|ying)(?! (?:entry|access))|rul(?:es|ed|ing) out|false(?:ly)? that|untrue that|myth that|hoax that|rumou?r that|zero(?= (?:evidence|proof|cases|deaths|risk)))\b",
    re.IGNORECASE,
)
NOT_NEGATING = re.compile(
    r"\b(?:not (?:only|just|merely|until|to mention|more than|less than|fewer than)|no (?:more|fewer|less|later|sooner) than|no doubt|no matter|can't help)\b",
    re.IGNORECASE,
)
QUANTIFIERS = {
    "all": r"all|every|each|everyone|everybody|everything|entire|entirely|always|completely|totally|whole",
    "most": r"most of|most|the majority of|a majority of|mostly|usually|typically|generally|mainly",
    "many": r"many|much of|a lot of|often|frequently|numerous|large numbers of",
    "some": r"some(?= \w+s\b| of)|several|certain|a number of|sometimes|occasionally|partly|partially|a minority of",
    "few": r"(?<!a )few(?!er)|little of|hardly any|rarely|seldom|scarcely|barely",
    "none": r"none of|no(?= \w+s\b)|never|not any|nobody|no one",
}
QUANTIFIER = {name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for name, words in QUANTIFIERS.items()}
# "only" before a number says that the number is small, not that nothing else counts
COUNTED = (
    r"\d|a few|about|around|some|half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|"
    r"fifty|sixty|seventy|eighty|ninety|a (?:half|third|quarter|fifth|tenth|hundred|thousand|million|billion|dozen)"
)
EXCLUSIVE = re.compile(rf"\b(?:only(?! (?:{COUNTED}))|solely|exclusively|nothing but|alone)\b", re.IGNORECASE)
POSSIBLE = re.compile(
    r"\b(?:may(?! \d)|might|could|possibl[ey]|perhaps|potentially|probably|likely|reportedly|allegedly|alleged|suspected|rumou?red|appears? to|seems? to|"
    r"accused of|suggests? that|can(?= (?:cause|lead|increase|reduce|help|raise|lower|trigger|kill)))\b",
    re.IGNORECASE,
)
AHEAD = re.compile(
    r"\b(?:will|would|shall|plans? to|planned to|planning to|intends? to|going to|is set to|are set to|(?:is|are) to (?=\w+)|expect(?:s|ed)? to|(?:is|are|was|were) expected|forecast(?:s|ed)? to|proposed? to|proposes|"
    r"proposal|considering|wants? to|hopes? to|aims? to|promised? to|pledged? to|vow(?:s|ed)? to|due to (?=\w+ (?:in|on|by|next)))\b",
    re.IGNORECASE,
)
DONE = re.compile(
    r"\b(?:has|have|had)\s+(?:\w+\s+)?\w+(?:ed|en|t|ne|wn|de|id|ld|ut|pt|nt)\b|\b(?:was|were)\b|\b\w{3,}ed\b",
    re.IGNORECASE,
)
PASSIVE = re.compile(
    r"\b(?:was|were|is|are|be|been|being|gets?|got)\s+(?:\w+ly\s+)?\w+(?:ed|en|wn|ne|t|ld|id|de|ght|rn|ung|uck)\b(?:\s+\w+){0,6}?\s+by\b",
    re.IGNORECASE,
)


def negations(text: str) -> int:
    """How many times the sentence turns itself round."""
    plain = NOT_NEGATING.sub(lambda found: "_" * len(found[0]), text)
    return sum(1 for _ in NEGATION.finditer(plain))


def negates(*words: str) -> bool:
    """True when one of the words is itself a denial."""
    return any(NEGATION.fullmatch(word) for word in words)


def quantifiers(text: str) -> frozenset[str]:
    """Of how many it speaks: all, most, many, some, few, none; as far as it says."""
    return frozenset(name for name, pattern in QUANTIFIER.items() if pattern.search(text))


def exclusive(text: str) -> bool:
    return bool(EXCLUSIVE.search(text))


def certainty(text: str) -> str:
    """possible, ahead (planned or to come) or plain."""
    if POSSIBLE.search(text):
        return "possible"
    return "ahead" if AHEAD.search(text) else "plain"


def already_done(text: str) -> bool:
    return bool(DONE.search(text)) and not AHEAD.search(text)


def passive(text: str) -> bool:
    """True for 'was invaded by': the one who acts stands last."""
    return bool(PASSIVE.search(text))


def capitals(text: str) -> list[Token]:
    return [token for token in tokens(text) if token.capital]


SIDES = (
    ("before", "after"),
    ("above", "below"),
    ("inside", "outside"),
    ("for", "against"),
    ("with", "against"),
    ("within", "outside"),
)


def opposite_sides(a: str, b: str) -> tuple[str, str] | None:
    """A preposition of one sentence whose opposite stands in the other, and neither has both."""
    mine, other = {t.lower for t in tokens(a)}, {t.lower for t in tokens(b)}
    for left, right in SIDES:
        for x, y in ((left, right), (right, left)):
            if x in mine and y in other and y not in mine and x not in other:
                return x, y
    return None
