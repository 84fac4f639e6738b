"""Somebody at the staff desk, with a browser that knows cookies and forms and nothing else."""

from __future__ import annotations

import aiohttp
from selectolax.lexbor import LexborHTMLParser, LexborNode

from services.demo.report import DemoFailed


class Person:
    """One of the demonstration's reviewers, signed in while the block runs."""

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
