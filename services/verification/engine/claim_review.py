"""ClaimReview markup as a fact check. Pure; what cannot be trusted is refused with a reason."""

from __future__ import annotations

import html
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from services.verification.engine.addresses import canonical_url, site_of
from services.verification.engine.ratings import read_rating
from services.verification.model import FactCheck
from shared.ids import derived_id

LONGEST_CLAIM = 2_000
LONGEST_FIELD = 500


TAKEN_BACK = frozenset({"withdrawn", "retracted", "deleted", "unpublished"})


class NotUsable(ValueError):
    """Why this markup gives no fact check, in words. `field` is the part at fault, by its schema.org name."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Review:
    """A fact check read from markup. `oddity` says what was odd about its rating; empty when nothing was."""

    item: FactCheck
    oddity: str = ""


def fact_check_of(item: dict[str, Any], site_id: str) -> FactCheck:
    """The fact check in a ClaimReview object; see `review_of`."""
    return review_of(item, site_id).item


def review_of(item: dict[str, Any], site_id: str) -> Review:
    """The review in a ClaimReview object. The same address and claim give the same id, however often they come.

    Raises NotUsable without a claim or a web address, and when the publisher's own address lies elsewhere than the
    review's: a feed must not speak in another publisher's name. A `creativeWorkStatus` that says so takes it back.
    """
    claim, url = _text(item.get("claimReviewed"), LONGEST_CLAIM), _text(item.get("url"), LONGEST_CLAIM)
    if not claim:
        raise NotUsable("claimReviewed is missing", "claimReviewed")
    if not _web_address(url):
        raise NotUsable("url is not a web address", "url")
    author = _first(item.get("author"))
    publisher_url = _text(author.get("url"), LONGEST_CLAIM)
    if publisher_url and not _same_house(url, publisher_url):
        raise NotUsable("author.url lies on another domain than the review", "author.url")
    rating = _first(item.get("reviewRating"))
    label = _text(rating.get("alternateName") or rating.get("name"), LONGEST_FIELD)
    read = read_rating(
        label, _number(rating, "ratingValue"), _number(rating, "bestRating"), _number(rating, "worstRating")
    )
    claimant = _first(_first(item.get("itemReviewed")).get("author"))
    fact_check = FactCheck(
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
        withdrawn=_text(item.get("creativeWorkStatus"), LONGEST_FIELD).casefold() in TAKEN_BACK,
    )
    return Review(fact_check, read.reason)


def _web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


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
        number = float(rating[name])
    except (KeyError, TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def from_row(row: Mapping[str, str | None]) -> dict[str, Any]:
    """A row of a table as a ClaimReview object.

    Columns: claim, url, title, claimant, publisher, publisher_url, rating (the publisher's word), rating_value,
    best_rating, worst_rating, review_date, language, status. Only claim and url are needed.
    """
    said = {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}
    return {
        "@type": "ClaimReview",
        "claimReviewed": said.get("claim"),
        "url": said.get("url"),
        "name": said.get("title"),
        "itemReviewed": {"author": {"name": said.get("claimant", "")}},
        "author": {"name": said.get("publisher", ""), "url": said.get("publisher_url", "")},
        "reviewRating": {
            "alternateName": said.get("rating"),
            "ratingValue": said.get("rating_value"),
            "bestRating": said.get("best_rating"),
            "worstRating": said.get("worst_rating"),
        },
        "datePublished": said.get("review_date"),
        "inLanguage": said.get("language"),
        "creativeWorkStatus": said.get("status"),
    }
