"""What the report on a draft says: a pure fold over what was last heard of it, in whatever order it came.

A draft passes only when everything in it was checked and nothing speaks against it. Whatever is unfinished, unreadable or left to
people is a warning. A fact check of the same claim that rates it false holds the text back also while its page cannot be read: that is
no verdict and nothing readers see, and whoever writes can look at it before anybody reads the claim.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from plumbline.events.v1 import article_pb2, claim_pb2, common_pb2, publication_pb2, verdict_pb2

from services.publish.model import newer, told_by_its_statement, with_outcome
from services.publish.wording import RatingStep

_BY_CODE = frozenset({"known_claim", "structured"})
_REFUTING, _SUPPORTING = 2, 4  # on the scale of 1 to 5: up to, and from
_NOBODY = "0" * 64


class Decision(StrEnum):
    """What a CMS is advised to do."""

    PASS = "pass"  # noqa: S105  a decision, no secret
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class DraftCheck:
    """Everything last heard of one draft. Parts that did not arrive yet are None."""

    draft: article_pb2.Draft | None = None
    claims: claim_pb2.ClaimSheet | None = None
    verdicts: verdict_pb2.VerdictSheet | None = None

    def hears_draft(self, wire: article_pb2.Draft) -> DraftCheck:
        """The newer of the two, without its text."""
        if not newer(wire, self.draft):
            return self
        kept = article_pb2.Draft()
        kept.CopyFrom(wire)
        kept.ClearField("blocks")
        kept.ClearField("links")
        return replace(self, draft=kept)

    def hears_claims(self, wire: claim_pb2.ClaimSheet) -> DraftCheck:
        """The newer of the two claim sheets."""
        return replace(self, claims=wire) if newer(wire, self.claims) else self

    def hears_verdicts(self, wire: verdict_pb2.VerdictSheet) -> DraftCheck:
        """The newer of the two verdict sheets."""
        return replace(self, verdicts=wire) if newer(wire, self.verdicts) else self

    def opens(self, token: str, now: datetime) -> bool:
        """Whether the token opens the report now. Takes as long for every wrong one."""
        told = self.draft.token_sha256 if self.draft is not None else ""
        right = hmac.compare_digest(sha256(token.encode()).hexdigest(), told or _NOBODY)
        return right and self.draft is not None and now < self.draft.expires_at.ToDatetime(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the decision is what it is. `claim_id` is empty where the whole text is meant."""

    decision: Decision
    words: str
    claim_id: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known about a draft and what follows. `done` when every claim in it has its outcome."""

    done: bool
    decision: Decision
    reasons: tuple[Reason, ...]
    claims: tuple[publication_pb2.PanelClaim, ...]
    evidence: tuple[common_pb2.Evidence, ...]


def judge(check: DraftCheck, scheme: Sequence[RatingStep]) -> Judged:
    """The report's content. A block needs a firm ground: what people decided, a fact check of the same claim, or a figure or
    quotation that code compared."""
    sheet = check.claims
    if sheet is None or check.draft is None or sheet.article_version != check.draft.version:
        return Judged(False, Decision.WARN, (Reason(Decision.WARN, "The text is still being read."),), (), ())
    outcomes = {one.claim_id: one for one in check.verdicts.outcomes} if check.verdicts is not None else {}
    active = [claim for claim in sheet.claims if claim.state == claim_pb2.CLAIM_STATE_ACTIVE]
    standing = {claim.claim_id for claim in active}
    shown: list[publication_pb2.PanelClaim] = []
    reasons = [Reason(Decision.WARN, sheet.note)] if sheet.note else []
    unchecked = 0
    for claim in active:
        one = with_outcome(claim, outcomes)
        decision = decide(one, scheme)
        unchecked += not one.HasField("outcome")
        # That somebody said it is a claim of its own; where what was said stands beside it, only a contradiction counts.
        if told_by_its_statement(claim, standing) and decision is not Decision.BLOCK:
            continue
        shown.append(one)
        if decision is not Decision.PASS and one.HasField("outcome"):
            reasons.append(Reason(decision, _words(one), claim.claim_id))
    if unchecked:
        reasons.append(Reason(Decision.WARN, f"{unchecked} of {len(active)} claims are still being checked."))
    if not active and not reasons:
        reasons.append(Reason(Decision.PASS, "Nothing was found in it that can be checked."))
    cited = {citation.evidence_id for one in shown for citation in one.outcome.citations}
    evidence = check.verdicts.evidence if check.verdicts is not None else ()
    reasons.sort(key=lambda reason: reason.decision is not Decision.BLOCK)
    return Judged(
        done=not unchecked,
        decision=reasons[0].decision if reasons else Decision.PASS,
        reasons=tuple(reasons),
        claims=tuple(shown),
        evidence=tuple(one for one in evidence if one.evidence_id in cited),
    )


def decide(one: publication_pb2.PanelClaim, scheme: Sequence[RatingStep]) -> Decision:
    """What follows from one claim. It passes only with an outcome that supports it."""
    outcome = one.outcome
    value = next((step.value for step in scheme if step.key == outcome.rating), None)
    unread = outcome.HasField("unread_fact_check")
    firm = outcome.status == verdict_pb2.OUTCOME_STATUS_VERDICT or outcome.basis in _BY_CODE
    if value is not None and firm and value <= _REFUTING:
        return Decision.BLOCK
    stances = {citation.stance for citation in outcome.citations}
    against, in_favour = common_pb2.STANCE_CONTRADICTS in stances, common_pb2.STANCE_SUPPORTS in stances
    undecided = outcome.status == verdict_pb2.OUTCOME_STATUS_NEEDS_REVIEW
    if undecided and outcome.basis in _BY_CODE and against and not in_favour:
        return Decision.BLOCK
    if undecided and unread and not in_favour:
        return Decision.BLOCK  # whose page could not be read yet; nobody may learn of it only after publication
    settled = outcome.status in (verdict_pb2.OUTCOME_STATUS_ASSESSED, verdict_pb2.OUTCOME_STATUS_VERDICT)
    doubted = unread and outcome.status == verdict_pb2.OUTCOME_STATUS_ASSESSED
    return Decision.PASS if settled and not doubted and value is not None and value >= _SUPPORTING else Decision.WARN


def _words(one: publication_pb2.PanelClaim) -> str:
    headline = one.outcome.headline or one.outcome.abstention or "A person has to look at this."
    if one.outcome.HasField("unread_fact_check") and one.outcome.status != verdict_pb2.OUTCOME_STATUS_VERDICT:
        headline = f"{one.outcome.unread_fact_check.words} Its page could not be read, so nothing of it is cited."
    return f"“{one.claim.text}” {headline}"
