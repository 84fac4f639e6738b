"""A review as verification's staff door answers it."""

from __future__ import annotations

from typing import Any

from plumbline.staff.v1 import review_service_pb2


def open_review(**changed: Any) -> review_service_pb2.Review:
    """An undecided claim with one source and one suggested citation."""
    fields: dict[str, Any] = {
        "claim_id": "claim-1",
        "article_id": "a1",
        "article_title": "Harbour budget",
        "claim_text": "The harbour cost <b>40</b> million.",
        "source_name": "Mayor Ruiz",
        "state": "open",
        "headline": "Contradicted by a number, awaiting review",
        "suggested_rating": "refuted",
        "version": 3,
        "evidence": [
            review_service_pb2.ReviewEvidence(
                evidence_id="e1",
                url="https://audit.example/report",
                title="Audit report",
                publisher="Audit Office",
                evidence_class="real_time_source",
                excerpt="The audit found\nthat the harbour cost 55 million euros.",
            ),
            review_service_pb2.ReviewEvidence(evidence_id="e2", url="javascript:alert(1)", title="Odd", excerpt="x"),
        ],
        "citations": [
            review_service_pb2.ReviewCitation(
                evidence_id="e1", exact="found\nthat the harbour cost 55 million", stance="contradicts"
            )
        ],
        "stages": [review_service_pb2.StageNote(stage="structured", result="differs", detail="40 and 55 million")],
    }
    return review_service_pb2.Review(**(fields | changed))
