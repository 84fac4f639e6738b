"""A subject under check as verification keeps it, and what a new claim sheet does to the outcomes it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from services.verification.model.evidence import Claim
from services.verification.model.outcome import Abstention, Outcome, OutcomeStatus, Verdict, outcome_of
from services.verification.model.rating import Rating
from shared.events import NEVER, Version

COPY_WORDS = 100  # fewer words of a text are quoted by honest sources too


class ClaimState(StrEnum):
    ACTIVE = "active"
    STALE = "stale"
    ORPHANED = "orphaned"
    WITHDRAWN = "withdrawn"
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class SheetClaim:
    """One claim of a sheet, as far as checking it is concerned. `report` is true for "X said P"."""

    claim_id: str
    text: str
    text_hash: str
    state: ClaimState = ClaimState.ACTIVE
    source_kind: str = "author"
    source_name: str = ""
    verbatim: bool = False
    report: bool = False
    part_of: str = ""  # the claim that makes several statements, of which this is one

    @property
    def active(self) -> bool:
        return self.state is ClaimState.ACTIVE


@dataclass(frozen=True)
class Sheet:
    """All claims of one subject at one version of the sheet."""

    subject_id: str
    site_id: str
    version: Version
    claims: tuple[SheetClaim, ...]
    article_id: str = ""
    kind: str = "article"
    public: bool = True
    language: str = "en"
    url: str = ""
    title: str = ""
    published_at: datetime | None = None
    links: tuple[str, ...] = ()
    owner: str = ""  # the partner it belongs to, where it is not public

    def seen_by(self, partner_id: str) -> bool:
        """Whether a partner of its site may see it: what is public, and what it sent in itself; never a draft."""
        return not self.draft and (self.public or (bool(self.owner) and self.owner == partner_id))

    @property
    def draft(self) -> bool:
        """Not published, and sent in again at every save."""
        return self.kind == "draft"

    @cached_property
    def quotable(self) -> str:
        """What the subject says, as far as it is known; empty where so little is that honest sources say it too."""
        text = " ".join(each.text for each in self.claims if each.active)
        return text if len(text.split()) >= COPY_WORDS else ""

    @property
    def key(self) -> str:
        """What orders its events: the article, or the subject itself without one."""
        return self.article_id or self.subject_id


@dataclass(frozen=True)
class Run:
    """One round of checks over a subject, under way from `started_at`, which may lie ahead.

    `every` asks for all active claims, not only those not checked yet, `only` for these besides. `attempt` counts the
    rounds that came before because a look-up had failed.
    """

    run_id: str
    every: bool
    started_at: datetime
    attempt: int = 0
    only: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Subject:
    """A subject with the outcomes of its claims, the verdicts behind them, and the run that is under way."""

    sheet: Sheet
    outcomes: Mapping[str, Outcome]
    verdicts: Mapping[str, Verdict]
    version: Version = NEVER
    run: Run | None = None
    last_run_id: str = ""
    checked_at: datetime | None = None

    @property
    def unchecked(self) -> tuple[SheetClaim, ...]:
        """Active claims whose present words have no outcome yet, or one that only says that a look-up failed."""
        return tuple(claim for claim in self.sheet.claims if claim.active and not self._checked(claim))

    def _checked(self, claim: SheetClaim) -> bool:
        kept = self.outcomes.get(claim.claim_id)
        same = kept is not None and kept.text_hash == claim.text_hash
        return kept is not None and same and kept.abstention_code is not Abstention.LOOKUP_FAILED

    @property
    def to_check(self) -> tuple[SheetClaim, ...]:
        """What the present run is about."""
        if self.run is not None and self.run.every:
            return tuple(claim for claim in self.sheet.claims if claim.active)
        again = self.run.only if self.run is not None else frozenset()
        return tuple(c for c in self.sheet.claims if c.active and (c.claim_id in again or not self._checked(c)))


def nothing_known(sheet: Sheet) -> Subject:
    """The subject before its first sheet was read."""
    return Subject(replace(sheet, version=NEVER, claims=()), {}, {})


def settle_sheet(known: Subject, sheet: Sheet) -> Subject:
    """The subject after a newer sheet: the same words keep their outcome, changed words lose it, gone claims are withdrawn.

    A claim that returns with the words of its verdict gets that verdict back; one that never had one is checked anew.
    A verdict never moves onto other words. An older or equal sheet changes nothing.
    """
    if sheet.version <= known.sheet.version:
        return known
    named = {claim.claim_id for claim in sheet.claims}
    gone = tuple(
        replace(claim, state=ClaimState.WITHDRAWN) for claim in known.sheet.claims if claim.claim_id not in named
    )
    whole = replace(sheet, claims=(*sheet.claims, *gone))
    outcomes: dict[str, Outcome] = {}
    for claim in whole.claims:
        kept = _kept(claim, known.outcomes.get(claim.claim_id), known.verdicts.get(claim.claim_id))
        if kept is not None:
            outcomes[claim.claim_id] = kept
    return replace(known, sheet=whole, outcomes=outcomes)


def _kept(claim: SheetClaim, outcome: Outcome | None, verdict: Verdict | None) -> Outcome | None:
    if not claim.active:
        return left_the_text(claim, verdict.version if verdict else 0)
    if outcome is not None and outcome.text_hash == claim.text_hash and not _left(outcome):
        return outcome
    if verdict is not None and verdict.text_hash == claim.text_hash:
        return outcome_of(verdict, outcome.stages if outcome is not None else ())
    return None


def left_the_text(claim: SheetClaim, verdict_version: int) -> Outcome:
    """What a claim's card says once the claim is no longer made."""
    return Outcome(
        claim_id=claim.claim_id,
        text_hash=claim.text_hash,
        status=OutcomeStatus.WITHDRAWN,
        headline="This claim is no longer in the article.",
        verdict_version=verdict_version,
    )


def _left(outcome: Outcome) -> bool:
    return outcome.status is OutcomeStatus.WITHDRAWN and outcome.rating is not Rating.WITHDRAWN


def claim_under_check(sheet: Sheet, claim: SheetClaim) -> Claim:
    """The claim as the engine sees it."""
    return Claim(
        claim_id=claim.claim_id,
        text=claim.text,
        text_hash=claim.text_hash,
        site_id=sheet.site_id,
        subject_id=sheet.subject_id,
        article_id=sheet.article_id,
        article_url=sheet.url,
        article_text=sheet.quotable,
        published_at=sheet.published_at,
        language=sheet.language or "en",
        source_kind=claim.source_kind,
        source_name=claim.source_name,
        verbatim=claim.verbatim,
        active=claim.active,
        parts=tuple(each.text for each in sheet.claims if each.active and each.part_of == claim.claim_id),
    )
