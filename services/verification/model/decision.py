"""What a person says about a claim, and whether it is fit to be published. Pure; every refusal names its field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.verification.model.evidence import Citation, Evidence, EvidenceClass
from services.verification.model.outcome import Verdict
from services.verification.model.policy_settings import PolicySettings
from services.verification.model.rating import REFUTING, Rating, Stance
from shared.errors import Refused

WITHOUT_CITATION = frozenset({Rating.NOT_ENOUGH_EVIDENCE, Rating.WITHDRAWN})
LONGEST_EXPLANATION = 8_000
LONGEST_NOTE = 4_000


@dataclass(frozen=True)
class Person:
    """Who acts. The id decides who is who, from whatever key or browser they come; the name is shown."""

    person_id: str
    name: str

    def same_as(self, other: Person | str) -> bool:
        other_id = other.person_id if isinstance(other, Person) else other
        return self.person_id.strip().casefold() == other_id.strip().casefold()


@dataclass(frozen=True)
class Decision:
    """What a person says about a claim. `note` is required when it changes an earlier verdict."""

    rating: Rating
    explanation: str
    citations: tuple[Citation, ...] = ()
    note: str = ""
    fact_check_id: str = ""


@dataclass(frozen=True)
class Shown:
    """What the person had before them: the evidence by id, of which `admissible` may carry a verdict, and the verdict
    readers see now."""

    evidence: Mapping[str, Evidence]
    admissible: frozenset[str]
    standing: Verdict | None = None


def needs_two(rating: Rating, standing: Verdict | None, settings: PolicySettings) -> bool:
    """A rating that takes two people takes two to say, and two to take back."""
    before = standing is not None and bool(standing.reviewed_by) and settings.needs_two(standing.rating)
    return settings.needs_two(rating) or before


def check_note(note: str) -> None:
    """Refuses a change of a published verdict that does not say what changed and why."""
    if not note.strip():
        raise Refused("NOTE_REQUIRED", "Say what changed and why.", field="note")
    if len(note) > LONGEST_NOTE:
        raise Refused("NOTE_TOO_LONG", f"Use at most {LONGEST_NOTE:,} characters.", field="note")


def check_decision(decision: Decision, shown: Shown) -> None:
    """Refuses a decision that is not fit to be published: unknown or altered citations, a rating without its ground."""
    if not decision.explanation.strip():
        raise Refused("EXPLANATION_REQUIRED", "Write the explanation readers will see.", field="explanation")
    if len(decision.explanation) > LONGEST_EXPLANATION:
        raise Refused("EXPLANATION_TOO_LONG", f"Use at most {LONGEST_EXPLANATION:,} characters.", field="explanation")
    for citation in decision.citations:
        _check_citation(citation, shown)
    stances = {citation.stance for citation in decision.citations}
    if decision.rating not in WITHOUT_CITATION and not decision.citations:
        raise Refused("CITATION_REQUIRED", "This rating needs at least one quoted passage.", field="citations")
    if decision.rating in REFUTING and not _independent_contradiction(decision, shown):
        raise Refused(
            "CONTRADICTION_REQUIRED",
            "To refute, quote a passage that contradicts the claim, from a source other than our own analysis.",
            field="citations",
        )
    if decision.rating is Rating.CONFLICTING and not {Stance.SUPPORTS, Stance.CONTRADICTS} <= stances:
        raise Refused("BOTH_SIDES_REQUIRED", "Conflicting needs a passage for and one against.", field="citations")


def check_changes(decision: Decision, standing: Verdict | None) -> None:
    """Refuses a correction that says again what stands."""
    if standing is None:
        return
    said = (standing.rating, standing.explanation, frozenset(standing.citations))
    if (decision.rating, decision.explanation, frozenset(decision.citations)) == said:
        raise Refused("NOTHING_CHANGED", "This says what the verdict says already.", field="explanation")


def _check_citation(citation: Citation, shown: Shown) -> None:
    evidence = shown.evidence.get(citation.evidence_id)
    if evidence is None:
        raise Refused("UNKNOWN_EVIDENCE", "A citation names evidence that is not stored.", field="citations")
    inside = 0 <= citation.start < citation.end <= len(evidence.text)
    if not inside or evidence.text[citation.start : citation.end] != citation.exact or not citation.exact.strip():
        raise Refused("NOT_VERBATIM", "A quoted passage is not word for word in its source.", field="citations")
    if citation.evidence_id not in shown.admissible:
        raise Refused("INADMISSIBLE", "A cited text may not be used as evidence for this claim.", field="citations")


def _independent_contradiction(decision: Decision, shown: Shown) -> bool:
    return any(
        citation.stance is Stance.CONTRADICTS
        and shown.evidence[citation.evidence_id].evidence_class is not EvidenceClass.NEWSROOM_ANALYSIS
        for citation in decision.citations
    )
