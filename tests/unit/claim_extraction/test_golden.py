"""Whole articles of different kinds, written for the project, with every claim, span and link checked by eye."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.claim_extraction.engine import Extractor
from services.claim_extraction.model import Block, Findings, FoundClaim

ARTICLES = sorted((Path(__file__).parents[2] / "golden" / "articles").glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    article: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return article


def extract(article: dict[str, Any], extractor: Extractor) -> Findings:
    blocks = [Block(block_id, text) for block_id, text in article["blocks"].items()]
    return extractor.extract(blocks, published_at=datetime.fromisoformat(article["published_at"]).replace(tzinfo=UTC))


def told(claim: FoundClaim, places: dict[str, int]) -> dict[str, Any]:
    """A claim in the words of a golden file: facts only, no scores."""
    said = claim.attribution
    row: dict[str, Any] = {
        "kind": claim.kind.value,
        "text": claim.text,
        "anchors": [[each.block_id, each.start, each.end] for each in claim.anchors],
        "source_kind": said.kind.value,
        "quantities": [
            [each.exact, each.comparator, each.value, each.upper, each.dimension, each.unit, each.change]
            for each in claim.quantities
        ],
        "dates": [[each.exact, each.value] for each in claim.dates],
        "links": [[each.kind.value, places[each.claim_id]] for each in claim.links],
    }
    if said.source_name:
        row["source_name"] = said.source_name
    if said.source:
        row["source"] = [said.source.block_id, said.source.start, said.source.end, said.source.exact]
    if said.cue:
        row["cue"] = said.cue.exact
    return row | {name: True for name in ("verbatim", "denied") if getattr(said, name)}


def test_there_are_golden_articles_of_at_least_twelve_kinds() -> None:
    assert len({read(path)["about"] for path in ARTICLES}) >= 12


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_a_golden_article_gives_exactly_its_claims(path: Path, extractor: Extractor) -> None:
    article = read(path)
    found = extract(article, extractor)
    places = {claim.key: at for at, claim in enumerate(found.claims)}
    assert [told(claim, places) for claim in found.claims] == article["claims"]
    assert found.language == article["language"]


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_every_span_of_a_golden_article_holds_its_words(path: Path) -> None:
    article = read(path)
    for claim in article["claims"]:
        pieces = [article["blocks"][block][start:end] for block, start, end in claim["anchors"]]
        assert claim["text"] in (pieces[0], " ".join(pieces).replace(",", ""), " ".join(pieces))
        if "source" in claim:
            block, start, end, exact = claim["source"]
            assert article["blocks"][block][start:end] == exact


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: path.stem)
def test_a_known_miss_that_is_found_after_all_moves_to_the_claims(path: Path, extractor: Extractor) -> None:
    article = read(path)
    found = {claim.text for claim in extract(article, extractor).claims}
    assert not found & {each["text"] for each in article["known_misses"]}
