"""When the time a claim speaks of was over, as far as its words say so."""

from __future__ import annotations

from datetime import UTC, datetime

from services.verification.engine.dates import dates


def ended(text: str) -> datetime | None:
    """The end of the latest year the text names; None when it names none, or a time without a year beside it."""
    named = dates(text)
    years = [mention.end_year or mention.year for mention in named]
    if not years or any(year is None for year in years):
        return None
    return datetime(max(year for year in years if year is not None), 12, 31, 23, 59, 59, tzinfo=UTC)
