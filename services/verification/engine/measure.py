"""Whether two sentences state the same measure of the same thing: same names, time, population and kind of figure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.verification.engine.alignment import Lone, align_names, align_words
from services.verification.engine.dates import DateMention, conflict, same_kind
from services.verification.engine.lexicon import alike, concepts
from services.verification.engine.quantity import Quantity
from services.verification.engine.quantity_patterns import DOWN, UP
from services.verification.engine.reading import Reading
from services.verification.engine.vocabulary import spaced
from services.verification.engine.words import base

NAMED = r"(?:the\s+)?(?:[A-Z][\w.&'’-]*|of|the|for|and|on|in|[a-z]+(?:'s)?\s(?=[A-Z]))(?:\s+(?:[A-Z][\w.&'’-]*|of|the|for|and|on|in))*"
SAYS = r"(?:said|says|told \w+|reported|reports|shows?|showed|found|finds|estimates?|estimated|announced|according|data|figures|wrote|writes|added|recorded|confirmed|puts?|calculates?|states?|stated)"
ATTRIBUTION = re.compile(
    rf"\baccording to [^,.;]+[,.]?|\b(?:figures|data|statistics|numbers|estimates|records|a report|a study|a survey|research|an analysis) (?:from|by|of|published by|released by) {NAMED}\s*(?:{SAYS}\s+(?:that\s+)?)?"
    rf"|^(?:(?:The|A|An|His|Her|Its|Our)\s+(?:[a-z]+\s+){{1,3}}|{NAMED}\s+){SAYS}\s+(?:on \w+day\s+)?(?:that\s+|(?!(?:an?|the|its|his|her|their|no|more|about|over|some)\s))|,\s*{NAMED}\s+{SAYS}\b[^,.;]*|,\s*(?:said|says)\s+{NAMED}[^,.;]*",
)
# words that narrow what is measured: one of them on one side alone means another measure
SCOPES = frozenset(
    base(word)
    for word in spaced("""youth adult teenage child children infant elderly pensioner male female men women boys girls urban rural federal regional local national global
    worldwide domestic foreign overseas core headline gross net real nominal median private public part-time full-time seasonal adjusted preliminary
    provisional final revised target planned projected forecast expected estimated active licensed new existing former primary secondary tertiary offshore onshore
    commercial residential industrial military civilian black white asian hispanic immigrant native renewable solar wind nuclear coal gas direct indirect
    cumulative daily weekly monthly quarterly annual yearly maximum minimum external internal wholesale retail import export
    severe fatal serious minor violent confirmed suspected household
    excluding including except hourly lifetime""")
)
# groups of people: one on each side means another population, one on one side alone says little
POPULATIONS = frozenset(
    base(word)
    for word in spaced("""adult worker student pupil patient doctor nurse teacher driver farmer voter member employee soldier officer resident migrant refugee
    immigrant citizen man woman boy girl child pensioner family couple household tenant owner visitor tourist passenger manager union railway""")
)
HELD_BY = re.compile(r"(\w+)['’]s?\s+(\w+)")
GENERIC = frozenset(
    base(word)
    for word in spaced("""country city government report study data figure statistics official year world area region state office agency ministry department bureau survey
    according show find record stand reach hit total number rate level share people be have make become amount value time period compare overall currently latest recent
    publish release new result census estimate attract draw count receive contain hold list see pay payment release register only just so far""")
)
EVENTS = frozenset(
    base(word)
    for word in spaced("""open found founded establish born birth die death sign elect resign launch build construct adopt abolish introduce win end begin start publish join leave
    marry kill assassinate invade occur happen take hold elect appoint arrest convict sentence discover invent create complete approve pass ban legalise legalize
    declare surrender land arrive crash sink erupt strike collapse close merge buy acquire sell release premiere ratify independence independent become reform ended""")
)
PERSONS = frozenset(("suspect", "suspects"))  # somebody, where "suspected" narrows a count
POLLED = re.compile(
    r"\b(?:our|own|latest|new|another|a)\s+(?:\w+\s+)?(?:survey|poll)\b|\bpolled\b|\brespondents\b", re.IGNORECASE
)
MOSTLY = 0.67  # where both sides have words of their own, this share must be common before a figure can differ
MOVES = frozenset(base(w) for w in (*UP, *DOWN, "change", "rise", "fall"))


@dataclass(frozen=True)
class Ground:
    """How well two sentences meet. `shared` counts words of substance found in both; `why_not` names what keeps them
    apart, empty when nothing does; `sure` is False when a figure that differs might still be about something else."""

    shared: int
    share: float
    why_not: str = ""
    sure: bool = True
    lone: tuple[Lone, ...] = ()  # words of the evidence that the claim does not have


def common_ground(claim: Reading, evidence: Reading) -> Ground:
    """Whether a figure of the evidence may be held against a figure of the claim."""
    lone_a, lone_b = align_words(claim, evidence)
    solid = [w for w in claim.words if w.base not in GENERIC and not concepts(w.base) & MOVES]
    missing = {w.base for w in lone_a}
    solid = solid or [w for w in claim.words if not concepts(w.base) & MOVES]
    shared = sum(1 for w in solid if w.base not in missing)
    share = shared / len(solid) if solid else 0.0
    why = _other_time(claim, evidence) or _other_name(claim, evidence) or _other_scope(lone_a, lone_b)
    own_words = any(_solid(w) for w in lone_b) or any(name.sure for name in align_names(claim, evidence)[1])
    both_reworded = share < MOSTLY and any(_solid(w) for w in lone_a) and own_words
    others = any(w.base in POPULATIONS for w in lone_a) and any(w.base in POPULATIONS for w in lone_b)
    doubts = (narrowed(lone_a), _half_timed(claim, evidence), both_reworded, others, _held_by_another(evidence, lone_b))
    sure = not any(doubts)
    return Ground(shared, share, why, sure, lone_b)


def speaks_of_it(claim: Reading, evidence: Reading, figure: Quantity) -> bool:
    """Whether a figure that differs is a figure of what the claim measures: "shares of Orbita fell" says nothing about its
    profit, and one sample of voters nothing against another."""
    if figure.dimension == "percent" and POLLED.search(evidence.text):
        return False
    plain = [w for w in claim.words if w.text.islower()]
    solid = [w for w in plain if w.base not in GENERIC and not concepts(w.base) & MOVES]
    return not solid or any(alike(w.base, other.base) for w in solid for other in evidence.words)


def _held_by_another(evidence: Reading, lone_b: tuple[Lone, ...]) -> bool:
    """'The minister's deputy earns': the figure is the deputy's, whom the claim does not speak of."""
    starts = {w.start for w in lone_b if _solid(w)}
    return any(found.start(2) in starts for found in HELD_BY.finditer(evidence.text))


def without_attribution(text: str) -> str:
    """The sentence without who said it; offsets are kept by blanks."""
    return ATTRIBUTION.sub(lambda found: " " * len(found[0]), text)


def eventful(claim: Reading) -> bool:
    """True when the sentence tells of something that happens once, so that another date contradicts it."""
    return any(concepts(w.base) & EVENTS for w in claim.words)


def clashing_dates(claim: Reading, evidence: Reading) -> tuple[DateMention, DateMention] | None:
    """A time of the claim and one of the evidence that cannot be the same, when none of the claim's times is met."""
    mine = [m for m in claim.dates if m.absolute or m.weekday is not None]
    other = [m for m in evidence.dates if m.absolute or m.weekday is not None]
    for one in mine:
        rivals = [two for two in other if same_kind(one, two)]
        if rivals and all(conflict(one, two) for two in rivals):
            return one, rivals[0]
    return None


