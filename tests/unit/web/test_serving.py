"""Static files over HTTP: zipped where the browser takes it, kept for good, and nothing but the files."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.testclient import TestClient

from shared.web import Assets
from shared.web.serving import static_route

ASSETS = Assets("/static/x")
CLIENT = TestClient(Starlette(routes=[static_route(ASSETS)]))


def test_a_file_is_zipped_for_those_who_take_it_and_plain_for_others() -> None:
    url = ASSETS.url("base.css")
    zipped = CLIENT.get(url, headers={"accept-encoding": "gzip"})
    plain = CLIENT.get(url, headers={"accept-encoding": "identity"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert zipped.content == plain.content
    assert "immutable" in plain.headers["cache-control"]


def test_an_unknown_address_is_not_found_and_not_kept() -> None:
    answer = CLIENT.get("/static/x/base.000000000000.css")
    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"
