"""Listen to the article in Chromium: the sentence that is heard is the sentence that is highlighted."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from playwright.async_api import Page

from services.publish.engine.audio import Recording
from shared.testing.patience import PATIENCE
from tests.browser.conftest import OpenPage
from tests.browser.page_server import PageServer
from tests.builders.reader_page import ARTICLE_PATH, reader_page

pytestmark = pytest.mark.browser


def sentence(block_id: str, start: int, end: int) -> str:
    article = reader_page().article
    head = {"title": article.title, "standfirst": article.standfirst}
    blocks = {one.block_id: "".join(piece.text for piece in one.pieces) for one in article.blocks}
    return (head | blocks)[block_id][start:end]


async def eventually(page: Page, script: str, arg: Any = None) -> None:
    """Wait until the script answers true. Playwright's own wait evaluates strings, which the page's policy forbids."""
    async with asyncio.timeout(PATIENCE):
        while not await page.evaluate(script, arg):
            await asyncio.sleep(0.05)


async def test_after_any_seek_the_right_sentence_is_highlighted(open_page: OpenPage, recording: Recording) -> None:
    page = await open_page()
    await page.evaluate("document.querySelector('audio').preload = 'auto'")
    await eventually(page, "document.querySelector('audio').readyState > 0")
    chosen = random.Random(7).sample(recording.cues, 8)
    for cue in chosen:
        middle = (cue.start_ms + cue.end_ms) / 2000
        await page.evaluate("(time) => { document.querySelector('audio').currentTime = time }", middle)
        wanted = sentence(cue.block_id, cue.start, cue.end)
        await eventually(
            page,
            "([block, wanted]) => document.querySelector(`[data-block='${block}']`)?.dataset.reading === wanted",
            arg=[cue.block_id, wanted],
        )
        assert await page.evaluate("CSS.highlights.get('reading').size") == 1


async def test_next_sentence_steps_from_start_to_start(open_page: OpenPage, recording: Recording) -> None:
    page = await open_page()
    for number in (1, 2, 3):
        await page.get_by_role("button", name="Next sentence").click()
        await eventually(
            page,
            "(start) => Math.abs(document.querySelector('audio').currentTime - start) < 0.1",
            arg=recording.cues[number].start_ms / 1000,
        )


async def test_nothing_is_fetched_before_somebody_listens(open_page: OpenPage, site: PageServer) -> None:
    before = {name: site.hits[f"{ARTICLE_PATH}/audio.{name}"] for name in ("opus", "mp3", "vtt")}
    await open_page()
    assert {name: site.hits[f"{ARTICLE_PATH}/audio.{name}"] for name in before} == before


async def test_without_javascript_the_browsers_own_player_is_there(open_page: OpenPage) -> None:
    page = await open_page(java_script_enabled=False)
    assert await page.locator("#listen audio[controls]").is_visible()
    assert await page.locator(".player-tools").count() == 0
