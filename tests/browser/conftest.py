"""The reader page in a real browser: one server, one Chromium, a fresh context for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from services.publish import pages
from services.publish.engine.audio import Recording, record
from services.publish.engine.narration import NarratedBlock, narration
from services.publish.engine.timings import to_webvtt
from services.publish.views import ClaimPage, ErrorPage, HomePage, MethodologyPage, SearchPage, TeaserView
from services.publish.wording import DEFAULT_SCHEME
from shared.testing.kit import eventually
from shared.testing.patience import PATIENCE
from shared.web import FormErrors, render_form_page
from tests.browser.page_server import PageServer
from tests.builders.reader_page import ARTICLE_PATH, NOON, SITE, claims, reader_page

FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""

OpenPage = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="session")
async def recording() -> Recording:
    """The sample article, spoken."""
    article = reader_page().article
    blocks = [NarratedBlock(one.block_id, "".join(piece.text for piece in one.pieces)) for one in article.blocks]
    made = await record(narration(article.title, article.standfirst, blocks))
    assert isinstance(made, Recording), made
    return made


@pytest_asyncio.fixture(scope="session")
async def site(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PageServer]:
    """Every page of publish with sample values."""
    folder = tmp_path_factory.mktemp("audio")
    files = {"audio.opus": recording.opus, "audio.mp3": recording.mp3, "audio.vtt": to_webvtt(recording.cues).encode()}
    for name, body in files.items():
        (folder / name).write_bytes(body)
    assets = pages.make_assets()
    async with PageServer(
        assets, _pages(assets), {f"{ARTICLE_PATH}/{name}": folder / name for name in files}
    ) as server:
        yield server


def _pages(assets: Any) -> dict[str, Callable[[web.Request], str]]:
    environment = pages.make_pages(assets)
    page = reader_page()
    teaser = TeaserView(page.article.title, ARTICLE_PATH, NOON, page.article.standfirst, tallies=page.panel.tallies)
    failed = pages.comment_form(f"{ARTICLE_PATH}/comments", request_id="r1").filled(
        {"name": "Wilma"}, FormErrors({"comment": "Write something first."})
    )
    return {
        ARTICLE_PATH: lambda request: pages.render_reader_page(
            environment, reader_page(reply_to=request.query.get("reply", ""))
        ),
        "/articles/typical": lambda _: pages.render_reader_page(environment, reader_page(14, 20)),
        "/": lambda _: pages.render_home(environment, HomePage(SITE, (teaser,))),
        "/search": lambda _: pages.render_search(environment, SearchPage(SITE, "ocean", (), 0)),
        "/claims/k3": lambda _: pages.render_claim(environment, ClaimPage(SITE, claims()[2], teaser)),
        "/methodology": lambda _: pages.render_methodology(environment, MethodologyPage(SITE, DEFAULT_SCHEME)),
        "/error": lambda _: pages.render_error(environment, ErrorPage(SITE, 404, reference="4bf92f35")),
        "/form": lambda _: render_form_page(environment, pages.layout(SITE), "Your comment", failed),
    }


@pytest_asyncio.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """One Chromium for all browser tests."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS), timeout=PATIENCE * 1000)
        yield launched
        await launched.close()


@pytest_asyncio.fixture
async def open_page(browser: Browser, site: PageServer) -> AsyncIterator[OpenPage]:
    """`await open_page(path, **context_options)`: a loaded page in a context of its own."""
    contexts: list[BrowserContext] = []
    # The pages of the test before are gone: what is told now is told to this test's page.
    await eventually(lambda: site.listening == 0)

    async def open_one(path: str = ARTICLE_PATH, **options: Any) -> Page:
        context = await browser.new_context(**options)
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        if options.get("java_script_enabled", True):
            await context.add_init_script(VIOLATIONS)
        page = await context.new_page()
        await page.goto(site.base_url + path, wait_until="load")
        return page

    yield open_one
    for context in contexts:
        await context.close()


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """A folder for what a test prints or draws."""
    return tmp_path
