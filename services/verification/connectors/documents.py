"""Evidence made of what a dataset answered: one sentence a figure, so that words and figures can be quoted and compared."""

from __future__ import annotations

import hashlib
from datetime import datetime

from services.verification.model import Evidence, EvidenceClass, Origin
from shared.ids import derived_id


def document(
    site_id: str,
    url: str,
    text: str,
    *,
    title: str,
    publisher: str,
    fetched_at: datetime,
    published_at: datetime | None = None,
    published_at_source: str = "feed",
    evidence_class: EvidenceClass = EvidenceClass.REAL_TIME_SOURCE,
    origin: Origin = Origin.FETCHED,
) -> Evidence:
    """Evidence named by its site, address and words."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Evidence(
        evidence_id=str(derived_id("evidence", site_id, url, digest)),
        text=text,
        url=url if url.startswith("http") else "",
        title=title,
        publisher=publisher,
        published_at=published_at,
        published_at_source=published_at_source if published_at else "",
        fetched_at=fetched_at,
        sha256=digest,
        evidence_class=evidence_class,
        origin=origin,
    )
