"""The reader page in Chromium: accessible, whole without JavaScript, small, and strict about where things come from."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, Response

from services.publish import pages
from services.publish.wording import chip
from shared.testing.kit import eventually
from shared.testing.patience import PATIENCE
from tests.browser.conftest import OpenPage
from tests.browser.page_server import PageServer
from tests.builders.reader_page import ARTICLE_PATH, claims, reader_page

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


async def violations(page: Page, reviewed: frozenset[str] = frozenset()) -> list[str]:
    """What axe objects to, and what it leaves to a person without being among the rules a person answered."""
    found: dict[str, Any] = (await Axe().run(page, options=RULES)).response
    wrong = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found["violations"]]
    return wrong + [f"open: {one['id']}" for one in found["incomplete"] if one["id"] not in reviewed]


async def first_chip_opened(page: Page) -> None:
    await page.locator("#article-body .chip").first.click()
    await page.locator(".card:popover-open").wait_for()


async def reply_opened(page: Page) -> None:
    await page.locator("[data-reply=m2]").click()


async def posted(site: PageServer, button: Locator) -> dict[str, str]:
    """What the server was sent when a button was pressed."""
    before = len(site.posts)
    await button.click()
    await eventually(lambda: len(site.posts) > before)
    return site.posts[before]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["plain", "popover", "reply"])
async def test_RP3_axe_finds_nothing_on_the_reader_page(open_page: OpenPage, scheme: str, state: str) -> None:
    page = await open_page(color_scheme=scheme)
    if state == "popover":
        await first_chip_opened(page)
    if state == "reply":
        await reply_opened(page)
    # In an open card axe cannot judge the cross on its button nor the lines below its fold; their colours are tokens,
    # and the contrast of every pair of tokens has a test of its own.
    assert await violations(page, frozenset({"color-contrast"} if state == "popover" else ())) == []


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 320, "height": 640}},
        {"viewport": {"width": 640, "height": 480}, "device_scale_factor": 2},
    ],
    ids=["320 px", "200 % zoom"],
)
async def test_RP3_axe_finds_nothing_on_small_screens(open_page: OpenPage, options: dict[str, Any]) -> None:
    assert await violations(await open_page(**options)) == []


async def test_RP3_axe_finds_nothing_in_forced_colours(open_page: OpenPage) -> None:
    # There the system chooses both colours of every pair, and axe says it cannot tell.
    page = await open_page(forced_colors="active")
    assert await violations(page, frozenset({"color-contrast"})) == []


@pytest.mark.parametrize("path", ["/", "/search", "/claims/k3", "/methodology", "/error", "/form"])
async def test_RP3_axe_finds_nothing_on_the_other_pages(open_page: OpenPage, path: str) -> None:
    assert await violations(await open_page(path)) == []


@pytest.mark.parametrize("width", [320, 390, 768, 1180, 1280, 1600])
async def test_no_page_scrolls_sideways(open_page: OpenPage, width: int) -> None:
    page = await open_page(viewport={"width": width, "height": 800})
    assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_RP5_every_target_outside_running_text_is_24_pixels_or_more(open_page: OpenPage) -> None:
    page = await open_page(viewport={"width": 320, "height": 640})
    small = await page.evaluate(
        """[...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary")]
        .filter((one) => one.checkVisibility() && one.type !== "checkbox")
        .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
    )
    assert small == []


async def test_RP1_RP12_first_view_is_small_from_here_alone_and_leaves_no_cookie(
    browser: Browser, site: PageServer
) -> None:
    await eventually(lambda: site.listening == 0)
    context = await browser.new_context()
    context.set_default_timeout(PATIENCE * 1000)
    page = await context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    await page.goto(site.base_url + "/articles/typical", wait_until="load")
    await eventually(lambda: site.listening)  # with its stream open the page has asked for everything it asks for
    sizes: dict[str, int] = {}
    for answer in answers:
        assert answer.url.startswith(site.base_url), "a request left the site"
        # The live stream has no end, so it has no size either.
        if "/live" not in answer.url:
            sizes[answer.url] = (await answer.request.sizes())["responseBodySize"]
    assert await context.cookies() == []
    await context.close()
    assert sum(sizes.values()) <= 60_000, sizes
    assert len(answers) <= 8, [answer.url for answer in answers]
    assert sum(size for url, size in sizes.items() if url.endswith(".js")) <= 15_000
    assert sum(size for url, size in sizes.items() if url.endswith(".css")) <= 8_000


async def test_S5_nothing_on_the_page_breaks_its_own_policy(open_page: OpenPage) -> None:
    page = await open_page()
    await first_chip_opened(page)
    await page.keyboard.press("Escape")
    await reply_opened(page)
    assert await page.evaluate("window.violations") == []
    refused = await page.evaluate(
        """() => new Promise((done) => {
          const script = document.createElement("script"); script.textContent = "window.ran = true";
          document.addEventListener("securitypolicyviolation", () => done([window.ran ?? false, window.violations]));
          document.body.append(script); setTimeout(() => done([window.ran ?? false, window.violations]), 60000);
        })"""
    )
    assert refused[0] is False
    assert refused[1], "the policy is really enforced"


