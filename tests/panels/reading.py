"""One article with its sources, read and assessed by the product's own engines; no database, no network, no clock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.claim_extraction.engine import Extractor
from services.claim_extraction.model import Block, ClaimKind, FoundClaim, LinkKind
from services.verification.engine.assessing import Found, assess
from services.verification.model import Claim, Evidence, Origin, Outcome, PolicySettings, StageStatus

POLICY = PolicySettings(own_domains=frozenset({"courier.example"}))  # the paper's own pages are no evidence for it
GOLDEN = Path(__file__).parents[1] / "golden"
NAMES = sorted(path.stem for path in (GOLDEN / "panels").glob("*.json"))


@dataclass(frozen=True)
class Line:
    """A claim as a panel shows it."""

    claim: FoundClaim
    outcome: Outcome

    @property
    def name(self) -> str:
        """What became of the claim, in a word: its rating, else why there is none."""
        outcome = self.outcome
        if outcome.rating is not None:
            return outcome.rating.value
        return outcome.abstention_code.value if outcome.abstention_code else outcome.status.value


@dataclass(frozen=True)
class Panel:
    about: str
    sources: Mapping[str, Evidence]
    lines: tuple[Line, ...]


def panel(name: str, extractor: Extractor) -> Panel:
    """The panel of one golden article."""
    given = _json("panels", name)
    article = given.get("article") or _json("articles", name)
    blocks = [Block(block_id, text) for block_id, text in article["blocks"].items()]
    published = datetime.fromisoformat(article["published_at"]).replace(tzinfo=UTC)
    sources = {
        f"e{number}": Evidence(
            f"e{number}", each["text"], url=each["url"], title=each["publisher"], publisher=each["publisher"],
            origin=Origin.FETCHED,
            published_at=_day(each.get("published_at", "")),
            published_at_source="page" if each.get("published_at") else "",
        )
        for number, each in enumerate(given["sources"], start=1)
    }  # fmt: skip
    whole = "\n".join(article["blocks"].values())
    found = extractor.extract(blocks, published_at=published).claims
    lines = tuple(_line(each, _parts(each, found), sources, whole, published) for each in found)
    return Panel(article["about"], sources, lines)


def _parts(whole: FoundClaim, found: Sequence[FoundClaim]) -> tuple[str, ...]:
    key = whole.key
    return tuple(e.text for e in found if any(k.kind is LinkKind.PART_OF and k.claim_id == key for k in e.links))


def _line(
    found: FoundClaim, parts: tuple[str, ...], sources: Mapping[str, Evidence], whole: str, published: datetime
) -> Line:
    said = found.attribution
    claim = Claim(
        found.key,
        found.text,
        found.text_hash,
        article_text=whole,
        article_url="https://courier.example/story",
        published_at=published,
        source_name=said.source_name,
        verbatim=said.verbatim,
        parts=parts,
    )
    looked = Found(
        sources=tuple(sources.values()),
        retrieval=(StageStatus.FOUND, f"{len(sources)} of {len(sources)} pages read"),
        report=found.kind is ClaimKind.REPORT,
    )
    return Line(found, assess(claim, looked, POLICY, lambda: 0.0))


def _day(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _json(folder: str, name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((GOLDEN / folder / f"{name}.json").read_text(encoding="utf-8"))
    return read
