"""The points in time a sentence names, as far as it names them, and whether two of them can be the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_M = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
_Y = r"(?:1[0-9]|20|21)\d\d"
_D = r"(?:[12]?\d|3[01])(?:st|nd|rd|th)?"
BEFORE_YEAR = re.compile(
    r"(?:\b(?:in|since|by|until|till|through|throughout|from|during|before|after|of|early|late|mid|between|fiscal|FY|spring|summer|autumn|"
    r"fall|winter|q[1-4]|around|circa|year|years|and|to|for|the|than|about|into|an?|past|founded|built|born|established|est\.)\s"
    r"|['’]s\s|[(,;:–—-]\s?|^)$",
    re.IGNORECASE,
)
AFTER_YEAR = re.compile(
    r"^\s*(?:[.;:)?!]|,(?!\d)|$|(?:and|to|was|is|when|that|after|because|general|presidential|world|us|uk)\b"
    r"|(?:\w+\s+)?(?:election|budget|census|season|report|survey|study|law|war|crisis|attack|olympics|referendum|constitution|agreement|treaty|"
    r"accord|figures|data|levels?|vote|campaign|edition|championship|cup|summit|games)\b)",
    re.IGNORECASE,
)
COUNTED_AFTER = re.compile(
    r"^(?:\s+(?:(?:new|more|other|additional|young|old|local|foreign|civilian|confirmed|registered|dead|injured|square|cubic|nautical)\s+)?"
    r"(?:people|persons|men|women|children|jobs|cases|deaths|homes|houses|troops|soldiers|workers|students|pupils|patients|voters|residents|"
    r"members|employees|refugees|migrants|cars|vehicles|schools|hospitals|seats|votes|species|trees|copies|tickets|flights|passengers|dollars|"
    r"euros|pounds|percent|per|km|kilomet\w+|miles?|met(?:re|er)s?|feet|tonnes?|tons?|kg|kilograms?|hours|days|weeks|months|years|hectares|"
    r"acres|lit(?:re|er)s|barrels|degrees|calories|megawatts?|MW|GW|points|million|billion|thousand|°)\b|,\d|\.\d|\s?%)"
)
BEFORE_MONTH = re.compile(
    r"\b(?:in|since|by|until|till|during|before|after|of|from|to|early|late|mid|between|and|through|this|last|next|for)[\s-]$",
    re.IGNORECASE,
)
NOT_A_YEAR_BEFORE = re.compile(r"[$€£¥₹]\s?$|\b(?:USD|EUR|GBP|nearly|almost|over|than|some|only)\s$", re.IGNORECASE)
PATTERN = re.compile(
    rf"\b(?P<iso>{_Y}-[01]\d-[0-3]\d)\b"
    rf"|\b(?P<slash>[0-3]?\d[/.][0-3]?\d[/.](?:{_Y}|\d\d))\b(?!\s?%)"
    rf"|\b(?P<clock>(?:[01]?\d|2[0-3])(?::[0-5]\d(?:\s?[ap]\.?m\b\.?)?(?!\d)|\.[0-5]\d\s?[ap]\.?m\b\.?)|(?:1[0-2]|0?[1-9])\s?[ap]\.?m\b\.?)"
    rf"|\b(?:(?P<wd1>{'|'.join(DAYS)}),?\s+)?(?P<d1>{_D})\s+(?:of\s+)?(?P<m1>{_M})(?:,?\s+(?P<y1>{_Y}))?"
    rf"|\b(?:(?P<wd2>{'|'.join(DAYS)}),?\s+)?(?P<m2>{_M})\s+(?:the\s+)?(?P<d2>{_D})\b(?!\s?(?:%|percent|per cent|million|billion|people))(?:,?\s+(?P<y2>{_Y}))?"
    rf"|\b(?P<m3>{_M}),?\s+(?:of\s+)?(?P<y3>{_Y})\b"
    rf"|\b(?:q(?P<q1>[1-4])|(?P<q2>first|second|third|fourth)[\s-]quarter)(?:\s+of)?(?:\s+(?P<y4>{_Y}))?\b"
    rf"|\b(?P<season>spring|summer|autumn|winter)(?:\s+of)?\s+(?P<y5>{_Y})\b"
    rf"|(?P<decade>\b(?:1[0-9]|20)\d0s\b|(?<=\bthe )(?:1[0-9]|20)\d0['’]s\b|['’]\d0s\b|\bthe \d0s\b)"
    rf"|\b(?P<century>(?:1?\d|2[01])(?:st|nd|rd|th)|eighteenth|nineteenth|twentieth|twenty-first)[\s-]century\b"
    rf"|\b(?P<y6>{_Y})\s?(?:-|–|/)\s?(?P<y7>{_Y}|\d\d)\b(?!-)"
    rf"|\b(?P<relative>today|yesterday|tomorrow|tonight|(?:this|last|next|past|previous|coming|current)\s+(?:week|weekend|month|year|quarter|decade|century|spring|summer|autumn|winter|{'|'.join(MONTHS)}|{'|'.join(DAYS)})"
    rf"|(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|twenty|\d+)\s+(?:days?|weeks?|months?|years?|decades?|centur(?:y|ies))\s+ago)\b"
    rf"|\b(?P<wd3>{'|'.join(DAYS)})\b"
    rf"|\b(?P<m4>{_M})"
    rf"|(?<![\d.,])\b(?P<y8>{_Y})\b",
    re.IGNORECASE,
)
# most sentences name no time; this finds that out at a tenth of the cost
HINT = re.compile(
    r"\d|day\b|night|tomorrow|week|month|year|quarter|decade|centur|spring|summer|autumn|winter|"
    r"[Jj]an|[Ff]eb|[Mm]ar|[Aa]pr|[Mm]ay|[Jj]un|[Jj]ul|[Aa]ug|[Ss]ep|[Oo]ct|[Nn]ov|[Dd]ec|Q[1-4]|DAY\b"
)


@dataclass(frozen=True)
class DateMention:
    """A point in time as far as the words give it; None where they say nothing. `end_year` closes a span of years."""

    start: int
    end: int
    exact: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    quarter: int | None = None
    decade: int | None = None
    century: int | None = None
    minute: int | None = None
    end_year: int | None = None
    relative: str = ""

    @property
    def absolute(self) -> bool:
        return any(
            part is not None for part in (self.year, self.month, self.day, self.decade, self.century, self.quarter)
        )


def dates(text: str) -> list[DateMention]:
    """Every point in time the text names, in order."""
    if not HINT.search(text):
        return []
    found = [_mention(match) for match in PATTERN.finditer(text)]
    return [mention for mention in found if mention is not None]


def conflict(a: DateMention, b: DateMention) -> bool:
    """True when the two cannot be the same time: some part that both name differs."""
    if a.end_year is not None or b.end_year is not None:
        return (
            a.year is not None
            and b.year is not None
            and (a.year, a.end_year or a.year) != (b.year, b.end_year or b.year)
        )
    for name in ("year", "month", "day", "quarter", "minute"):
        mine, other = getattr(a, name), getattr(b, name)
        if mine is not None and other is not None and mine != other:
            return True
    if a.weekday is not None and b.weekday is not None and a.weekday != b.weekday:
        return True
    if _outside(a, b) or _outside(b, a):
        return True
    if a.decade is not None and b.decade is not None and a.decade != b.decade:
        return True
    if a.century is not None and b.century is not None and a.century != b.century:
        return True
    return bool(a.relative and b.relative and _relative_key(a.relative) != _relative_key(b.relative))


def same_kind(a: DateMention, b: DateMention) -> bool:
    """True when the two name time in comparable parts, so that one could stand in the other's place."""
    parts = ("year", "month", "day", "weekday", "quarter", "decade", "century", "minute")
    if any(getattr(a, name) is not None and getattr(b, name) is not None for name in parts):
        return True
    if (a.decade or a.century) and (b.year or b.decade or b.century):
        return True
    if (b.decade or b.century) and (a.year or a.decade):
        return True
    return bool(a.relative and b.relative)


