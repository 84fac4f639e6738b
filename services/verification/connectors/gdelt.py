"""GDELT DOC 2.0: news articles of the last months that hold a claim's words."""

from __future__ import annotations

from urllib.parse import urlencode

from services.verification.connectors.port import Answer, AskFailed, Lead, Provider, Question
from services.verification.connectors.reply import json_of, listed, web_address, words
from services.verification.engine.search_words import search_words

URL = "https://api.gdeltproject.org/api/v2/doc/doc"
MOST = 10
FEWEST_WORDS = 2  # the provider refuses queries that are too short or too common


class Gdelt:
    """No key. `seendate` is when GDELT saw a page, which is no date of publication, and is not taken for one."""

    name, outside = "gdelt", True

    def __init__(self, base_url: str = URL) -> None:
        self._base = base_url

    async def ask(self, question: Question, provider: Provider) -> Answer:
        """Complaints about a query come as plain text with status 200: that is a failure, not "nothing"."""
        found = search_words(question.text, 5)
        if len(found) < FEWEST_WORDS:
            return Answer(skipped="the claim has too few words to search for")
        terms = " ".join(f'"{word}"' if " " in word else word for word in found)
        query = {"query": terms, "mode": "ArtList", "format": "json", "maxrecords": str(MOST), "sort": "HybridRel"}
        response = await provider.ask(f"{self._base}?{urlencode(query)}")
        if response.content_type == "text/html" and not response.body.lstrip().startswith(b"{"):
            raise AskFailed("the query was not accepted")
        answer = json_of(response)
        articles = listed(answer, "articles", required=answer != {})
        leads = tuple(Lead(url, words(each.get("title"))) for each in articles if (url := web_address(each.get("url"))))
        return Answer(leads, detail=f"{len(leads)} articles")
