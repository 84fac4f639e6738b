"""A claim's figures against a sentence of evidence that states the same measure. In doubt: not comparable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.verification.engine import polarity
from services.verification.engine.bounds import bound, may_both_hold
from services.verification.engine.change import stated_changes
from services.verification.engine.dates import DateMention
from services.verification.engine.entirety import every_word, house_number, narrower, times_met, total_of
from services.verification.engine.explaining import agree_words, differ_words, earlier_words, part_words
from services.verification.engine.lexicon import alike
from services.verification.engine.magnitude import Agreement, agreement, comparable
from services.verification.engine.measure import (
    Ground,
    clashing_dates,
    common_ground,
    eventful,
    narrowed,
    same_noun,
    speaks_of_it,
    without_attribution,
)
from services.verification.engine.occasions import another_occasion, may_answer, year_earlier
from services.verification.engine.quantity import Quantity
from services.verification.engine.quantity_patterns import TIME_SECONDS
from services.verification.engine.reading import Reading, read
from services.verification.engine.scope import (
    as_far,
    clause_with,
    dated_alike,
    existential_birth,
    in_a_name,
    labels_a_name,
    names_met,
    opposite_ends,
    same_fence,
    same_time,
    twice_told,
)
from services.verification.engine.surroundings import fit, own_words_met, surroundings
from services.verification.engine.told import NEVER_TOLD, Told
from services.verification.engine.words import base

MEETS = 0.34  # share of the claim's words of substance that the evidence must hold for a figure to agree
COVERS = 0.75  # and to support the whole claim
CONTRADICTS = 0.5  # and to differ
EXTENTS = frozenset(base(word) for word in ("long", "wide", "high", "tall", "deep", "thick", "broad", "old", "away"))


class Figures(StrEnum):
    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_COMPARABLE = "not_comparable"


@dataclass(frozen=True)
class NumericCheck:
    """What holding the figures together gave. `complete` is True when every figure of the claim was
    met by a passage that holds most of its words, so that the passage may support the claim."""

    result: Figures
    explanation: str
    claimed: str = ""
    stated: str = ""
    complete: bool = False


def check_numbers(claim: str, evidence: str, *, source: str = "the source", told: Told = NEVER_TOLD) -> NumericCheck:
    """Holds a claim's quantities, ranks and dates against one passage of evidence. `told` says when each was published, so
    that "last year" of one is not taken for "last year" of the other.

    The explanation is one sentence a reader understands. Differs only when both state the same measure of the same
    thing at the same time and the figures cannot both be right after rounding, conversion and 'about'.
    """
    mine, other = told.place(read(without_attribution(claim)), read(without_attribution(evidence)))
    if not mine.quantities and not mine.dates:
        return NumericCheck(Figures.NOT_COMPARABLE, "The claim states no figure.")
    ground = common_ground(mine, other)
    counted = [q for q in mine.quantities if not in_a_name(mine.text, q)]
    if not counted and not mine.dates:
        return NumericCheck(Figures.NOT_COMPARABLE, "The claim states no figure.")
    if not counted or (clashing_dates(mine, other) and not other.quantities):
        return _dates_only(mine, other, ground, source)
    if ground.why_not:
        return NumericCheck(Figures.NOT_COMPARABLE, f"Not comparable: {ground.why_not}.")
    counted = [q for q in counted if q.dimension != "label" and not house_number(mine.text, q)]
    results = [_one(q, mine, other, ground, source, told) for q in counted]
    elsewhere = another_occasion(mine, other)
    differing = [r for r in results if r.result is Figures.DIFFERS]
    if differing and elsewhere:
        return NumericCheck(Figures.NOT_COMPARABLE, f"Not comparable: the passage is about {elsewhere}.")
    agreeing = [r for r in results if r.result is Figures.AGREES]
    if differing:
        return differing[0]
    if agreeing:
        first = agreeing[0]
        complete = len(agreeing) == len(results) and all(r.complete for r in agreeing) and ground.share >= COVERS
        complete = complete and every_word(mine, other) and times_met(mine, other) and not narrower(mine, other)
        complete = complete and not elsewhere
        complete = complete and _reaches(mine, other, other.text.find(first.stated))
        return NumericCheck(first.result, first.explanation, first.claimed, first.stated, complete)
    return results[0] if results else NumericCheck(Figures.NOT_COMPARABLE, "The claim states no figure.")


def _one(claimed: Quantity, claim: Reading, evidence: Reading, ground: Ground, source: str, told: Told) -> NumericCheck:
    stated = (*evidence.quantities, *stated_changes(evidence))
    stated = tuple(q for q in stated if _answers(claimed, q) or may_answer(claim, claimed, evidence, q))
    candidates = [q for q in stated if _meets(claimed, q) and fit(claim, claimed, evidence, q)]
    said = claimed.exact.strip()
    if not candidates:
        return NumericCheck(Figures.NOT_COMPARABLE, f"The passage gives no figure that {said} can be held against.")
    equal = next((q for q in candidates if _holds(claimed, q) is Agreement.EQUAL), None)
    if equal is not None and year_earlier(evidence, equal) and not year_earlier(claim, claimed):
        if not told.same_year:
            return NumericCheck(Figures.AGREES, earlier_words(equal, source), said, equal.exact.strip())
        candidates, equal = (
            [q for q in candidates if q is not equal],
            None,
        )  # the claim took the year before for the year
    if equal is not None and opposite_ends(claim, claimed, evidence, equal):
        return NumericCheck(Figures.NOT_COMPARABLE, "The ranks are counted from different ends.")
    if equal is not None:
        if ground.share < MEETS or ground.shared == 0 or not _one_word_shared(claim, evidence):
            return NumericCheck(
                Figures.NOT_COMPARABLE, "The figures are alike, but the passage is about something else."
            )
        whole = total_of(claim, claimed, evidence, [q for q in candidates if q is not equal])
        if whole is not None and ground.sure and _same_thing(ground) and _holds(claimed, whole) is Agreement.DIFFERS:
            return NumericCheck(Figures.DIFFERS, part_words(equal, whole, source), said, whole.exact.strip())
        rivals = [q for q in candidates if _another_of_it(claimed, equal, q)]
        doubtful = twice_told(evidence.text) and any(not any(_answers(x, q) for x in claim.quantities) for q in rivals)
        fenced_alike = same_fence(claim, claimed, evidence, equal) and not doubtful
        return NumericCheck(
            Figures.AGREES, agree_words(claimed, equal, source), said, equal.exact.strip(), fenced_alike
        )
    others = [q for q in claim.quantities if q is not claimed]
    # a figure that answers to another one of the claim is no rival of this one
    rival = _the_rival(claimed, [q for q in candidates if not any(_answers(other, q) for other in others)])
    if rival is not None and {claimed.dimension, rival.dimension} == {"count", "age"} and not claimed.noun:
        rival = rival if _person_first(claim, claimed) else None
    if rival is not None and not (speaks_of_it(claim, evidence, rival) and own_words_met(claim, claimed, evidence)):
        rival = None
    if rival is None or not ground.sure or not _same_thing(ground) or _narrowed_here(evidence, rival, ground):
        return NumericCheck(Figures.NOT_COMPARABLE, f"The passage may measure something other than {said}.")
    if _holds(claimed, rival) is Agreement.UNCLEAR:
        return NumericCheck(Figures.NOT_COMPARABLE, f"{rival.exact.strip()} leaves open whether it is {said}.")
    return NumericCheck(Figures.DIFFERS, differ_words(claimed, rival, source), said, rival.exact.strip())


def _another_of_it(claimed: Quantity, equal: Quantity, other: Quantity) -> bool:
    """ "58 million last year, after 85 million the year before": the passage gives the measure twice, and one of the two
    is not the claimed figure."""
    alike = (equal.dimension, equal.role, equal.unit) == (other.dimension, other.role, other.unit)
    return other is not equal and alike and _holds(claimed, other) is Agreement.DIFFERS


def _one_word_shared(claim: Reading, evidence: Reading) -> bool:
    """A name the passage leaves out counts as meant, but not where the passage has no other word of the claim either."""
    return not claim.words or any(alike(w.base, other.base) for w in claim.words for other in evidence.words)


def _answers(claimed: Quantity, stated: Quantity) -> bool:
    return _meets(claimed, stated) and _holds(claimed, stated) is Agreement.EQUAL


def _person_first(claim: Reading, claimed: Quantity) -> bool:
    """ "The victim was 34": a bare number right after "is" or "was", or between commas, may be an age."""
    before = claim.text[: claimed.start].rstrip()
    return before.endswith((",", " was", " is", " aged", " were", " are", "(", " turned"))


def _narrowed_here(evidence: Reading, rival: Quantity, ground: Ground) -> bool:
    here = surroundings(evidence, rival)
    return narrowed(w for w in ground.lone if here.start <= w.start < here.end)


def _same_thing(ground: Ground) -> bool:
    return ground.share >= CONTRADICTS and ground.shared >= 1


def _meets(claimed: Quantity, stated: Quantity) -> bool:
    """True when the stated figure could answer to the claimed one."""
    if {claimed.dimension, stated.dimension} == {"count", "age"}:
        return not (claimed.noun if claimed.dimension == "count" else stated.noun)  # "the victim was 34"
    if _per_head(claimed) != _per_head(stated):
        return False
    if not comparable(claimed, stated):
        return {claimed.dimension, stated.dimension} == {
            "percent",
            "points",
        } and claimed.role == stated.role == "change"
    if (claimed.role == "change" and stated.role in ("target", "base")) or (
        stated.role == "change" and claimed.role in ("target", "base")
    ):
        return False
    if claimed.role == "base" or stated.role == "base":
        return claimed.role == stated.role or claimed.role == "level"
    if claimed.dimension == "rank":
        return not claimed.noun or not stated.noun or same_noun(claimed.noun, stated.noun)
    if set(claimed.noun.split()[:1] + stated.noun.split()[:1]) <= EXTENTS and claimed.noun and stated.noun:
        return same_noun(claimed.noun.split()[0], stated.noun.split()[0])
    if claimed.dimension == "count" and claimed.noun and stated.noun:
        return same_noun(claimed.noun, stated.noun)
    return bool(claimed.per) == bool(stated.per) or claimed.dimension != "count"


def _per_head(q: Quantity) -> str:
    return "" if q.per in TIME_SECONDS else q.per


def _holds(claimed: Quantity, stated: Quantity) -> Agreement:
    if claimed.direction * stated.direction < 0:
        return Agreement.DIFFERS
    if {claimed.dimension, stated.dimension} == {"count", "age"}:
        return agreement(claimed.replace(dimension="age"), stated.replace(dimension="age"))
    if claimed.dimension != stated.dimension and not comparable(claimed, stated):
        return Agreement.DIFFERS  # percent for points
    return agreement(claimed, stated)


def _the_rival(claimed: Quantity, candidates: Sequence[Quantity]) -> Quantity | None:
    """The one figure the claim has to be held against; None when several could be meant."""
    candidates = [q for q in candidates if comparable(claimed, q)] or candidates
    if claimed.role == "change":
        candidates = [q for q in candidates if q.role == "change"] or candidates
    else:
        candidates = [q for q in candidates if q.role not in ("change", "base")] or candidates
    if len(candidates) > 1 and claimed.noun:
        candidates = [q for q in candidates if same_noun(claimed.noun, q.noun)] or candidates
    if len(candidates) > 1 and claimed.per:
        candidates = [q for q in candidates if q.per == claimed.per] or candidates
    return candidates[0] if len(candidates) == 1 else None


def _dates_only(claim: Reading, evidence: Reading, ground: Ground, source: str) -> NumericCheck:
    if (polarity.negations(claim.text) - polarity.negations(evidence.text)) % 2:
        return NumericCheck(Figures.NOT_COMPARABLE, "Not comparable: one says it, the other denies it.")
    clash = clashing_dates(claim, evidence)
    if clash is not None and (labels_a_name(claim.text, clash[0]) or existential_birth(claim.text)):
        return NumericCheck(Figures.NOT_COMPARABLE, "Not comparable: the time may be another one's.")
    if clash is None:
        return _dates_agree(claim, evidence, ground, source)
    sides = (bound(claim.text, clash[0]), bound(evidence.text, clash[1]))
    if may_both_hold(clash[0], sides[0], clash[1], sides[1]):
        return NumericCheck(Figures.NOT_COMPARABLE, "Not comparable: one of them names only a time before or after.")
    names_apart = ground.why_not and "about" in ground.why_not and clash[0].exact.strip() not in ground.why_not
    if names_apart or not eventful(claim) or ground.share < CONTRADICTS or not ground.sure or claim.quantities:
        return NumericCheck(Figures.NOT_COMPARABLE, f"Not comparable: {ground.why_not or 'the times may differ'}.")
    if len([m for m in evidence.dates if m.absolute]) > 1 and not _shared_event(claim, evidence):
        return NumericCheck(Figures.NOT_COMPARABLE, "The passage names several times.")
    one, two = (m.exact.strip() for m in clash)
    return NumericCheck(Figures.DIFFERS, f"The article says {one}; {source} says {two}.", one, two)


def _dates_agree(claim: Reading, evidence: Reading, ground: Ground, source: str) -> NumericCheck:
    met = [
        m
        for m in claim.dates
        if any(
            (o.exact.strip().lower() == m.exact.strip().lower() or same_time(m, o))
            and bound(claim.text, m) is bound(evidence.text, o)
            for o in evidence.dates
        )
    ]
    if met and not ground.why_not and ground.share >= CONTRADICTS:
        said = met[0].exact.strip()
        complete = len(met) == len(claim.dates) and ground.share >= COVERS and all(m.absolute for m in met)
        complete = complete and every_word(claim, evidence) and dated_alike(claim, evidence)
        complete = complete and _reaches(claim, evidence, _place(met[0], evidence))
        return NumericCheck(Figures.AGREES, f"The article and {source} both say {said}.", said, said, complete)
    return NumericCheck(Figures.NOT_COMPARABLE, "The passage names no time the claim can be held against.")


def _reaches(claim: Reading, evidence: Reading, place: int) -> bool:
    """The claim's names, fences and words stand in the clause of the passage that has the figure or the date."""
    if not as_far(claim, evidence) or not names_met(claim, evidence):
        return False
    here = clause_with(evidence.text, max(0, place))
    return here == evidence.text or every_word(claim, read(here))


def _place(mine: DateMention, evidence: Reading) -> int:
    return next((other.start for other in evidence.dates if same_time(mine, other)), 0)


def _shared_event(claim: Reading, evidence: Reading) -> bool:
    return all(any(alike(w.base, x.base) for x in evidence.words) for w in claim.words)
