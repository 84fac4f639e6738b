"""The staff desk in Chromium: accessible in both schemes, whole at 320 px, and workable by keyboard without scripts."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page
from plumbline.staff.v1.review_service_pb2 import VerdictVersion

from shared.local.postgres import EmbeddedPostgres
from shared.testing.kit import Stage
from shared.testing.patience import PATIENCE
from tests.browser.test_reader_page import violations
from tests.builders.staff_review import full_review
from tests.integration.console.house import PASSWORD, House, open_house

pytestmark = [pytest.mark.browser, pytest.mark.postgres]

CLAIM = "/console/claims/claim-1"
ARTICLE = "/console/articles/a1/claims"
SPLIT = ARTICLE + "/claim-1/split"
RATING = "/console/ratings/courier.example"
PAGES = (
    "/console", CLAIM, CLAIM + "/sources", CLAIM + "/evidence/e1", "/console/sources", ARTICLE, SPLIT, "/console/ratings", RATING,
    "/console/spending",
)  # fmt: skip
OpenDesk = Callable[..., Awaitable[Page]]


@pytest_asyncio.fixture(scope="module")
async def desk(postgres_server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    stage = Stage(postgres_server, tmp_path_factory.mktemp("desk"))
    try:
        async with open_house(stage, uuid.uuid4().hex[:12]) as opened:
            yield opened
    finally:
        await stage.close()


@pytest_asyncio.fixture
async def open_desk(browser: Browser, desk: House) -> AsyncIterator[OpenDesk]:
    """`await open_desk(path, **context_options)`: that page, for a desk lead who signed in."""
    await desk.hire("lea", "reviewer", "admin")
    desk.reviews.review = full_review()
    contexts: list[BrowserContext] = []

    async def open_one(path: str, **options: Any) -> Page:
        desk.machines += 1
        headers = {"x-forwarded-for": f"203.0.113.{desk.machines % 250}"}
        context = await browser.new_context(extra_http_headers=headers, **options)
        context.set_default_timeout(PATIENCE * 1000)
        contexts.append(context)
        page = await context.new_page()
        await page.goto(desk.door.url + "/console/sign-in")
        await page.fill("input[name=name]", desk.login("lea"))
        await page.fill("input[name=password]", PASSWORD)
        await page.click("main form button.button")
        await page.wait_for_url(lambda url: not url.endswith("/sign-in"))
        await page.goto(desk.door.url + path)
        return page

    yield open_one
    for context in contexts:
        await context.close()
    await desk.empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_RP3_axe_finds_nothing_on_the_pages_of_the_desk(open_desk: OpenDesk, scheme: str) -> None:
    page = await open_desk("/console", color_scheme=scheme)
    origin = page.url.removesuffix("/console")
    found = {}
    for path in PAGES:
        await page.goto(origin + path)
        found[path] = await violations(page)
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


async def test_RP3_axe_finds_nothing_on_a_settled_claim_and_on_a_refused_form(open_desk: OpenDesk, desk: House) -> None:
    told = VerdictVersion(version=1, rating="refuted", explanation="It cost 55.", decided_by="Ann", reviewed_by="Ben")
    desk.reviews.review = full_review(state="decided", verdicts=[told], due_at=None)
    page = await open_desk(CLAIM)
    for summary in await page.locator("details > summary").all():
        await summary.click()
    assert await violations(page) == []
    await page.goto(page.url + "/sources")
    await page.fill("#url-url", "https://x.example")
    await page.evaluate("document.querySelector('#url-url').type = 'text'")
    await page.fill("#url-url", "nowhere")
    await page.locator("form[action$='/sources/url'] button.button").click()
    await page.locator("#error-url-url").wait_for()
    assert await violations(page) == []


async def test_nothing_is_cut_off_at_320_pixels(open_desk: OpenDesk) -> None:
    page = await open_desk("/console", viewport={"width": 320, "height": 700})
    origin = page.url.removesuffix("/console")
    wide = {}
    for path in PAGES:
        await page.goto(origin + path)
        wide[path] = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide == dict.fromkeys(PAGES, 0)


async def test_a_claim_is_quoted_and_decided_by_keyboard_without_scripts(open_desk: OpenDesk, desk: House) -> None:
    page = await open_desk(CLAIM + "/evidence/e1", java_script_enabled=False)
    await page.locator("input[name=sentence]").first.focus()
    await page.keyboard.press("Space")
    await page.locator("input[name=stance]").first.focus()
    await page.keyboard.press("Space")
    await page.locator("main form[method=post] button.button").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/claims/claim-1?done=quoted")
    assert await page.locator("input[name=keep]:checked").count() == 3
    await page.locator("#rating").focus()
    await page.keyboard.type("Mixed")
    await page.locator("#explanation").focus()
    await page.keyboard.type("Both figures stand, for different things.")
    await page.locator("form[action$='/decision'] button.button").focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/claims/claim-1?done=proposed")
    said = desk.reviews.of_kind("ProposeDecisionRequest")[-1]
    assert (said.rating, said.explanation) == ("mixed", "Both figures stand, for different things.")
    assert len(said.citations) == 3
