"""Wikipedia: its REST search names pages, their summaries tell articles from lists of meanings."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from services.verification.connectors.port import Answer, Lead, Provider, Question
from services.verification.connectors.reply import listed, object_of, web_address, words
from services.verification.engine.search_words import search_words

MOST = 2


class Wikipedia:
    """One language edition, by its address."""

    name, outside = "wikipedia", True

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")

    async def ask(self, question: Question, provider: Provider) -> Answer:
        terms = search_words(question.text, 6)
        if not terms:
            return Answer(skipped="the claim has no words to search for")
        query = urlencode({"q": " ".join(terms), "limit": str(MOST)})
        found = listed(object_of(await provider.ask(f"{self._base}/w/rest.php/v1/search/page?{query}")), "pages")
        leads = [await self._lead(key, provider) for each in found[:MOST] if (key := words(each.get("key")))]
        return Answer(tuple(lead for lead in leads if lead), detail=f"{len(found)} pages")

    async def _lead(self, key: str, provider: Provider) -> Lead | None:
        """None for a page that only lists what its title may mean. A summary's time stamp is that of the last edit."""
        address = f"{self._base}/api/rest_v1/page/summary/{quote(key, safe='')}"
        summary = object_of(await provider.ask(address))
        if summary.get("type") != "standard":
            return None
        held = summary.get("content_urls", {}).get("desktop", {})
        url = web_address(held.get("page")) or f"{self._base}/wiki/{quote(key)}"
        return Lead(url, words(summary.get("title")))
