"""A review as verification's staff door answers it."""

from __future__ import annotations

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
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


def snapshot_of(held: review_service_pb2.ReviewEvidence) -> review_service_pb2.Snapshot:
    """Its excerpt line by line."""
    sentences, start = [], 0
    for number, line in enumerate(held.excerpt.split("\n")):
        end = start + len(line)
        sentences.append(review_service_pb2.SnapshotSentence(number=number, start=start, end=end, text=line))
        start += len(line) + 1
    return review_service_pb2.Snapshot(evidence=held, sentences=sentences, total=len(sentences))


def full_review(**changed: Any) -> review_service_pb2.Review:
    """A claim with evidence on both sides, passages kept, sources added, a verdict told and acts done."""
    pb = review_service_pb2
    at = Timestamp(seconds=1_794_000_000)
    against = "The audit found that the harbour cost 55 million euros, 15 million more than was planned in 2021."
    support = "The council approved 40 million euros for the harbour on Tuesday."
    first = pb.ReviewCitation(
        evidence_id="e1", exact="the harbour cost 55 million euros", stance="contradicts", start=21, end=54,
        reason="The article says 40 million; the report it cites says 55 million.",
    )  # fmt: skip
    other = pb.ReviewCitation(evidence_id="e2", exact="40 million euros", stance="supports", start=21, end=37)
    about: dict[str, Any] = {"fetched_at": at, "published_at": at, "evidence_class": "real_time_source"}
    fields: dict[str, Any] = {
        "evidence": [
            pb.ReviewEvidence(evidence_id="e1", url="https://audit.example/report", title="Audit of the harbour works",
                              publisher="Audit Office", excerpt=against, origin="fetched", passages=[first], **about),
            pb.ReviewEvidence(evidence_id="e2", url="https://council.example/minutes", title="Minutes of 12 May",
                              publisher="Town council", excerpt=support, origin="fetched", passages=[other], **about),
            pb.ReviewEvidence(evidence_id="e3", title="Log of the harbour master", publisher="Harbour office",
                              excerpt="The works began in May.", origin="typed", **about),
            pb.ReviewEvidence(evidence_id="e4", url="https://copy.example/harbour", title="Harbour costs 40 million",
                              excerpt="The harbour cost 40 million.", inadmissible="a copy of the article itself", **about),
        ],
        "citations": [first],
        "quotations": [pb.Quotation(quotation_id="q-1", evidence_id="e2", exact="40 million euros", stance="supports",
                                    start=21, end=37, picked_by="Ann")],
        "sources": [
            pb.AddedSource(source_id="s1", claim_id="claim-1", claim_text="The harbour cost 40 million.", way="typed",
                           state="ready", evidence_id="e3", title="Log of the harbour master", added_by="Ann", added_at=at),
            pb.AddedSource(source_id="s2", claim_id="claim-1", claim_text="The harbour cost 40 million.", way="url",
                           url="https://gone.example/page", state="failed", problem="gone: status 404", added_by="Ben", added_at=at),
        ],
        "acts": [
            pb.ReviewAct(act="pick", person="Ann", note="40 million euros", at=at),
            pb.ReviewAct(act="return", person="Ben", note="Look at the minutes too.", rating="refuted", at=at),
            pb.ReviewAct(act="propose", person="Ann", rating="refuted", at=at),
        ],
        "returned_note": "Look at the minutes too.",
        "priority": "high",
        "due_at": at,
        "machine_headline": "Contradicted by Audit Office, awaiting review.",
        "machine_abstention": "A contradiction needs two people before readers see it.",
    }  # fmt: skip
    return open_review(**(fields | changed))
