"""Google Fact Check Tools, `claims:search`: who checked a claim like this. What it names is matched in the archive."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from services.verification.connectors.port import Answer, Provider, Question
from services.verification.connectors.reply import listed, object_of, web_address, words

URL = "https://factchecktools.googleapis.com/v1alpha1"
MOST = 10
ASKED = 200  # characters of the claim


class GoogleFactCheck:
    """Needs a key. The key travels in a header, so that it stands in no address and no log."""

    name, outside = "google_fact_check", True

    def __init__(self, key: SecretStr, base_url: str = URL) -> None:
        self._key, self._base = key, base_url.rstrip("/")

    async def ask(self, question: Question, provider: Provider) -> Answer:
        """An answer without `claims` is how this provider says "nothing"."""
        query = {"query": question.text[:ASKED], "languageCode": question.language[:2], "pageSize": str(MOST)}
        url = f"{self._base}/claims:search?{urlencode(query)}"
        answer = object_of(await provider.ask(url, headers={"X-Goog-Api-Key": self._key.get_secret_value()}))
        claims = listed(answer, "claims", required=bool(answer.keys() - {"claims", "nextPageToken"}))
        reviews = tuple(
            review
            for claim in claims
            for each in listed(claim, "claimReview")
            if (review := _review(claim, each)) is not None
        )
        return Answer(reviews=reviews[:MOST], detail=f"{len(reviews)} fact checks named")


def _review(claim: dict[str, Any], each: dict[str, Any]) -> dict[str, Any] | None:
    url, said, label = web_address(each.get("url")), words(claim.get("text")), words(each.get("textualRating"))
    if not url or not said or not label:
        return None
    publisher = each.get("publisher") if isinstance(each.get("publisher"), dict) else {}
    site = words(publisher.get("site") if publisher else "")
    return {
        "@type": "ClaimReview",
        "url": url,
        "claimReviewed": said,
        "name": words(each.get("title")),
        "datePublished": words(each.get("reviewDate")),
        "inLanguage": words(each.get("languageCode")) or "en",
        "author": {
            "@type": "Organization",
            "name": words(publisher.get("name") if publisher else "") or site,
            "url": f"https://{site}" if site else "",
        },
        "itemReviewed": {"@type": "Claim", "author": {"name": words(claim.get("claimant"))}},
        "reviewRating": {"@type": "Rating", "alternateName": label},
    }
