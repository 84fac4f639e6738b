"""The gate every proposal of a model passes: a stored source it was shown, words that stand there, about this claim. Pure.

A model's own prose is never shown: the explanation is ours, and so no page can put words into it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.verification.engine.admissibility import place
from services.verification.engine.disputed import only_repeated
from services.verification.engine.instructions import addressed_to_machines
from services.verification.engine.page_numbers import on_page
from services.verification.engine.sentences import sentences
from services.verification.engine.words import content
from services.verification.model import Citation, Claim, Evidence, Finding, Stance

FEWEST_WORDS = 4
LONGEST = 1_000  # characters of a quotation
BEARS = 0.25  # share of the claim's words of substance that a quotation on it holds
WORDS = {
    Stance.SUPPORTS: "takes this passage to support the claim",
    Stance.CONTRADICTS: "takes this passage to contradict the claim",
    Stance.DISCUSSES: "takes this passage to be about the claim",
}


class Refusal(StrEnum):
    """Why a proposal was refused."""

    UNKNOWN_EVIDENCE = "unknown_evidence"
    NOT_VERBATIM = "not_verbatim"
    NOT_A_QUOTATION = "not_a_quotation"
    NO_STANCE = "no_stance"
    OFF_TOPIC = "off_topic"
    ONLY_REPEATED = "only_repeated"
    ADDRESSED_TO_MACHINES = "addressed_to_machines"


@dataclass(frozen=True, slots=True)
class Proposed:
    """One thing a model says it found."""

    evidence_id: str
    quote: str
    stance: str
    score: float = 0.0


@dataclass(frozen=True)
class Admitted:
    """What passed the gate, and how many proposals were refused for which reason."""

    findings: tuple[Finding, ...]
    refused: Counter[Refusal]


def admit(claim: Claim, proposed: Sequence[Proposed], offered: Mapping[str, Evidence], *, by: str) -> Admitted:
    """The proposals that hold, each as a finding without a rating: what a model proposes is a suggestion to people.

    `offered` is what the model was shown; anything else it names is unknown, also where it is stored.
    """
    findings: list[Finding] = []
    refused: Counter[Refusal] = Counter()
    for each in proposed:
        made = _finding(claim, each, offered, by)
        if isinstance(made, Refusal):
            refused[made] += 1
        elif made not in findings:
            findings.append(made)
    return Admitted(tuple(findings), refused)


def _finding(claim: Claim, each: Proposed, offered: Mapping[str, Evidence], by: str) -> Finding | Refusal:
    held = offered.get(each.evidence_id)
    if held is None:
        return Refusal.UNKNOWN_EVIDENCE
    if each.stance not in Stance.__members__.values():
        return Refusal.NO_STANCE
    if len(each.quote.split()) < FEWEST_WORDS or len(each.quote) > LONGEST:
        return Refusal.NOT_A_QUOTATION
    stance = Stance(each.stance)
    citation = place(each.quote, held, stance)
    if citation is None:
        return Refusal.NOT_VERBATIM
    if refusal := _unfit(claim, citation, held):
        return refusal
    score = min(1.0, max(0.0, each.score)) if each.score == each.score else 0.0
    told = on_page(f"An automated reader ({by}) {WORDS[stance]}.", held.text, citation.start)
    return Finding(stance, told, (citation,), score=score, publisher=held.publisher)


def _unfit(claim: Claim, citation: Citation, held: Evidence) -> Refusal | None:
    """A quotation counts with the whole sentences it was cut from: half a sentence can say the opposite."""
    around = [s.text for s in sentences(held.text) if s.start < citation.end and citation.start < s.end]
    if any(addressed_to_machines(sentence) for sentence in around):
        return Refusal.ADDRESSED_TO_MACHINES
    wanted = frozenset(content(claim.text))
    if len(wanted & frozenset(content(citation.exact))) < max(1, BEARS * len(wanted)):
        return Refusal.OFF_TOPIC
    if citation.stance is Stance.SUPPORTS and any(only_repeated(sentence) for sentence in around):
        return Refusal.ONLY_REPEATED
    return None