def _outside(span: DateMention, point: DateMention) -> bool:
    if span.decade is not None and point.year is not None:
        return not span.decade <= point.year < span.decade + 10
    if span.century is not None and point.year is not None:
        return (point.year - 1) // 100 + 1 != span.century
    return False


def _relative_key(words: str) -> str:
    plain = re.sub(r"^(past|previous)\b", "last", words.lower())
    plain = re.sub(r"^(current)\b", "this", re.sub(r"^coming\b", "next", plain))
    return re.sub(r"\b(a|an|one) (\w+?) ago", r"last \2", plain)


def _mention(match: re.Match[str]) -> DateMention | None:
    groups = match.groupdict()
    if groups["y8"] and not _is_year(match):
        return None
    year = next((int(groups[name]) for name in ("y1", "y2", "y3", "y4", "y5", "y6", "y8") if groups[name]), None)
    month_word = next((groups[name] for name in ("m1", "m2", "m3", "m4") if groups[name]), None)
    if month_word and not _is_month(month_word, match):
        return None
    month = _month(month_word) if month_word else None
    day_word = groups["d1"] or groups["d2"]
    day = int(re.sub(r"\D", "", day_word)) if day_word else None
    weekday_word = groups["wd1"] or groups["wd2"] or groups["wd3"]
    weekday = DAYS.index(weekday_word.lower()) if weekday_word else None
    values = {"year": year, "month": month, "day": day, "weekday": weekday}
    return DateMention(*match.span(), match[0], **(values | _special(groups)))  # type: ignore[arg-type]


