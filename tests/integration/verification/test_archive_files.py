"""Files people hand to `import claimreview`: whatever is wrong with one is said of it by name, and nothing is guessed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.verification.archive_files import reviews_in
from shared.errors import Refused

REVIEW = {"@type": "ClaimReview", "claimReviewed": "Sharks never sleep.", "url": "https://desk.example/1"}


async def read(path: Path) -> tuple[list[tuple[str, object]], list[tuple[str, str]]]:
    """Where each review stands with its claim, and what was passed over."""
    passed: list[tuple[str, str]] = []
    found = [
        (each.where, each.item.get("claimReviewed"))
        async for each in reviews_in(path, "https://desk.example", None, lambda *told: passed.append(told))
    ]
    return found, passed


BROKEN = {
    "empty.json": (b"", "NOT_JSON"),
    "deep.json": (b'{"a":' * 100_000, "NOT_JSON"),
    "latin.json": (json.dumps(REVIEW).replace("Sharks", "Caf\xe9s").encode("latin-1"), "NOT_UTF8"),
    "wide.json": (json.dumps(REVIEW).encode("utf-16"), "NOT_UTF8"),
    "latin.csv": ("claim,url\nCaf\xe9s close.,https://desk.example/1\n".encode("latin-1"), "NOT_UTF8"),
    "columns.csv": (b"text,link\na,b\n", "MISSING_COLUMN"),
    "long.csv": (b"claim,url\n" + b"x" * 200_000 + b",https://desk.example/1\n", "NOT_CSV"),
    "deep.html": (b"<div>" * 100_000, "UNREADABLE_PAGE"),
    "attributes.html": (b"<div " + b"a=1 " * 100_000 + b">", "UNREADABLE_PAGE"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_S7_a_broken_file_is_refused_by_its_name(tmp_path: Path, name: str) -> None:
    body, reason = BROKEN[name]
    (tmp_path / name).write_bytes(body)
    with pytest.raises(Refused) as refused:
        await read(tmp_path / name)
    assert (refused.value.reason, refused.value.field) == (reason, "path")
    assert name in refused.value.message


async def test_S7_a_broken_file_in_a_folder_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    for name, (body, _) in BROKEN.items():
        (tmp_path / name).write_bytes(body)
    (tmp_path / "good.json").write_text(json.dumps([REVIEW, REVIEW]))
    (tmp_path / "good.csv").write_bytes("\ufeffclaim,url\nCaf\xe9s close.,https://desk.example/1\n".encode())
    found, passed = await read(tmp_path)
    assert sorted(where for where, _ in found) == ["good.csv, row 1", "good.json, review 1", "good.json, review 2"]
    assert dict(found)["good.csv, row 1"] == "Caf\xe9s close."
    assert {name for name, _ in passed} == set(BROKEN)


async def test_a_page_is_read_in_the_letters_it_declares(tmp_path: Path) -> None:
    script = json.dumps(REVIEW | {"claimReviewed": "Caf\xe9s close."}, ensure_ascii=False)
    page = f'<meta charset="iso-8859-1"><script type="application/ld+json">{script}</script>'
    (tmp_path / "page.html").write_bytes(page.encode("latin-1"))
    assert await read(tmp_path / "page.html") == ([("page.html", "Caf\xe9s close.")], [])


async def test_a_number_without_end_costs_no_review(tmp_path: Path) -> None:
    review = json.dumps(REVIEW | {"reviewRating": {"ratingValue": 0}}).replace(": 0", ": " + "9" * 6_000)
    (tmp_path / "feed.json").write_text(review)
    assert await read(tmp_path / "feed.json") == ([("feed.json, review 1", "Sharks never sleep.")], [])
