"""Static files, headers and forms shared by every page."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from shared.web import Assets, Field, Form, FormErrors, page_headers
from shared.web.assets import UnknownAsset
from shared.web.headers import asset_headers, content_security_policy
from shared.web.pages import clock, day, iso, moment, plural


def test_an_address_changes_with_the_content_and_an_old_one_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("p{}")
    before = Assets("/static/x", tmp_path).url("a.css")
    (tmp_path / "a.css").write_text("p{color:red}")
    after = Assets("/static/x", tmp_path)
    assert after.url("a.css") != before
    assert after.find(before) is None
    found = after.find(after.url("a.css"))
    assert found is not None
    assert found.body == b"p{color:red}"


def test_a_missing_file_fails_the_first_render_and_no_path_leaves_the_folder() -> None:
    assets = Assets("/static/x")
    with pytest.raises(UnknownAsset):
        assets.url("nothing.css")
    assert assets.find("/static/x/../pages.py") is None


def test_the_zipped_bytes_are_the_bytes() -> None:
    for asset in Assets("/static/x").all():
        if asset.gzipped is not None:
            assert gzip.decompress(asset.gzipped) == asset.body


def test_S5_the_policy_lists_no_unsafe_word_and_no_wildcard() -> None:
    policy = content_security_policy(form_targets=["https://c.example"], image_hosts=["https://i.example"])
    assert "unsafe" not in policy
    assert "*" not in policy
    assert "default-src 'none'" in policy
    assert "form-action 'self' https://c.example" in policy
    assert "frame-ancestors 'none'" in policy


def test_RP12_framing_is_denied_unless_an_ancestor_is_named() -> None:
    assert page_headers()["x-frame-options"] == "DENY"
    assert page_headers()["x-content-type-options"] == "nosniff"
    embed = page_headers(frame_ancestors=["https://partner.example"])
    assert "x-frame-options" not in embed
    assert "frame-ancestors https://partner.example" in embed["content-security-policy"]
    assert page_headers(indexable=False)["x-robots-tag"].startswith("noindex")


def test_hashed_files_are_kept_for_good() -> None:
    headers = asset_headers("text/css", gzipped=True)
    assert "immutable" in headers["cache-control"]
    assert headers["content-encoding"] == "gzip"


def test_S7_a_refused_form_keeps_its_values_and_puts_each_error_at_its_field() -> None:
    form = Form("f", "/x", "Send", (Field("a", "A"), Field("b", "B", required=True)))
    refused = form.filled({"a": "kept"}, FormErrors({"b": "Please say B.", "": "Nothing was sent."}))
    assert refused.failed
    assert [one.value for one in refused.fields] == ["kept", ""]
    assert [one.error for one in refused.fields] == ["", "Please say B."]
    assert refused.error == "Nothing was sent."
    assert not form.filled({"a": "fine"}).failed


def test_times_are_shown_in_utc_whatever_zone_they_come_in() -> None:
    when = datetime(2026, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2)))
    assert day(when) == "31 December 2025"
    assert moment(when) == "31 December 2025, 22:30 UTC"
    assert iso(when) == "2025-12-31T22:30:00Z"
    assert iso(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"


def test_counts_and_durations_read_like_english() -> None:
    assert [plural(count, "reply", "replies") for count in (0, 1, 1200)] == ["No replies", "1 reply", "1,200 replies"]
    assert [clock(ms) for ms in (0, 59_600, 247_000, 3_729_000)] == ["0:00", "1:00", "4:07", "1:02:09"]
