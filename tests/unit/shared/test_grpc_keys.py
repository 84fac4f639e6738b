"""Partner keys, quotas and assertions as plain decisions."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.admission import Unauthenticated
from shared.assertions import AssertionSigner, Person, verify
from shared.directory import StaffSigner
from shared.ids import DEFAULT_SITE
from shared.partner_keys import hash_secret, new_key, split_key
from shared.quota import TokenBuckets, TooMany

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANN = Person("p", "Ann", frozenset({"reviewer"}), DEFAULT_SITE)


def test_S2_a_new_key_names_itself_and_only_its_hash_matches() -> None:
    one, two = new_key(), new_key()
    key_id, secret = split_key(one.plain) or ("", "")
    assert (key_id, hash_secret(secret)) == (one.key_id, one.secret_sha256)
    assert (one.key_id, one.plain) != (two.key_id, two.plain)
    assert len(secret) >= 43


@given(st.text(max_size=300))
def test_S2_any_text_is_a_key_or_is_not(text: str) -> None:
    parts = split_key(text)
    assert parts is None or text == f"pl_{parts[0]}_{parts[1]}"


def test_S2_a_bucket_gives_its_minute_and_fills_evenly() -> None:
    buckets = TokenBuckets()
    assert [buckets.wait("k", 60, 0.0) for _ in range(60)] == [0.0] * 60
    assert buckets.wait("k", 60, 0.0) == pytest.approx(1.0)
    assert buckets.wait("k", 60, 0.5) == pytest.approx(0.5)
    assert buckets.wait("k", 60, 1.0) == 0.0
    assert buckets.wait("other", 60, 1.0) == 0.0
    assert buckets.wait("k", 60, 1000.0) == 0.0
    assert buckets.wait("k", 0, 1000.0) > 0, "no quota is none, not all"
    with pytest.raises(TooMany) as refused:
        buckets.take("none", 0, 0.0)
    assert refused.value.status == 429


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200), st.integers(1, 100))
def test_S2_never_more_than_the_quota_plus_one_burst(gaps: list[float], per_minute: int) -> None:
    buckets, now, taken = TokenBuckets(), 0.0, 0
    for gap in gaps:
        now += gap
        taken += buckets.wait("k", per_minute, now) == 0.0
    assert taken <= per_minute + now * per_minute / 60 + 1e-6


def test_buckets_forget_who_has_been_away_longest() -> None:
    buckets = TokenBuckets(keys=2)
    for key in ("a", "b", "c"):
        buckets.wait(key, 1, 0.0)
    assert buckets.wait("a", 1, 0.0) == 0.0
    assert buckets.wait("c", 1, 0.0) > 0


class Book:
    """Knows one signer."""

    def __init__(self, signer: StaffSigner) -> None:
        self.known = signer

    async def signer(self, signer_id: str) -> StaffSigner | None:
        return self.known if signer_id == self.known.signer_id else None


SIGNER = AssertionSigner("s-1", bytes(range(32)))
BOOK = Book(StaffSigner("s-1", DEFAULT_SITE, SIGNER.public_key, revoked=False))


def told(token: str, *, at: datetime = NOW, audience: str | frozenset[str] = "comment", book: Book = BOOK) -> Person:
    return asyncio.run(verify(token, audience=audience, now=at, signers=book))[0]


@pytest.mark.parametrize(
    ("after", "good"), [(-6, False), (-4, True), (0, True), (59, True), (60, False), (3600, False)]
)
def test_S4_an_assertion_is_good_for_its_minute(after: float, good: bool) -> None:
    token = SIGNER.sign(ANN, audience="comment", now=NOW)
    if good:
        assert told(token, at=NOW + timedelta(seconds=after)) == ANN
    else:
        with pytest.raises(Unauthenticated):
            told(token, at=NOW + timedelta(seconds=after))


@pytest.mark.parametrize(
    ("lifetime", "audience", "changed"),
    [
        (60, "verification", {}),
        (61, "comment", {}),
        (60, "comment", {"revoked": True}),
        (60, "comment", {"site_id": UUID(int=1)}),
        (60, "comment", {"signer_id": "s-2"}),
        (60, "comment", {"public_key": bytes(32)}),
    ],
)
def test_S4_an_assertion_is_for_one_service_one_site_and_a_signer_that_counts(
    lifetime: int, audience: str, changed: dict[str, Any]
) -> None:
    token = SIGNER.sign(ANN, audience="comment", now=NOW, lifetime=timedelta(seconds=lifetime))
    with pytest.raises(Unauthenticated):
        told(token, audience=audience, book=Book(replace(BOOK.known, **changed)))
    good = SIGNER.sign(ANN, audience="comment", now=NOW)
    assert told(good, audience=frozenset({"verification", "comment"})) == ANN


@given(st.text(max_size=200))
def test_S2_any_text_is_refused_as_an_assertion(text: str) -> None:
    with pytest.raises(Unauthenticated):
        told(text)


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_S2_one_changed_byte_breaks_it(place: int, byte: int) -> None:
    token = SIGNER.sign(ANN, audience="comment", now=NOW)
    at = place % len(token)
    changed = token[:at] + chr(byte) + token[at + 1 :]
    if changed.rstrip("=") == token.rstrip("="):
        return
    try:
        assert told(changed) == ANN, "only bits that base64 ignores may change"
    except Unauthenticated:
        return
    assert at >= len(token) - 4 or token[at] == "="
