"""S3: against a listener that counts, nothing forbidden is ever reached, not by a redirect and not by a name that flips."""

from __future__ import annotations

import contextlib
import functools
import socket

import pytest
from aiohttp import web as aioweb
from aiohttp.abc import AbstractResolver, ResolveResult

from services.verification.address_guard import Allowed
from services.verification.fetcher import MOST_REDIRECTS, Fetcher
from services.verification.sandbox import FetchFailed, FetchProblem, Sandbox
from shared.testing.patience import PATIENCE
from tests.integration.verification.listener import Listener, problem_of
from tests.integration.verification.spellings import INNER_ADDRESSES, WRONG_URLS, urls


async def test_S3_the_listener_can_be_reached_where_it_is_allowed(let_in: Fetcher, listener: Listener) -> None:
    url, page = await let_in.page(listener.url("/a"))
    assert (url, page.title, listener.requests) == (listener.url("/a"), "Quiet page", ["/a"])


async def test_S3_no_spelling_of_a_forbidden_address_is_reached(guarded: Fetcher, listener: Listener) -> None:
    spelled = urls(listener.port)
    assert len(set(spelled)) >= 400
    refused = {FetchProblem.FORBIDDEN_ADDRESS, FetchProblem.BAD_ADDRESS, FetchProblem.UNREACHABLE}
    for url in spelled:
        assert await problem_of(guarded, url) in refused, url
    assert listener.requests == []


async def test_S3_no_redirect_to_a_forbidden_address_is_followed(sandbox: Sandbox, listener: Listener) -> None:
    """The first hop is allowed, the second is another loopback address, or the same under another name."""
    other = socket.create_server(("127.0.0.1", 0))
    other.setblocking(False)
    port = other.getsockname()[1]
    fetcher = Fetcher(
        sandbox, allowed=Allowed.parse([f"127.0.0.1:{listener.port}", f"*:{port}"]), total_seconds=PATIENCE
    )
    try:
        for number, url in enumerate(urls(port)):
            start = listener.redirects(f"/r{number}", url, (301, 302, 303, 307, 308)[number % 5])
            with contextlib.suppress(FetchFailed):  # what only looks like another host is a path of the first
                assert (await fetcher.page(start))[0].startswith(listener.url("/")), url
        with pytest.raises(BlockingIOError):
            other.accept()
    finally:
        await fetcher.close()
        other.close()


@pytest.mark.parametrize("url", WRONG_URLS)
async def test_S3_what_is_no_plain_web_address_is_not_looked_up(guarded: Fetcher, listener: Listener, url: str) -> None:
    assert await problem_of(guarded, url.format(host=f"127.0.0.1:{listener.port}")) is FetchProblem.BAD_ADDRESS
    assert listener.requests == []


class Flipping(AbstractResolver):
    """A name server that answers something else each time."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses)
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        address = self._addresses[min(self.asked, len(self._addresses) - 1)]
        self.asked += 1
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        return None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254"])
async def test_S3_a_name_that_points_inside_is_refused_when_connecting(
    sandbox: Sandbox, listener: Listener, address: str
) -> None:
    resolver = Flipping(address)
    fetcher = Fetcher(
        sandbox, allowed=Allowed.parse([f"*:{listener.port}"]), resolver=lambda: resolver, total_seconds=PATIENCE
    )
    try:
        assert await problem_of(fetcher, f"http://rebind.example:{listener.port}/") is FetchProblem.FORBIDDEN_ADDRESS
    finally:
        await fetcher.close()
    assert (resolver.asked, listener.requests) == (1, [])


async def test_S3_a_name_that_changes_between_hops_is_refused_at_the_second(
    sandbox: Sandbox, listener: Listener
) -> None:
    """The first answer is the allowed listener; the redirect comes back to the same name, which now points elsewhere."""
    resolver = Flipping("127.0.0.1", "127.0.0.3")
    listener.redirects("/", f"http://rebind.example:{listener.port}/secret")
    allowed = Allowed.parse([f"127.0.0.1:{listener.port}"])
    fetcher = Fetcher(sandbox, allowed=allowed, resolver=lambda: resolver, total_seconds=PATIENCE)
    try:
        assert await problem_of(fetcher, f"http://rebind.example:{listener.port}/") is FetchProblem.FORBIDDEN_ADDRESS
    finally:
        await fetcher.close()
    assert listener.requests == ["/"]


INSIDE = [
    *INNER_ADDRESSES, "127.255.255.254", "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254",
    "ff02::1", "2001:db8::1", "100::1",
]  # fmt: skip


def _same(resolver: AbstractResolver) -> AbstractResolver:
    return resolver


@pytest.mark.parametrize("hop", [1, 2])
async def test_S3_no_name_leads_inside_whenever_it_changes_its_mind(
    sandbox: Sandbox, listener: Listener, hop: int
) -> None:
    """Every inner address as the answer of a name server, at the first look-up or only after a redirect."""
    listener.redirects("/", f"http://rebind.example:{listener.port}/secret")
    allowed = Allowed.parse([f"127.0.0.1:{listener.port}"])
    for address in (each for each in INSIDE if each not in ("127.0.0.1", "::ffff:127.0.0.1")):
        answers = [*["127.0.0.1"] * (hop - 1), address]
        resolver = Flipping(*answers)
        fetcher = Fetcher(sandbox, allowed=allowed, resolver=functools.partial(_same, resolver), total_seconds=PATIENCE)
        try:
            problem = await problem_of(fetcher, f"http://rebind.example:{listener.port}/")
        finally:
            await fetcher.close()
        assert problem is FetchProblem.FORBIDDEN_ADDRESS, address
        assert resolver.asked == hop
    assert set(listener.requests) <= {"/"}


async def test_S3_a_key_is_never_carried_to_another_place(let_in: Fetcher, listener: Listener) -> None:
    """What providers are asked with stays with their origin; a post follows nothing."""
    seen: list[str] = []

    async def answer(request: aioweb.Request) -> aioweb.StreamResponse:
        seen.append(request.headers.get("X-Key", ""))
        return aioweb.Response(text="{}")

    listener.answers["/there"] = answer
    away = listener.redirects("/away", f"http://localhost:{listener.port}/there")
    near = listener.redirects("/near", "/there")
    key = {"X-Key": "secret"}
    with pytest.raises(FetchFailed, match="another place"):
        await let_in.ask(away, headers=key)
    with pytest.raises(FetchFailed, match="another place"):
        await let_in.ask(near, headers=key, body=b"{}")
    assert seen == []
    assert (await let_in.ask(near, headers=key)).body == b"{}"
    assert seen == ["secret"]


async def test_S3_redirects_end_after_three(let_in: Fetcher, listener: Listener) -> None:
    for number in range(MOST_REDIRECTS + 1):
        listener.redirects(f"/{number}", f"/{number + 1}")
    assert await problem_of(let_in, listener.url("/0")) is FetchProblem.TOO_MANY_REDIRECTS
    assert (await let_in.page(listener.url("/1")))[0] == listener.url(f"/{MOST_REDIRECTS + 1}")
