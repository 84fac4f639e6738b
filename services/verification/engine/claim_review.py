"""ClaimReview markup as a fact check. Pure; what cannot be trusted is refused with a reason."""

from __future__ import annotations

import html
import unicodedata
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from services.verification.engine.addresses import canonical_url, site_of
from services.verification.engine.ratings import read_rating
from services.verification.model import FactCheck
from shared.ids import derived_id

LONGEST_CLAIM = 2_000
LONGEST_FIELD = 500


class NotUsable(ValueError):
    """Why this markup gives no fact check, in words."""


def fact_check_of(item: dict[str, Any], site_id: str) -> FactCheck:
    """The fact check in a ClaimReview object. The same address and claim give the same id, however often they come.

    Raises NotUsable without a claim or a web address, and when the publisher's own address lies elsewhere than the
    review's: a feed must not speak in another publisher's name.
    """
    claim, url = _text(item.get("claimReviewed"), LONGEST_CLAIM), _text(item.get("url"), LONGEST_CLAIM)
    if not claim:
        raise NotUsable("claimReviewed is missing")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise NotUsable("url is not a web address")
    author = _first(item.get("author"))
    publisher_url = _text(author.get("url"), LONGEST_CLAIM)
    if publisher_url and not _same_house(url, publisher_url):
        raise NotUsable("author.url lies on another domain than the review")
    rating = _first(item.get("reviewRating"))
    label = _text(rating.get("alternateName") or rating.get("name"), LONGEST_FIELD)
    read = read_rating(
        label, _number(rating, "ratingValue"), _number(rating, "bestRating"), _number(rating, "worstRating")
    )
    claimant = _first(_first(item.get("itemReviewed")).get("author"))
    return FactCheck(
        fact_check_id=str(derived_id("fact_check", site_id, canonical_url(url), " ".join(claim.casefold().split()))),
        claim=claim,
        title=_text(item.get("name") or item.get("headline"), LONGEST_FIELD),
        claimant=_text(claimant.get("name"), LONGEST_FIELD),
        url=url,
        publisher=_text(author.get("name"), LONGEST_FIELD) or site_of(url),
        publisher_url=publisher_url,
        rating=read.rating,
        rating_label=label,
        reviewed_at=_moment(item.get("datePublished")),
        language=_text(item.get("inLanguage"), 35),
    )


def _same_house(url: str, publisher_url: str) -> bool:
    one, two = site_of(url), site_of(publisher_url)
    return bool(two) and (one == two or one.endswith("." + two) or two.endswith("." + one))


def _first(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        value = value[0] if value else {}
    return value if isinstance(value, dict) else {"name": value} if isinstance(value, str) else {}


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        return ""
    kept = "".join(c for c in html.unescape(value) if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", " ".join(kept.split()))[:longest]


def _number(rating: dict[str, Any], name: str) -> float | None:
    try:
        return float(rating[name])
    except (KeyError, TypeError, ValueError):
        return None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
