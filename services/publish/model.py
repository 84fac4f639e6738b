"""How a panel comes about: a pure fold over the newest article, claim sheet and verdict sheet, in whatever order they came.

The contract messages are the words here; nothing reads a clock, makes an id or touches a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from plumbline.events.v1 import article_pb2, claim_pb2, publication_pb2, verdict_pb2

from shared.events import NEVER, Version, version_of

_SHOWN = (claim_pb2.CLAIM_STATE_ACTIVE, claim_pb2.CLAIM_STATE_STALE)


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything last heard of one article. Parts that did not arrive yet are None."""

    article_id: str
    site_id: str
    article: article_pb2.Article | None = None
    claims: claim_pb2.ClaimSheet | None = None
    verdicts: verdict_pb2.VerdictSheet | None = None
    panel: publication_pb2.Panel | None = None
    revision: int = 0

    def hears_article(self, wire: article_pb2.Article) -> Publication:
        """The newer of the two articles."""
        return replace(self, article=wire) if newer(wire, self.article) else self

    def hears_claims(self, wire: claim_pb2.ClaimSheet) -> Publication:
        """The newer of the two claim sheets."""
        return replace(self, claims=wire) if newer(wire, self.claims) else self

    def hears_verdicts(self, wire: verdict_pb2.VerdictSheet) -> Publication:
        """The newer of the two verdict sheets."""
        return replace(self, verdicts=wire) if newer(wire, self.verdicts) else self


def fold(publication: Publication) -> publication_pb2.Panel | None:
    """What the Fact Checker box shows, without version and time; None while the article itself is unknown.

    An outcome is shown beside a claim only when both name the same claim id and the same words; a verdict never
    follows changed words (J7). Versions of the sheets need not match.
    """
    article = publication.article
    if article is None:
        return None
    withdrawn = article.status == article_pb2.ARTICLE_STATUS_WITHDRAWN
    panel = publication_pb2.Panel(
        article_id=publication.article_id,
        site_id=publication.site_id,
        article_version=article.version,
        title=article.title,
        url=article.url,
        withdrawn=withdrawn,
    )
    sheet, verdicts = publication.claims, publication.verdicts
    if sheet is not None:
        panel.claims_version.CopyFrom(sheet.version)
    if verdicts is not None:
        panel.verdicts_version.CopyFrom(verdicts.version)
    if withdrawn or sheet is None:
        return panel
    outcomes = {outcome.claim_id: outcome for outcome in verdicts.outcomes} if verdicts is not None else {}
    standing = {claim.claim_id for claim in sheet.claims if claim.state in _SHOWN}
    shown = [
        with_outcome(claim, outcomes)
        for claim in sheet.claims
        if claim.claim_id in standing and not told_by_its_statement(claim, standing)
    ]
    panel.claims.extend(shown)
    cited = {c.evidence_id for one in shown for c in one.outcome.citations}
    panel.evidence.extend(e for e in (verdicts.evidence if verdicts is not None else ()) if e.evidence_id in cited)
    active = [one for one in shown if one.claim.state == claim_pb2.CLAIM_STATE_ACTIVE]
    panel.complete = sheet.article_version == article.version and all(one.HasField("outcome") for one in active)
    return panel


def told_by_its_statement(claim: claim_pb2.Claim, standing: AbstractSet[str]) -> bool:
    """Whether readers see this "X said P" already as P, said by X: both exist as claims, one stands on the page."""
    return claim.kind == claim_pb2.CLAIM_KIND_REPORT and any(
        link.kind == claim_pb2.CLAIM_LINK_KIND_REPORTS and link.claim_id in standing for link in claim.links
    )


def with_outcome(
    claim: claim_pb2.Claim, outcomes: Mapping[str, verdict_pb2.ClaimOutcome]
) -> publication_pb2.PanelClaim:
    """The claim with the outcome of exactly these words, where there is one."""
    shown = publication_pb2.PanelClaim(claim=claim)
    outcome = outcomes.get(claim.claim_id)
    if outcome is not None and outcome.text_hash == claim.text_hash and claim.state == claim_pb2.CLAIM_STATE_ACTIVE:
        shown.outcome.CopyFrom(outcome)
    return shown


def differs(one: publication_pb2.Panel | None, other: publication_pb2.Panel) -> bool:
    """Whether readers would see a difference; versions and times of their own do not count."""
    if one is None:
        return True
    a, b = publication_pb2.Panel(), publication_pb2.Panel()
    a.CopyFrom(one)
    b.CopyFrom(other)
    for panel in (a, b):
        for name in ("version", "claims_version", "verdicts_version", "article_version", "updated_at"):
            panel.ClearField(name)
    return a.SerializeToString(deterministic=True) != b.SerializeToString(deterministic=True)


@dataclass(frozen=True, slots=True)
class Changed:
    """A published verdict that reads differently now."""

    claim_id: str
    claim_text: str
    before: str
    after: str
    note: str
    verdict_version: int


def corrections(before: publication_pb2.Panel | None, after: publication_pb2.Panel) -> list[Changed]:
    """The verdicts readers had seen and that say something else now, also when the claim lost its verdict."""
    if before is None:
        return []
    now = {one.claim.claim_id: one for one in after.claims}
    changed = []
    for old in before.claims:
        if not _told(old.outcome):
            continue
        new = now.get(old.claim.claim_id)
        if new is None or not new.HasField("outcome"):
            continue
        if _reads_otherwise(old.outcome, new.outcome):
            changed.append(
                Changed(
                    old.claim.claim_id,
                    old.claim.text,
                    old.outcome.headline,
                    new.outcome.headline,
                    new.outcome.note or new.outcome.explanation,
                    new.outcome.verdict_version,
                )
            )
    return changed


def _told(outcome: verdict_pb2.ClaimOutcome) -> bool:
    """Whether readers saw a verdict here, or that one was taken back."""
    withdrawn = outcome.status == verdict_pb2.OUTCOME_STATUS_WITHDRAWN and outcome.verdict_version > 0
    return withdrawn or outcome.status == verdict_pb2.OUTCOME_STATUS_VERDICT


def _reads_otherwise(old: verdict_pb2.ClaimOutcome, new: verdict_pb2.ClaimOutcome) -> bool:
    """Another rating or headline; or a later version that explains it otherwise."""
    if (old.rating, old.headline) != (new.rating, new.headline):
        return True
    return new.verdict_version > old.verdict_version and new.explanation != old.explanation


def newer(wire: object, known: object | None) -> bool:
    """Whether a message is of a later version than the one known."""
    return version_of(wire.version) > (version_of(known.version) if known is not None else NEVER)  # type: ignore[attr-defined]


def next_version(panel: publication_pb2.Panel | None, epoch: int) -> Version:
    """The version after the panel's."""
    return (version_of(panel.version) if panel is not None else NEVER).next(epoch)
