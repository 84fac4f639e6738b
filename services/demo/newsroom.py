"""The newsroom: it posts as a CMS posts, and its reviewers decide."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
from selectolax.lexbor import LexborHTMLParser

from services.demo.person import Person
from services.demo.report import DemoFailed, Kept, Outcome, Report

DEMO = Path(__file__).resolve().parents[2] / "deploy" / "demo"
PUBLIC_COMMENTS = 7
"""Of the demonstration's eight comments; one is held for a moderator."""
ARTICLE = DEMO / "articles" / "deep-hall.json"
Say = Callable[[str], None]


class Newsroom:
    """The CMS and the reviewers of the demonstration."""

    def __init__(self, base_url: str, kept: Kept, site_url: str, say: Say) -> None:
        self._base, self._kept, self._site, self._say = base_url, kept, site_url, say

    async def morning(self, services_of: Callable[[str], Awaitable[list[str]]]) -> Report:
        """Post, wait for the panel, review, wait for readers to see it. Raises DemoFailed."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120)) as cms:
            await self._publish(cms)
            before = await self._panel(cms, lambda panel: panel["complete"] and bool(panel["claims"]))
            self._say(f"Panel complete: {len(before['claims'])} claims, {self._kept.seconds:.1f} s after the post.")
            decided = await self._review()
            after = await self._panel(cms, lambda panel: _settled(panel, decided))
            comments = await self._comments(cms)
            services = await self._traced(services_of)
        rows = _rows(before, after)
        return Report(self._kept.article_id, rows, comments, self._kept.trace_id, services, self._kept.seconds)

    async def _publish(self, cms: aiohttp.ClientSession) -> None:
        article = json.loads(ARTICLE.read_text().replace("{base}", self._site))
        data = _article_data(article)
        started = time.monotonic()
        answer, trace = await self._post(cms, "org.plumbline.article.published", data, "article")
        if answer.get("article_id"):
            self._kept.article_id = answer["article_id"]
        if not answer.get("stale") and not answer.get("duplicate"):
            self._kept.trace_id = trace
            self._say("Article posted as the CMS would, signed.")
            await self._panel(cms, lambda panel: panel["complete"] and bool(panel["claims"]))
            self._kept.seconds = time.monotonic() - started
        else:
            self._say("The article is here from an earlier run; posting it again changed nothing.")
        for comment in json.loads((DEMO / "comments.json").read_text()):
            await self._post(cms, "org.plumbline.comment.posted", _comment_data(comment), comment["comment_id"])

    async def _post(
        self, cms: aiohttp.ClientSession, kind: str, data: dict[str, Any], name: str
    ) -> tuple[dict[str, Any], str]:
        delivery = f"msg_{name}_{secrets.token_hex(8)}"
        event = {
            "specversion": "1.0",
            "id": delivery,
            "source": "https://saltmere-courier.example/cms",
            "type": kind,
            "datacontenttype": "application/json",
            "data": data,
        }
        body = json.dumps(event, ensure_ascii=False).encode()
        headers = {"content-type": "application/cloudevents+json", **_signed(self._kept.source_secret, delivery, body)}
        async with cms.post(f"{self._base}/v1/ingest/demo-cms", data=body, headers=headers) as response:
            answer = await response.json()
            if response.status not in (200, 202):
                raise DemoFailed(f"{name} was refused: {response.status} {answer}")
            return answer, response.headers.get("traceresponse", "--").split("-")[1]

    async def _panel(
        self, cms: aiohttp.ClientSession, wanted: Callable[[dict[str, Any]], bool], *, seconds: float = 120.0
    ) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        last: Any = None
        while time.monotonic() < deadline:
            async with cms.get(f"{self._base}/articles/{self._kept.article_id}/panel") as response:
                if response.status == 200:
                    last = await response.json()
                    if wanted(last):
                        return dict(last)
            await asyncio.sleep(0.05)
        short = [(c["text"][:50], c["outcome"]) for c in last["claims"]] if last else "no panel at all"
        raise DemoFailed(f"the panel did not become what it should within {seconds:.0f} s: {short}")

    async def _review(self) -> set[str]:
        """Two reviewers at the staff desk; returns the claims they decided. The second one never decides alone."""
        decisions = json.loads((DEMO / "decisions.json").read_text())
        names = [name for name in self._kept.passwords if name.startswith("reviewer")]
        async with (
            Person(self._base, names[0], self._kept.passwords[names[0]]) as ann,
            Person(self._base, names[1], self._kept.passwords[names[1]]) as ben,
        ):
            decided: set[str] = set()
            for path, words in await ann.queue():
                decision = next((d for d in decisions if d["words"].casefold() in words.casefold()), None)
                if decision is None:
                    continue
                if await ann.decide(path, decision["rating"], decision["explanation"]):
                    await ben.agree(path)
                    decided.add(path.rpartition("/")[2])
        if decided:
            self._say(f"Two reviewers decided {len(decided)} claims at the staff desk.")
        return decided

    async def _comments(self, cms: aiohttp.ClientSession) -> int:
        """Public comments, once all that may appear do."""
        deadline = time.monotonic() + 120
        while True:
            url = f"{self._base}/articles/{self._kept.article_id}"
            async with cms.get(url, headers={"accept": "text/html"}) as response:
                page = LexborHTMLParser(await response.text())
            count = len(page.css("li.comment"))
            if count == PUBLIC_COMMENTS:
                return count
            if time.monotonic() > deadline:
                raise DemoFailed(f"{count} of {PUBLIC_COMMENTS} comments became public")
            await asyncio.sleep(0.2)

    async def _traced(self, services_of: Callable[[str], Awaitable[list[str]]]) -> tuple[str, ...]:
        deadline = time.monotonic() + 120
        wanted = {"ingest", "claim-extraction", "verification", "publish"}
        while True:
            services = await services_of(self._kept.trace_id)
            if wanted <= {s.removeprefix("plumbline-") for s in services}:
                return tuple(services)
            if time.monotonic() > deadline:
                raise DemoFailed(f"the trace passed {services} only")
            await asyncio.sleep(0.3)


def _signed(secret: str, delivery: str, body: bytes) -> dict[str, str]:
    """Standard Webhooks 1.0: HMAC-SHA256 over id.timestamp.body."""
    stamp = str(int(time.time()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, f"{delivery}.{stamp}.".encode() + body, hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": delivery, "webhook-timestamp": stamp, "webhook-signature": signature}


def _article_data(article: dict[str, Any]) -> dict[str, Any]:
    names = ("url", "title", "standfirst", "language", "published_at", "updated_at", "html")
    return {
        "id": article["article_id"],
        "version": article["source_version"],
        "bylines": article["byline"],
        **{name: article[name] for name in names},
    }


def _comment_data(comment: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": comment["comment_id"],
        "version": 1,
        "article_id": comment["article_id"],
        "parent_id": comment["parent_id"],
        "author": {"name": comment["author_name"]} if comment["author_name"] else {},
        "body": comment["body"],
        "written_at": comment["written_at"],
    }


def _settled(panel: dict[str, Any], decided: set[str]) -> bool:
    """Whether every claim of the panel that was decided reads so."""
    return all(claim["settled"] for claim in panel["claims"] if claim["claim_id"] in decided)


def _rows(before: dict[str, Any], after: dict[str, Any]) -> tuple[Outcome, ...]:
    earlier = {claim["claim_id"]: claim["outcome"] for claim in before["claims"]}
    titles = {one["evidence_id"]: one["publisher"] or one["title"] for one in after["evidence"]}
    return tuple(
        Outcome(
            claim["text"],
            claim["said_by"],
            earlier.get(claim["claim_id"], ""),
            claim["outcome"],
            "; ".join(dict.fromkeys(titles.get(c["evidence_id"], "") for c in claim["citations"])),
        )
        for claim in after["claims"]
    )
