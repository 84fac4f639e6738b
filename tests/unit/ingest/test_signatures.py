"""Standard Webhooks signatures: right ones pass, everything else is the same 401."""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from services.ingest.signatures import BadSignature, SigningKey, new_secret, sign, verify

NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
STAMP = int(NOW.timestamp())
BODY = '{"title": "Café \\/ \\ud83d\\ude00 😀"}'.encode()
SECRET = new_secret()
KEY = SigningKey.parse(SECRET)


def headers(
    *, webhook_id: str = "msg_1", stamp: str = str(STAMP), signature: str | None = None
) -> list[tuple[bytes, bytes]]:
    signature = sign(SECRET, webhook_id, STAMP, BODY) if signature is None else signature
    return [
        (b"Webhook-Id", webhook_id.encode("latin-1")),
        (b"Webhook-Timestamp", stamp.encode("latin-1")),
        (b"Webhook-Signature", signature.encode("latin-1")),
    ]


def test_S1_a_right_signature_gives_the_webhook_id() -> None:
    assert verify([KEY], headers(), BODY, now=NOW) == "msg_1"


def test_S1_our_signature_is_what_the_reference_library_makes() -> None:
    made = Webhook(SECRET).sign("msg_7", NOW, BODY.decode())
    assert sign(SECRET, "msg_7", STAMP, BODY) == made
    Webhook(SECRET).verify(
        '{"a": 1}', {
            "webhook-id": "m", "webhook-timestamp": str(int(datetime.now(UTC).timestamp())),
            "webhook-signature": sign(SECRET, "m", int(datetime.now(UTC).timestamp()), b'{"a": 1}'),
        },
    )  # fmt: skip


@pytest.mark.parametrize("seconds", [-300, 300])
def test_S1_the_edge_of_the_window_is_inside(seconds: int) -> None:
    assert verify([KEY], headers(), BODY, now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_S1_too_old_or_too_new_is_refused(seconds: int) -> None:
    with pytest.raises(BadSignature):
        verify([KEY], headers(), BODY, now=NOW + timedelta(seconds=seconds))


def test_S1_the_raw_bytes_count_not_what_they_mean() -> None:
    with pytest.raises(BadSignature):
        verify([KEY], headers(), BODY.replace(b": ", b":"), now=NOW)


def test_S1_during_a_rotation_either_secret_is_good() -> None:
    newer = new_secret()
    keys = [SigningKey.parse(newer), KEY]
    assert verify(keys, headers(), BODY, now=NOW)
    both = sign(newer, "msg_1", STAMP, BODY) + " " + sign(SECRET, "msg_1", STAMP, BODY)
    assert verify([KEY], headers(signature=both), BODY, now=NOW)
    with pytest.raises(BadSignature):
        verify(keys, headers(signature=sign(new_secret(), "msg_1", STAMP, BODY)), BODY, now=NOW)


def test_S1_ed25519_signatures_are_verified() -> None:
    private = Ed25519PrivateKey.generate()
    key = SigningKey.parse("whpk_" + base64.b64encode(private.public_key().public_bytes_raw()).decode())
    right = base64.b64encode(private.sign(b"msg_1.%d.%s" % (STAMP, BODY))).decode()
    assert verify([key], headers(signature=f"v1a,{right}"), BODY, now=NOW)
    for wrong in (f"v1,{right}", "v1a,AAAA", f"v1a,{right[:-4]}AAA="):
        with pytest.raises(BadSignature):
            verify([key], headers(signature=wrong), BODY, now=NOW)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        " ",
        "v1",
        "v1,",
        ",",
        "v1,é",
        "v1,!!!!",
        "v2,AAAA",
        "v1 AAAA",
        "  v1,AAAA  v1,",
        "v1,AAAA,BBBB",
        "\x00",
        "v1,AAA",
    ],
)
def test_S1_a_malformed_signature_header_is_a_bad_signature(signature: str) -> None:
    with pytest.raises(BadSignature):
        verify([KEY], headers(signature=signature), BODY, now=NOW)


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "9" * 40, f" {STAMP}", f"{STAMP}.0", "٣٤٥"[:0] + "²"])
def test_S1_a_malformed_timestamp_is_a_bad_signature(stamp: str) -> None:
    with pytest.raises(BadSignature):
        verify([KEY], headers(stamp=stamp), BODY, now=NOW)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_S1_a_missing_or_doubled_header_is_a_bad_signature(missing: int) -> None:
    right = headers()
    with pytest.raises(BadSignature):
        verify([KEY], [h for at, h in enumerate(right) if at != missing], BODY, now=NOW)
    if missing < 2:
        with pytest.raises(BadSignature):
            verify([KEY], [*right, right[missing]], BODY, now=NOW)


def test_S1_nobody_has_no_key_not_even_the_empty_one() -> None:
    empty = "whsec_" + base64.b64encode(bytes(32)).decode()
    with pytest.raises(BadSignature):
        verify([], headers(signature=sign(empty, "msg_1", STAMP, BODY)), BODY, now=NOW)


@given(
    st.lists(
        st.tuples(st.sampled_from([b"webhook-id", b"webhook-timestamp", b"webhook-signature"]), st.binary(max_size=80))
    )
)
def test_S1_no_headers_whatever_raise_anything_else(given_headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(BadSignature):
        verify([KEY], given_headers, BODY, now=NOW)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_AAAA", "whsec_!!", "whpk_AAAA", "secret", "whsec_" + "A" * 400])
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        SigningKey.parse(text)


def test_S1_signatures_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time tells nothing: every comparison of a digest goes through the one that does not stop at the first difference."""
    compared: list[bytes] = []
    compare = hmac.compare_digest

    def noted(ours: bytes, theirs: bytes) -> bool:
        compared.append(theirs)
        return compare(ours, theirs)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    forged = "v1," + base64.b64encode(bytes(32)).decode()
    with pytest.raises(BadSignature):
        verify([KEY], headers(signature=forged), BODY, now=NOW)
    assert compared == [bytes(32)]
