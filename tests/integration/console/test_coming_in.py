"""Who gets in, what they may open, and whose forms count."""

from __future__ import annotations

import pytest

from services.console.api import PAGES
from services.console.model.staff import Role
from services.console.staffing import add_staff, change_staff, set_password
from shared.errors import Refused
from tests.integration.console.house import PASSWORD, Browser, House

PLACES = {"{claim_id}": "claim-1", "{comment_id}": "c-1", "{trace_id}": "0" * 32, "{path:path}": "nowhere"}
OPEN_PATHS = {"/console/sign-in"}


def place(path: str) -> str:
    for name, value in PLACES.items():
        path = path.replace(name, value)
    return path


async def test_S4_sessions_are_strict_cookies_that_change_at_sign_in_and_end_at_sign_out(house: House) -> None:
    await house.hire("ann", "reviewer")
    ann = await house.browser().get("/console")
    assert ann.path == "/console/sign-in?next=/console"
    before = cookie_of(ann)
    await ann.submit("/console/sign-in", name=house.login("ANN") + " ", password=PASSWORD)
    assert (ann.status, ann.path) == (200, "/console")
    after = cookie_of(ann)
    assert after != before
    assert await house.db.fetchval("SELECT count(*) FROM session WHERE token_sha256 = sha256($1)", after.encode()) == 1
    csrf = ann.csrf
    async with ann.http.post(house.door.url + "/console/sign-out", data={}, allow_redirects=False) as forged:
        assert forged.status == 403
    await ann.submit("/console/sign-out")
    assert ann.path == "/console/sign-in"
    assert await house.db.fetchval("SELECT count(*) FROM session") == 0
    replay = {"cookie": f"plumbline_desk={after}"}
    async with ann.http.get(house.door.url + "/console/traces", headers=replay, allow_redirects=False) as old:
        assert old.status == 303
    assert csrf not in (ann.page.html or "")


async def test_S4_the_cookie_is_for_this_desk_alone(house: House) -> None:
    browser = house.browser()
    async with browser.http.get(house.door.url + "/console/sign-in") as answer:
        cookie = answer.headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "path=/console"} <= {part.strip() for part in cookie.split(";")}


async def test_S5_no_page_allows_inline_script_or_style(house: House) -> None:
    ann = await house.visitor("ann", "reviewer", "moderator", "admin")
    for path in ("/console", "/console/claims/claim-1", "/console/comments", "/console/traces", "/console/nowhere"):
        await ann.get(path)
        policy = ann.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not ann.page.css("[style], style, script"), path
        assert ann.headers["cache-control"] == "no-store"
        assert ann.headers["x-frame-options"] == "DENY"


async def test_S4_role_by_route(house: House) -> None:
    """Every page with every role: only the declared ones get in, whatever else they send."""
    for role in Role:
        await house.hire(f"the.{role}", role)
    house.moderation.body = "<p>held</p>"
    stranger = house.browser()
    people = {role: await house.browser().sign_in(f"the.{role}") for role in Role}
    for page in PAGES:
        if page.path in OPEN_PATHS:
            assert page.roles is None
            continue
        assert page.roles, f"{page.path} would be open to anybody"
        path = place(page.path)
        async with stranger.http.request(page.method, house.door.url + path, allow_redirects=False) as answer:
            assert answer.status in (303, 415), page
        for role, person in people.items():
            if page.path == "/console/sign-out":
                continue
            status = await ask(house, person, page.method, path)
            allowed = role in page.roles
            assert (status != 403) == allowed, (page, role, status)


async def ask(house: House, person: Browser, method: str, path: str) -> int:
    """The status of a request with a valid form token, redirects not followed."""
    await person.get("/console/traces")
    csrf = person.csrf
    fields = {"csrf": csrf, "version": "3"} if method == "POST" else None
    async with person.http.request(method, house.door.url + path, data=fields, allow_redirects=False) as answer:
        return answer.status


async def test_S4_every_form_needs_the_token_of_its_own_session(house: House) -> None:
    ann, eve = await house.visitor("ann", "reviewer", "moderator"), await house.visitor("eve", "reviewer")
    await eve.get("/console")
    foreign = eve.csrf
    for page in PAGES:
        if page.method != "POST":
            continue
        for token in ("", "0" * 64, foreign, "\xe9"):
            await ann.post(place(page.path), [("csrf", token), ("answer", "agree"), ("version", "3"), ("name", "ann")])
            assert ann.status == 403, (page.path, token)
    assert not [said for _, said in house.reviews.heard if hasattr(said, "rating") or hasattr(said, "agree")]
    assert not house.moderation.decided


