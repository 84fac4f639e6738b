"""A folder as a web site: exact paths, its own address in the text, collections, and nothing outside."""

from __future__ import annotations

import json
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from shared.local.site_server import SiteServer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    (site / "_parts").mkdir(parents=True)
    (site / "index.html").write_text("<a href='{base}/a.html'>a</a>")
    (site / "a.html").write_text("<p>é</p>")
    (site / "list.json").write_text(json.dumps({"all": [{"at": "{base}/items/1.html", "words": "<b> & more"}]}))
    (site / "_parts/item.html").write_text("<p>{{ item.words }}</p>")
    (site / "site.json").write_text(
        json.dumps(
            {"collections": [{"data": "list.json", "items": "all", "template": "_parts/item.html", "address": "at"}]}
        )
    )
    (tmp_path / "secret.txt").write_text("secret")
    return site


async def fetched(address: str) -> tuple[int, str]:
    """Status and text at exactly this address, dots and all."""
    async with aiohttp.ClientSession() as client, client.get(URL(address, encoded=True)) as answer:
        return answer.status, await answer.text()


async def test_pages_are_served_with_type_date_and_the_servers_own_address(folder: Path) -> None:
    async with SiteServer(folder) as server, aiohttp.ClientSession() as client:
        async with client.get(server.base_url) as answer:
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert await answer.text() == f"<a href='{server.base_url}/a.html'>a</a>"
            modified = answer.headers["last-modified"]
        async with client.get(server.base_url, headers={"if-modified-since": modified}) as answer:
            assert answer.status == 304
        async with client.head(server.base_url + "/a.html") as answer:
            assert answer.status == 200
        assert server.hits["/a.html"] == 1


async def test_every_item_of_a_collection_has_a_page_and_its_words_are_escaped(folder: Path) -> None:
    async with SiteServer(folder) as server:
        assert await fetched(server.base_url + "/items/1.html") == (200, "<p>&lt;b&gt; &amp; more</p>")


@pytest.mark.parametrize(
    "path", ["/site.json", "/_parts/item.html", "/../secret.txt", "/%2e%2e/secret.txt", "/none.html"]
)
async def test_settings_parts_and_everything_outside_are_not_there(folder: Path, path: str) -> None:
    async with SiteServer(folder) as server:
        assert (await fetched(server.base_url + path))[0] == 404


async def test_a_collection_that_leads_nowhere_is_named_and_the_port_is_given_back(folder: Path) -> None:
    (folder / "site.json").write_text(
        json.dumps(
            {"collections": [{"data": "list.json", "items": "none", "template": "_parts/item.html", "address": "at"}]}
        )
    )
    server = SiteServer(folder)
    with pytest.raises(ValueError, match="nothing at 'none'"):
        await server.start()
    with pytest.raises(aiohttp.ClientConnectionError):
        async with aiohttp.ClientSession() as client, client.get(server.base_url):
            pass


async def test_a_stopped_server_can_listen_again_at_the_same_address(folder: Path) -> None:
    async with SiteServer(folder) as first:
        port = int(first.base_url.rsplit(":", 1)[1])
    async with SiteServer(folder, port=port) as second:
        assert (await fetched(second.base_url + "/a.html"))[0] == 200
