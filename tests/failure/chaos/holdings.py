"""Who keeps a copy of what: where each service holds the version of each subject, and which numbers it keeps."""

from __future__ import annotations

from dataclasses import dataclass

from plumbline.events.v1 import directory_pb2, verdict_pb2


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows of (subject, epoch, counter) in one service's database."""

    name: str
    service: str
    query: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows of (name, kept number, the same counted afresh) in one service's database."""

    service: str
    query: str


HOLDINGS = (
    Holding("ingest.article", "ingest", "SELECT article_id, epoch, counter FROM article"),
    Holding("ingest.comment", "ingest", "SELECT comment_id, epoch, counter FROM cms_comment"),
    Holding(
        "claim_extraction.article",
        "claim_extraction",
        "SELECT subject_id, article_epoch, article_counter FROM sheet WHERE article_counter > 0",
    ),
    Holding("claim_extraction.sheet", "claim_extraction", "SELECT subject_id, epoch, counter FROM sheet"),
    Holding("verification.claims", "verification", "SELECT subject_id, claims_epoch, claims_counter FROM subject"),
    Holding("verification.sheet", "verification", "SELECT subject_id, epoch, counter FROM subject WHERE counter > 0"),
    Holding(
        "comment.article",
        "comment",
        "SELECT article_id, article_epoch, article_counter FROM thread WHERE article_counter > 0",
    ),
    Holding("comment.heard", "comment", "SELECT comment_id, heard_epoch, heard_counter FROM comment"),
    Holding("comment.comment", "comment", "SELECT comment_id, epoch, counter FROM comment"),
    # A count is told when it changes, a thread's version moves with everything: the number itself is compared.
    Holding("comment.published", "comment", "SELECT article_id, 0, published FROM thread WHERE published > 0"),
    *(
        Holding(
            f"publish.{part}",
            "publish",
            f"SELECT article_id, {part}_epoch, {part}_counter FROM publication WHERE {part}_counter > 0",
        )
        for part in ("article", "claims", "verdicts")
    ),
    Holding("publish.comment", "publish", "SELECT comment_id, epoch, counter FROM comment"),
    Holding("publish.published", "publish", "SELECT article_id, 0, published FROM comment_count WHERE published > 0"),
)
COPIES = {
    "claim_extraction.article": "ingest.article",
    "comment.article": "ingest.article",
    "publish.article": "ingest.article",
    "verification.claims": "claim_extraction.sheet",
    "publish.claims": "claim_extraction.sheet",
    "publish.verdicts": "verification.sheet",
    "comment.heard": "ingest.comment",
    "publish.comment": "comment.comment",
    "publish.published": "comment.published",
}
ENDS = {
    "article": ("claim_extraction.article", "comment.article", "publish.article"),
    "comment": ("comment.heard",),
}
COUNTS = (
    Kept(
        "comment",
        "SELECT article_id::text, published,"
        " (SELECT count(*) FROM comment c WHERE c.article_id = t.article_id AND c.status = 'published')"
        " FROM thread t",
    ),
    Kept(
        "publish",
        "SELECT article_id::text, published,"
        " (SELECT count(*) FROM comment c WHERE c.article_id = t.article_id AND c.status = 'published')"
        " FROM comment_count t",
    ),
)
LEDGERS: tuple[tuple[str, str, str, bool], ...] = (
    ("verification", "assessment", "assessment_id", False),
    ("verification", "verdict", "claim_id || '/' || version", False),
    ("verification", "evidence", "evidence_id", False),
    ("verification", "audit", "seq", True),
    ("publish", "publication_log", "revision", True),
    ("publish", "operator_act", "act_id", False),
    ("ingest", "operator_act", "act_id", False),
    ("claim_extraction", "claim_act", "act_id", False),
)
REPEATS = frozenset(
    kind.DESCRIPTOR.full_name
    for kind in (
        directory_pb2.Site,  # the directory is told again at every start of a console
        directory_pb2.PartnerKey,
        directory_pb2.StaffSigner,
        verdict_pb2.VerdictProgress,  # tells how far a run is and has no version of its own
    )
)
