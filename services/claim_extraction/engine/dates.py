"""Dates in a sentence as ISO 8601, relative ones resolved against the publication date. Linear in the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice

from services.claim_extraction.engine.limits import MAX_NUMBERS, check_sentence
from services.claim_extraction.engine.numbers import NUMBER, value_of
from services.claim_extraction.model import DateMention

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_QUARTERS = {"first": 1, "second": 4, "third": 7, "fourth": 10, "1": 1, "2": 4, "3": 7, "4": 10}

_MONTH = (
    r"(?P<month>Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?\.?|July?\.?|Aug(?:ust|\.)?|"
    r"Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>1[5-9]\d\d|20\d\d)"
_UNIT = r"(?P<unit>day|week|month|year|decade|quarter|century)s?"
_FUTURE = re.compile(
    r"\b(?:will|won['’]t|shall|going to|(?:is|are) (?:due|expected|scheduled|set|to)|scheduled for|due (?:to|on|in)|plans? to)\b|['’]ll\b",
    re.I,
)
BEFORE, BEHIND = 45, 12  # characters around a date in which a word of the future turns it forward
_MONTHLY = tuple(name[:3] for name in _MONTHS)
_WORDED = ("day", "week", "month", "year", "decade", "quarter", "ago", "tonight", "tomorrow", "time in", "century")
_ANY_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_ANYTHING = ("",)

Match = re.Match[str]
Resolve = Callable[[Match, date, bool], str | None]
Rule = tuple[re.Pattern[str], bool, Resolve, tuple[str, ...]]
"""A pattern, whether what it finds depends on a day, what that means, and letters of which every match has some: looking
for these is cheaper."""


def read_dates(text: str, published: date) -> tuple[DateMention, ...]:
    """The dates of a sentence in order, at most MAX_NUMBERS of a kind. Raises TextTooLong for what is no sentence.

    A weekday or a month without a year is the last one before publication, or the next one where the words around it
    speak of the future.
    """
    check_sentence(text)
    letters = text.casefold()
    if not _ANY_YEAR.search(text) and not _has_any(letters, _WORDED + _MONTHLY):
        return ()
    taken: list[DateMention] = []
    covered = bytearray(len(text))
    monthly = _has_any(letters, _MONTHLY)
    for pattern, relative, resolve, needs in _RULES:
        if not (monthly if needs is _MONTHLY else _has_any(letters, needs)):
            continue
        for match in islice(pattern.finditer(text), MAX_NUMBERS):
            if covered.find(1, match.start(), match.end()) >= 0:
                continue
            value = _resolved(resolve, match, published, relative and _ahead(text, match))
            if value is not None:
                covered[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
                taken.append(DateMention(match.start(), match.end(), match.group(), value, relative))
    return tuple(sorted(taken, key=lambda mention: mention.start))


def _has_any(letters: str, wanted: tuple[str, ...]) -> bool:
    return any(each in letters for each in wanted)


def _ahead(text: str, match: Match) -> bool:
    """Whether the words around a date speak of the future."""
    spans = (found.span() for found in _FUTURE.finditer(text))
    return any(0 <= match.start() - end <= BEFORE or 0 <= start - match.end() <= BEHIND for start, end in spans)


def _resolved(resolve: Resolve, match: Match, published: date, future: bool) -> str | None:
    """None for a day no calendar has (31 February), and for years before 1 or after 9999."""
    try:
        return resolve(match, published, future)
    except (ValueError, OverflowError):
        return None


def _month(match: Match) -> int:
    short = match["month"][:3].casefold()
    return next(number for number, name in enumerate(_MONTHS, 1) if name.startswith(short))


def _full(match: Match, _published: date, _future: bool) -> str:
    return date(int(match["year"]), _month(match), int(match["day"])).isoformat()


def _month_year(match: Match, _published: date, _future: bool) -> str:
    return f"{int(match['year']):04d}-{_month(match):02d}"


def _month_of_year(match: Match, published: date, _future: bool) -> str:
    year = published.year + {"last": -1, "this": 0, "next": 1}[match["which"].casefold()]
    return f"{year:04d}-{_month(match):02d}"


def _quarter(match: Match, published: date, _future: bool) -> str:
    first = _QUARTERS[match["quarter"].casefold()]
    year = int(match["year"]) if match["year"] else published.year
    return f"{year:04d}-{first:02d}/{year:04d}-{first + 2:02d}"


def _years(match: Match, _published: date, _future: bool) -> str | None:
    first, last = int(match["year"]), match["until"]
    until = int(last) if len(last) == 4 else first // 100 * 100 + int(last)
    return f"{first}/{until}" if until > first else None


def _decade(match: Match, _published: date, _future: bool) -> str:
    return f"{match['decade']}/{int(match['decade']) + 9}"


def _since(match: Match, published: date, _future: bool) -> str:
    start = f"{match['year']}-{_month(match):02d}" if match["month"] else match["year"]
    return f"{start}/{published.isoformat()}"


def _stretch_back(match: Match, published: date, _future: bool) -> str:
    count = value_of(match["count"]) if match["count"] else 1.0
    begin, precision = _back(published, count, match["unit"].casefold())
    return f"{begin.isoformat()[:precision]}/{published.isoformat()[:precision]}"


def _ago(match: Match, published: date, _future: bool) -> str:
    begin, precision = _back(published, value_of(match["count"] or "one"), match["unit"].casefold())
    return begin.isoformat()[:precision]


def _back(day: date, count: float, unit: str) -> tuple[date, int]:
    """The day that many units earlier, and how many characters of its ISO form the words are precise to."""
    if unit in ("day", "week"):
        return day - timedelta(days=count * (7 if unit == "week" else 1)), 10
    if unit in ("month", "quarter"):
        months = day.year * 12 + day.month - 1 - round(count * (3 if unit == "quarter" else 1))
        return date(months // 12, months % 12 + 1, 1), 7
    years = round(count * {"year": 1, "decade": 10, "century": 100}[unit])
    return date(day.year - years, 1, 1), 4


def _span(match: Match, published: date, _future: bool) -> str:
    shift = {"last": -1, "previous": -1, "past": -1, "this": 0, "next": 1}[match["which"].casefold()]
    unit = match["unit"].casefold()
    if unit == "week":
        monday = published - timedelta(days=published.weekday()) + timedelta(weeks=shift)
        return f"{monday.isoformat()}/{(monday + timedelta(days=6)).isoformat()}"
    if unit == "quarter":
        quarter = published.year * 4 + (published.month - 1) // 3 + shift
        first = quarter % 4 * 3 + 1
        return f"{quarter // 4:04d}-{first:02d}/{quarter // 4:04d}-{first + 2:02d}"
    if unit == "day":
        return (published + timedelta(days=shift)).isoformat()
    begin, precision = _back(published, -shift, unit)
    if unit in ("decade", "century"):
        size = 10 if unit == "decade" else 100
        first = begin.year // size * size
        return f"{first}/{first + size - 1}"
    return begin.isoformat()[:precision]


def _weekday(match: Match, published: date, future: bool) -> str:
    day = _DAYS.index(match["weekday"].casefold())
    which = (match["which"] or "").casefold()
    if which == "next" or (future and which != "last"):
        ahead = (day - published.weekday()) % 7
        return (published + timedelta(days=ahead or 7)).isoformat()
    back = (published.weekday() - day) % 7
    return (published - timedelta(days=back or (7 if which == "last" else 0))).isoformat()


def _near(match: Match, published: date, _future: bool) -> str:
    return (published + timedelta(days={"yesterday": -1, "tomorrow": 1}.get(match.group().casefold(), 0))).isoformat()


def _without_year(match: Match, published: date, future: bool) -> str:
    """Nearest in the direction the sentence speaks of: "on 3 May", "in March", "last June"."""
    groups = match.groupdict()
    month, day = _month(match), int(groups.get("day") or 1)
    which = (groups.get("which") or "").casefold()
    ahead = which == "next" or (future and which != "last")
    year = published.year
    this_year = date(year, month, day)
    if ahead and this_year < published.replace(day=1):
        year += 1
    elif not ahead and (this_year > published or (which == "last" and month == published.month)):
        year -= 1
    return date(year, month, day).isoformat()[: 10 if groups.get("day") else 7]


def _days(match: Match, published: date, future: bool) -> str:
    first = _without_year(match, published, future)
    last = date.fromisoformat(first).replace(day=int(match["until"]))
    return f"{first}/{last.isoformat()}"


def _year(match: Match, _published: date, _future: bool) -> str:
    return match["year"]


def _iso(match: Match, _published: date, _future: bool) -> str:
    return date.fromisoformat(match.group()).isoformat()


_EDGE = r"(?<![\w$£€.,-])"
_LONG_MONTH = "|".join(name.capitalize() for name in _MONTHS)
_RULES: tuple[Rule, ...] = (
    (re.compile(_EDGE + r"(?:1[5-9]|20)\d\d-\d\d-\d\d(?![\w-])"), False, _iso, _ANYTHING),
    (re.compile(rf"{_EDGE}{_MONTH}\s{_DAY},?\s{_YEAR}\b"), False, _full, _MONTHLY),
    (re.compile(rf"{_EDGE}{_DAY}\s(?:of\s)?{_MONTH},?\s{_YEAR}\b"), False, _full, _MONTHLY),
    (re.compile(rf"\bQ(?P<quarter>[1-4])\s{_YEAR}\b"), False, _quarter, _ANYTHING),
    (re.compile(rf"\b(?P<quarter>first|second|third|fourth)\squarter(?:\s(?:of\s)?{_YEAR})?\b", re.I), False, _quarter, _ANYTHING),
    (re.compile(rf"\bsince\s(?:{_MONTH}\s)?{_YEAR}\b", re.I), False, _since, _ANYTHING),
    (re.compile(rf"{_EDGE}{_MONTH},?\s(?:of\s)?{_YEAR}\b"), False, _month_year, _MONTHLY),
    (re.compile(rf"\b(?:between|from)\s{_YEAR}\s(?:and|to|until|through)\s(?P<until>(?:1[5-9]|20)\d\d)\b", re.I), False, _years, _ANYTHING),
    (re.compile(rf"{_EDGE}{_YEAR}\s?[-–]\s?(?P<until>(?:1[5-9]|20)\d\d|\d\d)(?![\w.,]?\d)"), False, _years, _ANYTHING),
    (re.compile(r"\b(?:the\s)?(?P<decade>(?:1[5-9]\d|20\d)0)['’]?s\b"), False, _decade, _ANYTHING),
    (re.compile(rf"\bfirst\stime\sin\s(?:more\sthan\s|over\s|almost\s|nearly\s|about\s)?(?P<count>{NUMBER})\s{_UNIT}\b", re.I), True, _stretch_back, _ANYTHING),
    (re.compile(rf"\b(?:(?P<count>{NUMBER})|an?)\s{_UNIT}\sago\b", re.I), True, _ago, ("ago",)),
    (re.compile(rf"\b(?:in|over|during|for|within)\sthe\s(?:past|last|previous)\s(?:(?P<count>{NUMBER})\s)?{_UNIT}\b", re.I), True, _stretch_back, _ANYTHING),
    (re.compile(rf"\b{_MONTH}\s(?:of\s)?(?P<which>last|this|next)\syear\b"), True, _month_of_year, _MONTHLY),
    (re.compile(rf"\b(?P<which>last|this|next|previous|past)\s{_UNIT}\b", re.I), True, _span, _ANYTHING),
    (re.compile(rf"\b(?:(?P<which>last|next|this)\s)?(?P<weekday>{'|'.join(day.capitalize() for day in _DAYS)})\b(?!\s(?:Times|Night|Review))"), True, _weekday, _ANYTHING),
    (re.compile(r"\b(?:today|yesterday|tomorrow|tonight)\b(?!['’]s)", re.I), True, _near, _ANYTHING),
    (re.compile(rf"{_EDGE}{_MONTH}\s{_DAY}(?:\s?[-–]\s?|\sto\s)(?P<until>[1-3]?\d)(?!\w|[,.]?\d)"), True, _days, _MONTHLY),
    (re.compile(rf"{_EDGE}{_MONTH}\s{_DAY}(?!\w|[,.]?\d)"), True, _without_year, _MONTHLY),
    (re.compile(rf"{_EDGE}{_DAY}\s(?:of\s)?(?P<month>{_LONG_MONTH})\b"), True, _without_year, _MONTHLY),
    (re.compile(rf"\b(?P<which>last|this|next)\s(?P<month>{_LONG_MONTH})\b"), True, _without_year, _MONTHLY),
    (re.compile(rf"(?:(?<=\b[Ii]n\s)|(?<=since\s)|(?<=early\s)|(?<=late\s)|(?<=\bby\s))(?P<month>{_LONG_MONTH})\b"), True, _without_year, _MONTHLY),
    (re.compile(rf"{_EDGE}{_YEAR}(?!\w|\s?%|[.,]\d|[-–]\w)"), False, _year, _ANYTHING),
)  # fmt: skip