def _is_year(match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()], match.string[match.end() :]
    if COUNTED_AFTER.search(after) or NOT_A_YEAR_BEFORE.search(before):
        return False
    return bool(BEFORE_YEAR.search(before) or AFTER_YEAR.search(after))


def _special(groups: dict[str, str | None]) -> dict[str, int | str | None]:
    if iso := groups["iso"]:
        year, month, day = (int(part) for part in iso.split("-"))
        return {"year": year, "month": month, "day": day}
    if slash := groups["slash"]:
        one, two, year = (int(part) for part in re.split(r"[/.]", slash))
        year = year if year > 99 else 2000 + year if year < 70 else 1900 + year
        return {"year": year, "month": two if two <= 12 else one, "day": one if two <= 12 else two}
    if clock := groups["clock"]:
        return {"minute": _minute(clock)}
    if groups["q1"] or groups["q2"]:
        names = ("first", "second", "third", "fourth")
        return {"quarter": int(groups["q1"]) if groups["q1"] else names.index(str(groups["q2"]).lower()) + 1}
    if decade := groups["decade"]:
        digits = int(re.sub(r"\D", "", decade))
        return {"decade": digits if digits > 999 else 1900 + digits if digits >= 20 else 2000 + digits}
    if century := groups["century"]:
        words = {"eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty-first": 21}
        return {"century": words.get(century.lower()) or int(re.sub(r"\D", "", century))}
    if groups["y6"] and groups["y7"]:
        first, last = int(groups["y6"]), int(groups["y7"])
        return {"end_year": last if last > 99 else first // 100 * 100 + last}
    return {"relative": (groups["relative"] or groups["season"] or "").lower()}


def _minute(clock: str) -> int:
    numbers = [int(part) for part in re.findall(r"\d+", clock)]
    hour, minute = numbers[0], numbers[1] if len(numbers) > 1 else 0
    if re.search(r"p", clock, re.IGNORECASE) and hour < 12:
        hour += 12
    if re.search(r"a\.?m", clock, re.IGNORECASE) and hour == 12:
        hour = 0
    return hour * 60 + minute


def _month(word: str) -> int:
    return next(n for n, name in enumerate(MONTHS, 1) if name.startswith(word.lower().rstrip(".")[:3]))


def _is_month(word: str, match: re.Match[str]) -> bool:
    """'may' and 'march' are months only with a capital, and alone only after a word that places them in time."""
    if match["m4"]:
        return word[0].isupper() and bool(BEFORE_MONTH.search(match.string[: match.start()]))
    return word[0].isupper() or bool(match["y1"] or match["y2"] or match["y3"])
