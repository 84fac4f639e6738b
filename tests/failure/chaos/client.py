"""The CMS and a reader of a run, through the real doors; every call of theirs is recorded."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import aiohttp

from shared.testing.patience import PATIENCE
from tests.builders.cms import as_json, event, signed
from tests.failure.chaos.fleet import Instance
from tests.failure.chaos.history import History, Kind, Operation, Result
from tests.failure.chaos.load import SOURCE, Delivery

CALL = aiohttp.ClientTimeout(total=PATIENCE, connect=30.0)  # a slow answer is no broken one
PAUSE = 0.25


@dataclass(slots=True)
class Doors:
    """Calls instances of one service in turn, one connection a call, and keeps count of how calls ended.

    `refused`: nobody listened, nothing was sent. `broken`: a request that was on its way got no answer. `5xx`.
    """

    instances: Sequence[Instance]
    random: Random
    ended: Counter[str] = field(default_factory=Counter)

    async def call(self, session: aiohttp.ClientSession, method: str, path: str, **how: Any) -> tuple[Result, int, Any]:
        """How it ended, the status (0 without an answer) and the JSON that came back."""
        url = self.random.choice(self.instances).url + path
        try:
            async with session.request(method, url, timeout=CALL, allow_redirects=False, **how) as answer:
                body = await answer.read()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            self.ended["refused"] += 1
            return "fail", 0, None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self.ended["broken"] += 1
            return "unknown", 0, {"error": repr(error)}
        self.ended[f"{answer.status // 100}xx"] += 1
        result: Result = "ok" if answer.status < 300 else ("unknown" if answer.status >= 500 else "fail")
        return result, answer.status, _json(body)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


class Client:
    """Whoever records what it did."""

    def __init__(self, name: str, history: History, doors: Doors) -> None:
        self.name, self._history, self._doors = name, history, doors

    def _note(self, kind: Kind, delivery: Delivery, began: float, result: Result, said: dict[str, Any]) -> None:
        self._history.add(
            Operation(
                self.name,
                kind,
                delivery.event,
                delivery.subject,
                delivery.version,
                began,
                time.monotonic(),
                result,
                said,
            )
        )


class Cms(Client):
    """Delivers its events one after the other, each repeated with the same ids until it is acknowledged."""

    def __init__(self, name: str, history: History, doors: Doors, secret: str) -> None:
        super().__init__(name, history, doors)
        self._secret = secret

    async def deliver(self, deliveries: asyncio.Queue[Delivery], pace: float) -> None:
        """Until the queue is empty; `pace` seconds pass from one delivery to the next."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
            while not deliveries.empty():
                delivery = deliveries.get_nowait()
                while (submission := await self.tell(session, delivery)) is None:
                    await asyncio.sleep(PAUSE)
                await self.ask(session, delivery, submission)
                await asyncio.sleep(pace)

    async def tell(self, session: aiohttp.ClientSession, delivery: Delivery) -> str | None:
        """Deliver once, signed now; the submission's id when it was acknowledged."""
        body = as_json(event(delivery.data, id=delivery.event, type=delivery.type, source=f"/{SOURCE}"))
        headers = signed(self._secret, body, webhook_id=f"msg_{delivery.event}")
        began = time.monotonic()
        result, status, said = await self._doors.call(
            session, "POST", f"/v1/ingest/{SOURCE}", data=body, headers=headers
        )
        self._note("tell", delivery, began, result, {"status": status, **(said or {})})
        return str(said["submission_id"]) if result == "ok" else None

    async def ask(self, session: aiohttp.ClientSession, delivery: Delivery, submission: str) -> None:
        """Read back at once what was acknowledged, from whichever instance answers."""
        began = time.monotonic()
        result, status, said = await self._doors.call(session, "GET", f"/v1/submissions/{submission}")
        if status == 404:
            result, said = "ok", {}
        if result != "ok":
            self._note("ask", delivery, began, "unknown", {})
            return
        found = bool(said) and said.get("event_id") == delivery.event
        self._note("ask", delivery, began, "ok", {"found": found, "submission_id": submission})


class Reader(Client):
    """Looks at the panels of articles, again and again, whichever instance answers."""

    async def look(self, articles: Sequence[Delivery], random: Random, stop: asyncio.Event, pace: float) -> None:
        """Until `stop`; of these articles, only those somebody was told about already."""
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
            while not stop.is_set():
                told = {each.subject for each in self._history.of("tell") if each.result == "ok"}
                if not (known := [each for each in articles if each.subject in told]):
                    await asyncio.sleep(pace)
                    continue
                delivery = random.choice(known)
                began = time.monotonic()
                result, status, said = await self._doors.call(session, "GET", f"/articles/{delivery.subject}/panel")
                if status == 200 and said:
                    version = [int(part) for part in str(said["version"]).split(".")]
                    self._note("look", delivery, began, "ok", {"revision": said["revision"], "version": version})
                elif result == "unknown":
                    self._note("look", delivery, began, "unknown", {"status": status})
                await asyncio.sleep(pace)
