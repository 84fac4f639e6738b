"""What has to be alike besides words and figures before a passage says what a claim says: how far the claim reaches, which
end of a scale it names, which thing a year belongs to, and in which clause the passage says so."""

from __future__ import annotations

import re

from services.verification.engine.dates import DateMention, conflict, same_kind
from services.verification.engine.lexicon import alike
from services.verification.engine.names import Name, same_name
from services.verification.engine.quantity import Quantity
from services.verification.engine.reading import Reading
from services.verification.engine.words import FUNCTION_WORDS, base, tokens

# Words that stretch or fence a claim. A passage without them says less, or something else.
REACH = frozenset(
    (
        "only", "solely", "exclusively", "ever", "never", "always", "every", "all", "none", "nobody", "yet", "except",
        "outside", "without", "excluding", "but", "barely", "hardly", "both", "neither",
    )
)  # fmt: skip
AS_MUCH = {"every": "all", "all": "every", "solely": "only", "exclusively": "only", "except": "but", "excluding": "but"}
CONTRAST = re.compile(r"\s*(?:;|,?\s+(?:but|whereas|while|although|though|unlike|instead)\b)\s*", re.IGNORECASE)
HIGH = frozenset(
    [
        "most",
        "highest",
        "largest",
        "biggest",
        "greatest",
        "longest",
        "oldest",
        "best",
        "top",
        "tallest",
        "richest",
        "fastest",
        "busiest",
    ]
)
LOW = frozenset(
    [
        "least",
        "lowest",
        "smallest",
        "fewest",
        "shortest",
        "youngest",
        "worst",
        "bottom",
        "poorest",
        "slowest",
        "quietest",
    ]
)
PART_OF_TIME = re.compile(r"\b(early|mid|late)[\s-]*(?:in\s+)?(?:the\s+)?$", re.IGNORECASE)
FENCE = frozenset(
    ["by", "in", "of", "among", "outside", "east", "west", "north", "south", "within", "since", "for", "on", "per"]
)
KIND = re.compile(r"[\s-]+([^\W\d_][\w'’-]*)")
COMPARED = re.compile(
    r"\b(?:before|earlier|previous|previously|prior|compared|against|after an?|up from|down from)\b", re.IGNORECASE
)
STARTED = re.compile(
    r"\b(?:an?|some(?:one|body)?)\s+(?:[\w'’-]+\s+){0,4}?(?:who\s+(?:was|is|were)\s+)?born\b", re.IGNORECASE
)
LABEL = re.compile(r"\(\s*\d{4}\s+[a-z][\w -]*\)|\(\s*[A-Za-z][\w -]*,?\s+\d{4}\s*\)")
INITIALS = re.compile(r"\b(?:[A-Z]{2,}s?|[A-Z](?:\.[A-Z])+\.?)(?![\w-])")


def as_far(claim: Reading, passage: Reading) -> bool:
    """Every word that stretches or fences the claim stands in the passage too. "Only 61 percent" comments on a figure and
    fences nothing."""
    told = {token.lower for token in tokens(passage.text)}
    for token in tokens(claim.text):
        if token.lower not in REACH or token.lower in told or AS_MUCH.get(token.lower) in told:
            continue
        if token.lower in ("only", "barely", "hardly") and _counts(claim, token.end):
            continue
        return False
    return True


def _counts(claim: Reading, place: int) -> bool:
    return any(0 <= q.start - place <= 2 for q in claim.quantities)


def opposite_ends(claim: Reading, mine: Quantity, passage: Reading, other: Quantity) -> bool:
    """ "Sixth least populous" beside "sixth most populous": one rank, counted from different ends."""
    ends = {_end(claim.text, mine), _end(passage.text, other)}
    return ends == {"high", "low"}


def _end(text: str, rank: Quantity) -> str:
    if rank.dimension != "rank":
        return ""
    near = [token.lower for token in tokens(text[rank.start : rank.end + 40])][:3]
    return next(("high" if word in HIGH else "low" for word in near if word in HIGH | LOW), "")


def same_fence(claim: Reading, mine: Quantity, passage: Reading, other: Quantity) -> bool:
    """A superlative that the passage gives within a fence ("the largest state east of the river") is not the claim's
    without one."""
    if mine.written != "superlative" or _fenced(claim.text, mine):
        return True
    return not _fenced(passage.text, other)


def _fenced(text: str, rank: Quantity) -> bool:
    after = re.split(r"[,;:()]", text[rank.end :])[0]
    return any(token.lower in FENCE for token in tokens(after)[:6])


def in_a_name(text: str, quantity: Quantity) -> bool:
    """ "BBC Two", "Group of 15", "the Eighth Doctor", "Apollo 11": a number that is part of a name counts nothing, and
    meeting it says nothing."""
    before, after = text[: quantity.start], text[quantity.end :]
    written = text[quantity.start : quantity.end].strip()
    if written[:1].isupper() and written[:1].isalpha() and before.strip():
        return True
    if quantity.written == "superlative" or not written[:1].isdigit() or quantity.dimension not in ("count", ""):
        return False
    named = re.search(r"[A-Z][\w'’-]*\s+(?:of\s+)?$", before)
    counts = re.match(r"\s*[^\W\d_]", after) and not _follows(after)
    return bool(named) and not counts


