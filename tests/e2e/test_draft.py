"""A text is checked before it is published, through every service, over a real Kafka."""

from __future__ import annotations

import secrets
from typing import Any

import aiohttp
import pytest

from shared.testing.kit import eventually
from tests.builders.cms import as_json, signed
from tests.e2e.conftest import Newsstand

pytestmark = [pytest.mark.kafka, pytest.mark.postgres]

NOWHERE_READ = "The repair of the Saltmere harbour lights cost 41,000 pounds in 2024."


async def checked(stand: Newsstand, html: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a CMS is answered when it asks, and the report it waits for."""
    body = as_json({"title": "Before it is printed", "html": html})
    headers = signed(
        stand.kept.source_secret,
        body,
        webhook_id=secrets.token_hex(8),
        content_type="application/json",
    )
    async with aiohttp.ClientSession() as cms:
        async with cms.post(f"{stand.url}/v1/check/demo-cms", data=body, headers=headers) as answer:
            assert answer.status == 202, await answer.text()
            ticket = await answer.json()
        opened = {"authorization": f"Bearer {ticket['token']}"}
        report: dict[str, Any] = {}

        async def done() -> bool:
            """One call waits half a minute at most: who is told that it goes on asks again."""
            nonlocal report
            async with cms.get(f"{stand.url}{ticket['report']}?wait=30", headers=opened) as answer:
                assert answer.status in (200, 404), await answer.text()
                report = await answer.json() if answer.status == 200 else {}
            return report.get("state") == "done"

        await eventually(done)
        return ticket, report


async def test_J4_what_our_reviewers_refuted_blocks_a_draft_that_says_it_again(newsstand: Newsstand) -> None:
    assert newsstand.report is not None
    refuted = next(row.claim for row in newsstand.report.outcomes if row.after.startswith("Refuted"))
    _, report = await checked(newsstand, f"<p>{refuted.rstrip('.')}.</p>")
    assert (report["state"], report["decision"]) == ("done", "block"), report["reasons"]
    assert refuted.rstrip(".") in report["reasons"][0]["words"]


async def test_J3_what_nobody_can_confirm_is_a_warning_and_shown_to_no_reader(newsstand: Newsstand) -> None:
    ticket, report = await checked(newsstand, f"<p>{NOWHERE_READ}</p>")
    assert (report["state"], report["decision"]) == ("done", "warn"), report["reasons"]
    async with aiohttp.ClientSession() as reader:
        for path in (f"/articles/{ticket['draft']}", f"/articles/{ticket['draft']}/panel", ticket["report"]):
            async with reader.get(newsstand.url + path) as answer:
                assert answer.status == 404, path
        async with reader.get(newsstand.url + "/search?q=harbour+lights") as answer:
            assert NOWHERE_READ not in await answer.text()


async def test_a_text_without_claims_passes_and_says_that_nothing_was_checked(newsstand: Newsstand) -> None:
    _, report = await checked(newsstand, "<p>Good morning to all of you!</p>")
    assert (report["state"], report["decision"], report["claims"]) == ("done", "pass", [])
    assert [reason["words"] for reason in report["reasons"]] == ["Nothing was found in it that can be checked."]