async def test_S4_wrong_name_and_wrong_password_look_the_same_and_trying_on_is_throttled(house: House) -> None:
    await house.hire("ann", "reviewer")
    wrong = await house.browser().sign_in("ann", "not her password")
    nobody = await house.browser().sign_in("nobody", "not her password")
    assert (wrong.status, nobody.status) == (401, 401)
    assert wrong.text == nobody.text
    assert wrong.value("input[name=name]") == house.login("ann")
    assert not wrong.value("input[name=password]")
    tries = 0
    while wrong.status != 429 and tries < 30:  # a slow machine gives a further try back in between
        tries += 1
        await wrong.sign_in("ann", "not her password")
    await wrong.sign_in("ann", PASSWORD)
    assert wrong.status == 429
    assert int(wrong.headers["retry-after"]) >= 1
    assert await house.db.fetchval("SELECT count(*) FROM session") == 0


async def test_S4_a_disabled_person_and_a_lost_role_are_felt_with_the_next_request(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await change_staff(house.outbox, house.login("ann"), roles=["moderator"])
    assert (await ann.get("/console/claims/claim-1")).status == 403
    assert (await ann.get("/console/comments")).status == 200
    await change_staff(house.outbox, house.login("ann"), disabled=True)
    await ann.get("/console/comments")
    assert ann.path.startswith("/console/sign-in")
    assert (await ann.sign_in("ann")).status == 401
    await change_staff(house.outbox, house.login("ann"))
    await set_password(house.outbox, house.login("ann"), "another good password")
    assert (await ann.sign_in("ann", "another good password")).path == "/console/comments"


async def test_S7_bad_forms_name_what_is_wrong_and_nothing_is_written(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    url = house.door.url + "/console/claims/claim-1/decision"
    csrf = ann.csrf
    form = {"content-type": "application/x-www-form-urlencoded"}
    for body, headers, status, reason in (
        (b"{}", {"content-type": "application/json"}, 415, "UNSUPPORTED_FORM"),
        (b"a=%ff", form, 400, "MALFORMED_FORM"),
        (b"\xff=1", form, 400, "MALFORMED_FORM"),
        (b"&".join(b"a=1" for _ in range(400)), form, 400, "MALFORMED_FORM"),
        (b"explanation=%00&csrf=" + csrf.encode(), form, 400, "INVALID_TEXT"),
        (b"csrf=" + csrf.encode() + b"&version=x", form, 422, "INVALID_VERSION"),
        (b"a=" + b"x" * 2_200_000, form, 413, "BODY_TOO_LARGE"),
    ):
        async with ann.http.post(url, data=body, headers=headers) as answer:
            shown = await answer.text()
        assert answer.status == status, (body[:40], answer.status)
        assert reason in shown or status == 422
    assert not [said for _, said in house.reviews.heard if hasattr(said, "rating")]


async def test_the_sign_in_form_sends_nobody_elsewhere(house: House) -> None:
    await house.hire("ann", "reviewer")
    for after in ("https://evil.example/", "//evil.example", "/console/../../etc", "/consolex"):
        browser = house.browser()
        await browser.get("/console/sign-in")
        await browser.submit("/console/sign-in", name=house.login("ann"), password=PASSWORD, next=after)
        assert browser.path == "/console"
    other = house.browser()
    await other.get("/console/claims/claim-1")
    await other.submit("/console/sign-in", name=house.login("ann"), password=PASSWORD)
    assert other.path == "/console/claims/claim-1"


@pytest.mark.parametrize(
    ("name", "display", "password", "roles", "field"),
    [
        ("a", "Ann", PASSWORD, ["reviewer"], "name"),
        ("ann smith", "Ann", PASSWORD, ["reviewer"], "name"),
        ("ann", " ", PASSWORD, ["reviewer"], "display"),
        ("ann", "Ann", "short", ["reviewer"], "password"),
        ("ann", "Ann", "ann" + "x" * 20 + "yz1", ["reviewer"], "password"),
        ("ann", "Ann", PASSWORD, [], "roles"),
        ("ann", "Ann", PASSWORD, ["boss"], "roles"),
    ],
)
async def test_S7_adding_staff_names_the_field(
    house: House, name: str, display: str, password: str, roles: list[str], field: str
) -> None:
    with pytest.raises(Refused) as refused:
        await add_staff(house.outbox, name, display, password, roles)
    assert refused.value.field == field
    assert await house.db.fetchval("SELECT count(*) FROM staff") == 0


async def test_T3_no_password_session_or_token_reaches_logs_or_spans(house: House) -> None:
    ann = await house.visitor("ann", "reviewer")
    await house.browser().sign_in("ann", "CANARY-password-1")
    await ann.get("/console/claims/claim-1")
    session = cookie_of(ann)
    for observed in house.stage.observed.values():
        said = observed.log.getvalue() + "".join(span.to_json() for span in observed.spans)
        for secret in ("CANARY", PASSWORD, session, "Staff ey"):
            assert secret not in said


def cookie_of(browser: Browser) -> str:
    return next(c.value for c in browser.http.cookie_jar if c.key == "plumbline_desk")