async def test_RP6_without_javascript_cards_open_and_the_reply_form_posts(
    open_page: OpenPage, site: PageServer
) -> None:
    page = await open_page(java_script_enabled=False)
    await page.locator("#article-body .chip").nth(1).click()
    card = page.locator("#card-k2")
    await card.wait_for()
    assert "3,800 metres" in await card.inner_text()
    await page.keyboard.press("Escape")
    await card.wait_for(state="hidden")
    await page.locator("[data-reply=m2]").click()
    await page.locator("#reply-m2 [name=comment]").fill("It was replaced.")
    sent = await posted(site, page.locator("#reply-m2 [type=submit]"))
    assert (sent["path"], sent["parent_id"], sent["comment"]) == (f"{ARTICLE_PATH}/comments", "m2", "It was replaced.")
    sent = await posted(site, page.locator("#verify-now"))
    assert sent["path"] == f"{ARTICLE_PATH}/verify"


async def test_RP4_keyboard_alone_reaches_everything_and_escape_gives_focus_back(open_page: OpenPage) -> None:
    page = await open_page()
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    reached: list[str] = []
    for _ in range(60):
        await page.keyboard.press("Tab")
        reached.append(await page.evaluate("document.activeElement.dataset.chip ?? ''"))
        if reached[-1] == "k7":
            break
    assert [one for one in dict.fromkeys(reached) if one] == [f"k{number}" for number in range(1, 8)]
    await page.keyboard.press("Enter")
    await page.locator("#card-k7").wait_for()
    await page.keyboard.press("Escape")
    await page.locator("#card-k7").wait_for(state="hidden")
    assert await page.evaluate("document.activeElement.dataset.chip") == "k7"


async def test_replying_in_place_moves_the_form_and_gives_focus_back(open_page: OpenPage, site: PageServer) -> None:
    page = await open_page()
    await reply_opened(page)
    assert await page.evaluate("document.activeElement.name") == "comment"
    assert await page.locator("label[for=comment-comment]").inner_text() == "Your reply to Reader 2"
    await page.get_by_role("button", name="Do not reply").click()
    assert await page.evaluate("document.activeElement.dataset.reply") == "m2"
    await page.locator("[data-reply=m3]").click()
    await page.locator("[name=comment]").fill("Mine.")
    sent = await posted(site, page.get_by_role("button", name="Post reply"))
    assert sent["parent_id"] == "m3"
    assert len(sent["request_id"]) == 36


async def live_update(site: PageServer) -> None:
    """Tell open pages that the second claim was refuted by people."""
    page = reader_page()
    refuted = replace(claims()[1], chip=chip(status="verdict", rating="refuted", reviewed_by="Ada Holm and Ben Ito"))
    told = (page.panel.claims[0], refuted, *page.panel.claims[2:])
    fresh = replace(page, panel=replace(page.panel, claims=told, version="1.8"))
    html = pages.render_panel_fragment(pages.make_pages(pages.make_assets()), fresh)
    await eventually(lambda: site.listening)
    site.tell("panel", json.dumps({"version": "1.8", "html": html}))


async def test_RP8_a_new_outcome_reaches_text_list_and_card_without_moving_focus(
    open_page: OpenPage, site: PageServer
) -> None:
    page = await open_page()
    await page.locator("#verify-now").focus()
    await live_update(site)
    await page.locator("#live-words", has_text="1 outcome updated.").wait_for()
    for chip_word in await page.locator("[data-chip=k2] .chip-word").all_inner_texts():
        assert chip_word == "Refuted"
    assert await page.locator("#fact-checker").get_attribute("data-version") == "1.8"
    assert await page.evaluate("document.activeElement.id") == "verify-now"
    assert await page.evaluate("window.violations") == []


async def test_RP8_an_open_card_is_never_closed_under_a_reader(open_page: OpenPage, site: PageServer) -> None:
    page = await open_page()
    await first_chip_opened(page)
    await live_update(site)
    await page.wait_for_timeout(200)
    assert await page.locator("#card-k1").is_visible()
    assert await page.locator("#article-body [data-chip=k2] .chip-word").inner_text() != "Refuted"
    await page.keyboard.press("Escape")
    await page.locator("#live-words", has_text="1 outcome updated.").wait_for()
    assert await page.locator("#article-body [data-chip=k2] .chip-word").inner_text() == "Refuted"


async def test_RP7_print_shows_every_card_as_a_footnote_and_no_control(open_page: OpenPage) -> None:
    page = await open_page()
    await page.emulate_media(media="print")
    for claim in claims():
        assert await page.locator(f"#card-{claim.claim_id}").is_visible()
    for control in ("#listen", "form#comment", "#verify-now", ".card .close"):
        assert not await page.locator(control).first.is_visible()
    assert (await page.pdf()).startswith(b"%PDF")