def _follows(after: str) -> bool:
    """The word after the number is no thing that is counted: "Spider-Man 2 is", "Group of 15 in"."""
    word = KIND.match(after)
    return word is not None and word[1].lower() in FUNCTION_WORDS


def same_part(claim: Reading, mine: DateMention, passage: Reading, other: DateMention) -> bool:
    """The late 1970s are not the mid-1970s; without such a word the whole decade is meant."""
    said, told = _part(claim.text, mine), _part(passage.text, other)
    return not said or said == told or other.exact.strip() != mine.exact.strip()


def _part(text: str, mention: DateMention) -> str:
    exact = re.match(r"\W*(early|mid|late)\b", text[mention.start : mention.end], re.IGNORECASE)
    found = exact or PART_OF_TIME.search(text[max(0, mention.start - 16) : mention.start])
    return found[1].lower() if found else ""


def same_thing_of_year(claim: Reading, mine: DateMention, passage: Reading, other: DateMention) -> bool:
    """ "A 1995 film" beside "the 1995 novel": the year belongs to another thing."""
    said, told = _things(claim.text, mine), _things(passage.text, other)
    return not said or not told or any(alike(base(said[-1]), base(word)) for word in told)


def _things(text: str, mention: DateMention) -> list[str]:
    """The words a bare year stands before, up to the next function word or mark."""
    if not re.fullmatch(r"\d{4}", text[mention.start : mention.end].strip()):
        return []
    found: list[str] = []
    place = mention.end
    while (word := KIND.match(text, place)) and word[1].lower() not in FUNCTION_WORDS and len(found) < 8:
        found.append(word[1])
        place = word.end()
    return found


def dated_alike(claim: Reading, passage: Reading) -> bool:
    """Each time of the claim is met by one that is the same part of its decade and belongs to the same thing."""
    return all(
        any(
            (other.exact.strip().lower() == mine.exact.strip().lower() or same_time(mine, other))
            and same_part(claim, mine, passage, other)
            and same_thing_of_year(claim, mine, passage, other)
            for other in passage.dates
        )
        for mine in claim.dates
    )


def same_time(a: DateMention, b: DateMention) -> bool:
    return same_kind(a, b) and not conflict(a, b) and not a.relative


def twice_told(passage: str) -> bool:
    """The passage holds one time against another."""
    return bool(COMPARED.search(passage))


def clause_with(text: str, place: int) -> str:
    """The part of a sentence between its contrasts: "printed in broadsheet for 219 years, but switched ..." is two. What
    stands in brackets belongs to the sentence around them."""
    if text.count("(", 0, place) > text.count(")", 0, place):
        return text
    start = max((found.end() for found in CONTRAST.finditer(text) if found.end() <= place), default=0)
    end = min((found.start() for found in CONTRAST.finditer(text) if found.start() >= place), default=len(text))
    return text[start:end]


def names_met(claim: Reading, passage: Reading) -> bool:
    """No name of several words is met by two words that stand apart, and every set of initials is there. A passage that
    says "he" or "the film" has none of the words, and is judged by the rest."""
    return all(_met(name, passage) for name in claim.names if name.sure and len(name.words) > 1) and all(
        _initials(found[0], passage) for found in INITIALS.finditer(claim.text)
    )


def _met(name: Name, passage: Reading) -> bool:
    if any(same_name(name, other) and not _parted(name, other) for other in passage.names):
        return True
    held = [token.lower for token in tokens(passage.text)]
    wanted = {word.lower() for word in name.words}
    width = len(wanted) + 2
    together = any(wanted <= set(held[at : at + width]) for at in range(max(1, len(held) - width + 1)))
    return together or not wanted <= set(held)


def _parted(name: Name, other: Name) -> bool:
    """The Northern Range and the Silver Range share their kind alone; "Northern" is neither, as "Holt" is Maren Holt."""
    mine, theirs = ({word.lower() for word in each.words} for each in (name, other))
    shorter = theirs <= mine and name.words[-1].lower() in theirs
    return bool(mine & theirs) and not (mine <= theirs or shorter)


def _initials(written: str, passage: Reading) -> bool:
    plain = written.replace(".", "").rstrip("s")
    held = passage.text.replace(".", "")
    if re.search(rf"\b{re.escape(plain)}s?\b", held, re.IGNORECASE):
        return True
    firsts = "".join(token.text[0] for token in tokens(passage.text) if token.capital)
    return plain in firsts


def existential_birth(claim: str) -> bool:
    """ "Stars an actor born in May 1957": one actor born at another time says nothing against it."""
    return bool(STARTED.search(claim))


def labels_a_name(text: str, mention: DateMention) -> bool:
    """ "The Thin Red Line (1998 film)": a year that tells one thing of a name from another, and dates no event."""
    return any(found.start() <= mention.start < found.end() for found in LABEL.finditer(text))
