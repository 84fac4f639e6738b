"""The demonstration: a newsroom's morning, acted out through the product's own doors.

It knows no service. It posts as a CMS posts, signs as a CMS signs, reads as a reader reads, and its two reviewers sign
in to the staff desk and fill in its forms. What an operator does first (a source, people, the archive) is handed in.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from selectolax.lexbor import LexborHTMLParser, LexborNode

DEMO = Path(__file__).resolve().parent.parent / "deploy" / "demo"
PUBLIC_COMMENTS = 7
"""Of the demonstration's eight comments; one is held for a moderator."""
ARTICLE = DEMO / "articles" / "deep-hall.json"
Say = Callable[[str], None]


class DemoFailed(Exception):
    """Something the demonstration promises did not happen; the message says what."""


@dataclass(slots=True)
class Kept:
    """What survives from one run to the next (HOME/demo.json, mode 0600): passwords, keys, and where things are."""

    source_secret: str = ""
    partner_key: str = ""
    passwords: dict[str, str] = field(default_factory=dict)
    site_port: int = 0
    article_id: str = ""
    trace_id: str = ""
    seconds: float = 0.0

    @classmethod
    def open(cls, path: Path) -> Kept:
        return cls(**json.loads(path.read_text())) if path.exists() else cls()

    def save(self, path: Path) -> None:
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(self), file, indent=1)
        fresh.replace(path)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the finished panel, before and after people looked."""

    claim: str
    said_by: str
    before: str
    after: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the demonstration showed."""

    article_id: str
    outcomes: tuple[Outcome, ...]
    comments: int
    trace_id: str
    services: tuple[str, ...]
    seconds: float


class Newsroom:
    """The CMS and the reviewers of the demonstration."""

    def __init__(self, base_url: str, kept: Kept, site_url: str, say: Say) -> None:
        self._base, self._kept, self._site, self._say = base_url, kept, site_url, say

    async def morning(self, services_of: Callable[[str], Awaitable[list[str]]]) -> Report:
        """Post, wait for the panel, review, wait for readers to see it. Raises DemoFailed."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as cms:
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
        deadline = time.monotonic() + 30
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
        deadline = time.monotonic() + 15
        wanted = {"ingest", "claim-extraction", "verification", "publish"}
        while True:
            services = await services_of(self._kept.trace_id)
            if wanted <= {s.removeprefix("plumbline-") for s in services}:
                return tuple(services)
            if time.monotonic() > deadline:
                raise DemoFailed(f"the trace passed {services} only")
            await asyncio.sleep(0.3)


class Person:
    """Somebody at the staff desk, with a browser that knows cookies and forms and nothing else."""

    def __init__(self, base_url: str, name: str, password: str) -> None:
        self._base, self._name, self._password = base_url, name, password
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def __aenter__(self) -> Person:
        page = await self._get("/console/sign-in")
        await self._submit(page, "/console/sign-in", {"name": self._name, "password": self._password})
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def queue(self) -> list[tuple[str, str]]:
        """(address, words) of every claim that waits for a person, over all pages of the queue."""
        found: dict[str, str] = {}
        address = "/console"
        while address:
            page = await self._get(address)
            for link in page.css("a[href^='/console/claims/']"):
                found.setdefault(str(link.attributes["href"]), link.text(strip=True))
            following = page.css_first("a[rel=next]")
            address = str(following.attributes["href"]) if following else ""
        return list(found.items())

    async def decide(self, path: str, rating: str, explanation: str) -> bool:
        """Decide a claim; False when nothing quotable was found for a rating that has to quote something."""
        page = await self._get(path)
        form = _form(page, f"{path}/decision")
        if form is None or (rating != "not_enough_evidence" and form.css_first("input[name=keep]") is None):
            return False
        await self._submit(page, f"{path}/decision", {"rating": rating, "explanation": explanation})
        return True

    async def agree(self, path: str) -> None:
        page = await self._get(path)
        if _form(page, f"{path}/second") is not None:
            await self._submit(page, f"{path}/second", {"answer": "agree", "note": ""})

    async def _get(self, path: str) -> LexborHTMLParser:
        async with self._http.get(self._base + path, headers={"accept": "text/html"}) as response:
            if response.status != 200:
                raise DemoFailed(f"{path} answered {self._name} with {response.status}")
            return LexborHTMLParser(await response.text())

    async def _submit(self, page: LexborHTMLParser, action: str, answers: dict[str, str]) -> None:
        form = _form(page, action)
        if form is None:
            raise DemoFailed(f"{self._name} found no form for {action}")
        filled = [(name, value) for name, value in _given(form) if name not in answers]
        data = aiohttp.FormData([*filled, *answers.items()])
        async with self._http.post(self._base + action, data=data, headers={"accept": "text/html"}) as response:
            text = await response.text()
            if response.status != 200 or response.url.path == "/console/sign-in":
                said = " ".join(n.text(strip=True) for n in LexborHTMLParser(text).css(".error, [role=alert]"))
                raise DemoFailed(f"{action} answered {self._name} with {response.status} {said}")


def _form(page: LexborHTMLParser, action: str) -> LexborNode | None:
    return next((form for form in page.css("form") if form.attributes.get("action") == action), None)


def _given(form: LexborNode) -> list[tuple[str, str]]:
    """What the form already holds: hidden and typed values, ticked boxes, chosen options."""
    given: list[tuple[str, str]] = []
    for one in form.css("input, textarea, select"):
        name, kind = one.attributes.get("name"), one.attributes.get("type")
        if not name or (kind in ("checkbox", "radio") and "checked" not in one.attributes) or kind == "submit":
            continue
        if one.tag == "select":
            chosen = one.css_first("option[selected]")
            given.append((name, str(chosen.attributes.get("value") or "") if chosen else ""))
        else:
            given.append((name, one.text() if one.tag == "textarea" else str(one.attributes.get("value") or "")))
    return given


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