def _other_time(claim: Reading, evidence: Reading) -> str:
    clash = clashing_dates(claim, evidence)
    return f"one is about {clash[0].exact.strip()}, the other about {clash[1].exact.strip()}" if clash else ""


def _half_timed(claim: Reading, evidence: Reading) -> bool:
    """One names a year and the other says 'last year': perhaps the same, perhaps not."""
    relative_a, relative_b = any(m.relative for m in claim.dates), any(m.relative for m in evidence.dates)
    fixed_a, fixed_b = any(m.year for m in claim.dates), any(m.year for m in evidence.dates)
    return (relative_a and fixed_b and not fixed_a) or (relative_b and fixed_a and not fixed_b)


def _other_name(claim: Reading, evidence: Reading) -> str:
    lone_a, lone_b = align_names(claim, evidence)
    sure_a, sure_b = [n for n in lone_a if n.sure], [n for n in lone_b if n.sure]
    if lone_a and lone_b:
        return f"one is about {lone_a[0].text}, the other about {lone_b[0].text}"
    matched = any(n.sure for n in claim.names) and len(sure_a) < sum(n.sure for n in claim.names)
    if sure_a and not matched and evidence.names:
        return f"only one of them is about {sure_a[0].text}"
    return f"only one of them is about {sure_b[0].text}" if sure_b and not claim.names and len(sure_b) > 1 else ""


def _other_scope(lone_a: tuple[Lone, ...], lone_b: tuple[Lone, ...]) -> str:
    for x in lone_a:
        for y in lone_b:
            if x.opposes(y) and not (concepts(x.base) | concepts(y.base)) & MOVES:
                return f"one is about {x.text}, the other about {y.text}"
    return ""


def narrowed(lone: Iterable[Lone]) -> bool:
    """True when one of the words narrows what is measured: youth, net, urban."""
    return any(w.base in SCOPES and w.text.lower() not in PERSONS for w in lone)


def _solid(word: Lone) -> bool:
    return word.base not in GENERIC and not concepts(word.base) & MOVES


def same_noun(a: str, b: str) -> bool:
    """True when two counted things can be one."""
    return any(alike(x, y) for x in a.split() for y in b.split())


def blank(text: str, start: int, end: int) -> str:
    """The text with one stretch blanked out."""
    return text[:start] + re.sub(r"\S", " ", text[start:end]) + text[end:]
