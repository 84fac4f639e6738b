"""The staff contract's ratings of sources, in the desk's own words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from plumbline.staff.v1 import source_rating_service_pb2

from services.console.model.ratings import RatedSource, RatingVersion


def rated_of(wire: source_rating_service_pb2.RatedSource) -> RatedSource:
    """A source with the versions the answer has."""
    return RatedSource(
        domain=wire.domain,
        credibility=wire.credibility,
        version=wire.version,
        claims=wire.claims,
        versions=tuple(
            RatingVersion(
                version=each.version,
                credibility=each.credibility,
                note=each.note,
                provenance=each.provenance,
                link=each.link if each.link.startswith(("https://", "http://")) else "",
                by=each.recorded_by_name or each.recorded_by,
                valid_from=_moment(each, "valid_from"),
                recorded_at=_moment(each, "recorded_at"),
            )
            for each in wire.versions
        ),
    )


def _moment(message: Any, field: str) -> datetime | None:
    return getattr(message, field).ToDatetime(tzinfo=UTC) if message.HasField(field) else None
