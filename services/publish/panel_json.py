"""The panel for programs: the same words and versions as the page (JSON field names are a promise)."""

from __future__ import annotations

from typing import Any

from plumbline.events.v1 import common_pb2, publication_pb2

from services.publish.contract import moment
from services.publish.presenting import claim_view
from services.publish.views import RatedView
from services.publish.wording import RatingStep
from shared.events import version_of
from shared.web.pages import iso


def panel_json(panel: publication_pb2.Panel, revision: int, scheme: tuple[RatingStep, ...]) -> dict[str, Any]:
    """What `/articles/{id}/panel` answers."""
    evidence = {one.evidence_id: one for one in panel.evidence}
    updated = moment(panel, "updated_at")
    return {
        "article_id": panel.article_id,
        "title": panel.title,
        "url": panel.url,
        "version": str(version_of(panel.version)),
        "revision": revision,
        "withdrawn": panel.withdrawn,
        "complete": panel.complete,
        "updated_at": iso(updated) if updated else None,
        "claims": [claim_json(one, n, evidence, panel.article_id, scheme) for n, one in enumerate(panel.claims, 1)],
        "evidence": [evidence_json(one) for one in panel.evidence],
    }


def claim_json(
    one: publication_pb2.PanelClaim,
    number: int,
    evidence: dict[str, common_pb2.Evidence],
    article_id: str,
    scheme: tuple[RatingStep, ...],
) -> dict[str, Any]:
    """One claim in readers' words."""
    view = claim_view(one, number, evidence, path=f"/articles/{article_id}", scheme=scheme)
    anchor = one.claim.anchors[0] if one.claim.anchors else None
    return {
        "claim_id": view.claim_id,
        "text": view.text,
        "said_by": view.said_by,
        "source_name": one.claim.attribution.source_name,
        "outcome": view.chip.word,
        "outcome_short": view.chip.short,
        "rating": view.rating or None,
        "settled": view.chip.settled,
        "explanation": view.explanation,
        "abstention": view.abstention,
        "basis": view.basis,
        "decided_by": view.decided_by,
        "reviewed_by": view.reviewed_by,
        "verdict_version": view.verdict_version,
        "anchor": {
            "block_id": anchor.block_id,
            "start": anchor.start,
            "end": anchor.end,
            "exact": anchor.exact,
            "text_sha256": anchor.text_sha256,
        }
        if anchor
        else None,
        "citations": [
            {
                "evidence_id": c.evidence_id,
                "start": c.start,
                "end": c.end,
                "exact": c.exact,
                "stance": e.stance,
                "source_rating": _rated_json(e.rated),
            }
            for c, e in zip(one.outcome.citations, view.evidence, strict=False)
        ],
        "url": view.path,
    }


def evidence_json(one: common_pb2.Evidence) -> dict[str, Any]:
    """One source that is cited."""
    published, fetched = moment(one, "published_at"), moment(one, "fetched_at")
    return {
        "evidence_id": one.evidence_id,
        "url": one.url,
        "title": one.title,
        "publisher": one.publisher,
        "published_at": iso(published) if published else None,
        "published_at_source": one.published_at_source,
        "fetched_at": iso(fetched) if fetched else None,
        "sha256": one.sha256,
        "class": one.evidence_class,
        "origin": one.origin or None,
    }


def _rated_json(rated: RatedView | None) -> dict[str, Any] | None:
    """How the source was rated when the outcome came about; null where nobody had rated it."""
    if rated is None:
        return None
    return {
        "credibility": rated.credibility,
        "since": iso(rated.since),
        "version": rated.version,
        "provenance": rated.provenance,
        "link": rated.link or None,
    }
