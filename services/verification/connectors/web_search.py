"""Web searches of two shapes: a SearXNG of one's own, and Brave. What a search says about dates is a guess and is left."""

from __future__ import annotations

from urllib.parse import urlencode

from pydantic import SecretStr

from services.verification.connectors.port import Answer, AskFailed, Lead, Provider, Question
from services.verification.connectors.reply import listed, object_of, web_address, words
from services.verification.engine.addresses import canonical_url, not_an_article

BRAVE_URL = "https://api.search.brave.com/res/v1"
ASKED = 300  # characters of the claim
MOST = 10


class SearxNG:
    """A SearXNG with its JSON format switched on. Engines that did not answer are told apart from empty ones."""

    name, outside = "searxng", True

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")

    async def ask(self, question: Question, provider: Provider) -> Answer:
        query = {"q": question.text[:ASKED], "format": "json", "language": question.language, "categories": "general"}
        answer = object_of(await provider.ask(f"{self._base}/search?{urlencode(query)}"))
        leads = _leads(listed(answer, "results"))
        silent = answer.get("unresponsive_engines")
        if not leads and silent:
            raise AskFailed(f"{len(silent)} search engines did not answer")
        return Answer(leads, detail=f"{len(leads)} pages")


class Brave:
    """Needs a key."""

    name, outside = "brave", True

    def __init__(self, key: SecretStr, base_url: str = BRAVE_URL) -> None:
        self._key, self._base = key, base_url.rstrip("/")

    async def ask(self, question: Question, provider: Provider) -> Answer:
        query = {"q": question.text[:ASKED], "count": str(MOST), "search_lang": question.language[:2]}
        headers = {"X-Subscription-Token": self._key.get_secret_value(), "Accept": "application/json"}
        answer = object_of(await provider.ask(f"{self._base}/web/search?{urlencode(query)}", headers=headers))
        if answer.get("type") != "search":
            raise AskFailed("an answer of another shape")
        leads = _leads(listed(answer["web"], "results")) if "web" in answer else ()
        return Answer(leads, detail=f"{len(leads)} pages")


def _leads(results: list[dict[str, object]]) -> tuple[Lead, ...]:
    """Pages that can be an article, each once."""
    found: dict[str, Lead] = {}
    for each in results[:MOST]:
        url = web_address(each.get("url"))
        if url and not not_an_article(url):
            found.setdefault(canonical_url(url), Lead(url, words(each.get("title"))))
    return tuple(found.values())
