"""schema.org descriptions of a page, agreeing with what the page shows. Only reviewed verdicts become a ClaimReview."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from services.publish.views import ClaimView, ReaderPage, SiteView
from shared.web.pages import iso

_CONTEXT = "https://schema.org"
_SHORT_CLAIM = 75


def news_article(page: ReaderPage) -> dict[str, Any]:
    """The NewsArticle of a reader page, with its corrections and, when it may be played, its audio."""
    article, site = page.article, page.site
    described: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "NewsArticle",
        "headline": article.title,
        "datePublished": iso(article.published_at),
        "dateModified": iso(article.updated_at or article.published_at),
        "author": [{"@type": "Person", "name": name} for name in article.bylines],
        "publisher": publisher(site),
        "mainEntityOfPage": article.canonical or site.base_url + article.path,
        "isAccessibleForFree": True,
        "inLanguage": article.language,
    }
    if article.corrections:
        described["correction"] = [
            {"@type": "CorrectionComment", "text": f"{one.before} -> {one.after}", "datePublished": iso(one.at)}
            for one in article.corrections
        ]
    if page.audio.state == "ready":
        described["audio"] = {
            "@type": "AudioObject",
            "contentUrl": site.base_url + page.audio.mp3_url,
            "encodingFormat": "audio/mpeg",
            "duration": f"PT{round(page.audio.duration_ms / 1000)}S",
            "digitalSourceType": "https://schema.org/AlgorithmicMediaDigitalSource",
        }
    return described


def publisher(site: SiteView) -> dict[str, Any]:
    """The publisher as a NewsMediaOrganization with its policies."""
    return {
        "@type": "NewsMediaOrganization",
        "name": site.name,
        "url": site.homepage or site.base_url,
        "correctionsPolicy": site.base_url + "/corrections",
        "verificationFactCheckingPolicy": site.base_url + "/methodology",
        "ownershipFundingInfo": site.base_url + "/methodology#funding",
        "actionableFeedbackPolicy": site.base_url + "/methodology#complaints",
    }


def claim_review(site: SiteView, claim: ClaimView, appearance: str = "") -> dict[str, Any] | None:
    """The ClaimReview of one claim; None until a person has reviewed a rated verdict.

    `appearance` is the address of the article in which the claim stands; empty where there is none.

    `ratingValue` runs from 1 (worst) to 5 (best) and is left out for ratings beside the scale.
    """
    if not (claim.reviewed_by and claim.rating and claim.chip.settled):
        return None
    stated: dict[str, Any] = {"@type": "Claim", "text": claim.text}
    if appearance:
        stated["appearance"] = {"@type": "CreativeWork", "url": appearance}
    rating: dict[str, Any] = {"@type": "Rating", "alternateName": claim.chip.word}
    if claim.rating_value is not None:
        rating |= {"ratingValue": claim.rating_value, "worstRating": 1, "bestRating": 5}
    review: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "ClaimReview",
        "url": site.base_url + claim.path,
        "claimReviewed": _shortened(claim.text),
        "author": publisher(site),
        "reviewRating": rating,
        "itemReviewed": stated,
    }
    if claim.explanation:
        review["reviewBody"] = claim.explanation
    if claim.decided_at is not None:
        review["datePublished"] = iso(claim.decided_at)
    return review


def data_block(described: Mapping[str, Any]) -> Markup:
    """JSON that cannot end its script element early: every `<`, `>`, `&` and line separator is escaped."""
    text = json.dumps(described, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above; a data block holds no markup


def _shortened(text: str) -> str:
    if len(text) <= _SHORT_CLAIM:
        return text
    return text[: _SHORT_CLAIM - 1].rsplit(" ", 1)[0] + "…"
