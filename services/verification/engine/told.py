"""When a claim and a passage were told, and with that which year each of them means by "last year". Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from services.verification.engine.dates import DateMention
from services.verification.engine.reading import Reading

_YEARS = {"last year": -1, "previous year": -1, "this year": 0, "current year": 0, "next year": 1, "coming year": 1}
_DAYS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}


@dataclass(frozen=True)
class Told:
    """When the article and the source were published, as far as both are known."""

    claim: datetime | None = None
    passage: datetime | None = None

    @property
    def same_year(self) -> bool:
        """Both are known, and "last year" means one year in both."""
        return self.claim is not None and self.passage is not None and self.claim.year == self.passage.year

    def place(self, claim: Reading, passage: Reading) -> tuple[Reading, Reading]:
        """Both with their "last year" put on the calendar. Where one of the two is undated, neither is: the same words are
        then taken for the same time, and other words for a time that cannot be compared."""
        if self.claim is None or self.passage is None:
            return claim, passage
        return _placed(claim, self.claim), _placed(passage, self.passage)


NEVER_TOLD = Told()


def _placed(reading: Reading, at: datetime) -> Reading:
    if not any(mention.relative for mention in reading.dates):
        return reading
    return replace(reading, dates=tuple(_on_the_calendar(mention, at) for mention in reading.dates))


def _on_the_calendar(mention: DateMention, at: datetime) -> DateMention:
    words = " ".join(mention.relative.split())
    if words in _YEARS:
        return replace(mention, year=at.year + _YEARS[words], relative="")
    if words in _DAYS:
        day = at + timedelta(days=_DAYS[words])
        return replace(mention, year=day.year, month=day.month, day=day.day, relative="")
    return mention
