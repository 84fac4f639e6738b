"""Who said what: the product's reading of articles against spans drawn by people (brat files beside plain text)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.claim_extraction.engine.attribution import AttributionReader
from services.claim_extraction.engine.reports import Place
from services.claim_extraction.model import Block
from tests.bench.report import Figure, Rows, arguments, bootstrap, could_not_measure, input_path, publish

BARS = {"attribution_f1": ".50 (.55)", "content_token_f1": ".74", "valid_offsets": "1.0"}
_PARAGRAPH = re.compile(r"\S.*?(?=\n\s*\n|\Z)", re.S)
_TOKEN = re.compile(r"\w+")
_RANGE = re.compile(r"(\d+) (\d+)")
_ROLE = re.compile(r"(Source|Cue|Content)\d*:(T\d+)")

Tokens = frozenset[int]


@dataclass(frozen=True)
class Said:
    """One attribution as sets of token places."""

    source: Tokens
    cue: Tokens
    content: Tokens


@dataclass(frozen=True)
class Counted:
    """What one article adds to the sums."""

    matched: int
    found: int
    wanted: int
    common: int
    found_tokens: int
    wanted_tokens: int
    valid: int
    spans: int


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--data", help="folder with text/*.txt and attributions/*.ann")
    parser.add_argument("--model", help="an attribution model trained locally")
    parser.add_argument("--rules-only", action="store_true", help="word order alone, without the parser")
    options = parser.parse_args()
    folder = input_path(options.data, "attribution/polnear/dev")
    if options.model:
        could_not_measure("attribution is read by rules over syntax; there is no trained model to load")
    reader = AttributionReader.load(syntax=not options.rules_only)
    counts = [_count(text, wanted, reader) for text, wanted in articles(folder)]
    if not counts:
        could_not_measure(f"no pairs of text and attributions in {folder}")
    publish(
        "attribution",
        figures(counts, options.seed),
        n=len(counts),
        seed=options.seed,
        bars=BARS,
        notes=[
            f"{sum(each.wanted for each in counts)} attributions; a hit has half of the content both ways and a common source token"
        ],
        only_json=options.json,
    )


def figures(counts: Sequence[Counted], seed: int) -> dict[str, Figure | float]:
    def attribution(rows: Rows) -> float:
        return _f1(*(sum(getattr(counts[row], name) for row in rows) for name in ("matched", "found", "wanted")))

    def content(rows: Rows) -> float:
        return _f1(
            *(sum(getattr(counts[row], name) for row in rows) for name in ("common", "found_tokens", "wanted_tokens"))
        )

    matched, found, wanted = (sum(getattr(each, name) for each in counts) for name in ("matched", "found", "wanted"))
    return {
        "attribution_f1": bootstrap(attribution, len(counts), seed=seed),
        "content_token_f1": bootstrap(content, len(counts), seed=seed),
        "valid_offsets": sum(each.valid for each in counts) / max(1, sum(each.spans for each in counts)),
        "precision": matched / max(1, found),
        "recall": matched / max(1, wanted),
    }


def articles(folder: Path) -> Iterator[tuple[str, list[Said]]]:
    """Text and attributions of every article, by file name up to the last underscore."""
    for path in sorted((folder / "text").glob("*.txt")):
        drawn = sorted(
            each for each in (folder / "attributions").glob("*.ann") if each.stem.rpartition("_")[0] == path.stem
        )
        if drawn:
            text = path.read_text(encoding="utf-8")
            yield text, _drawn(drawn[0].read_text(encoding="utf-8"), _starts(text))


def _drawn(lines: str, tokens: Sequence[tuple[int, int]]) -> list[Said]:
    spans: dict[str, Tokens] = {}
    out = []
    for line in lines.splitlines():
        key, _, rest = line.partition("\t")
        if key.startswith("T"):
            offsets = rest.split("\t")[0].partition(" ")[2]
            ranges = [(int(start), int(end)) for start, end in _RANGE.findall(offsets)]
            spans[key] = frozenset().union(*(_inside(tokens, start, end) for start, end in ranges))
    for line in lines.splitlines():
        if line.startswith("E"):
            role: dict[str, Tokens] = {}
            for name, key in _ROLE.findall(line):
                role[name] = role.get(name, frozenset()) | spans.get(key, frozenset())
            out.append(
                Said(role.get("Source", frozenset()), role.get("Cue", frozenset()), role.get("Content", frozenset()))
            )
    return [said for said in out if said.content]


def _count(text: str, wanted: Sequence[Said], reader: AttributionReader) -> Counted:
    paragraphs = [(match.start(), match.group()) for match in _PARAGRAPH.finditer(text)]
    blocks = [Block(str(start), words) for start, words in paragraphs]
    reports = reader.read(blocks)
    tokens = _starts(text)

    def of(place: Place | None) -> Tokens:
        if place is None:
            return frozenset()
        start = paragraphs[place.block][0]
        return _inside(tokens, start + place.start, start + place.end)

    found = [Said(of(each.source), of(each.cue), frozenset().union(*map(of, each.contents))) for each in reports]
    places = [place for each in reports for place in (each.source, each.cue, *each.contents) if place is not None]
    valid = sum(0 <= place.start < place.end <= len(blocks[place.block].text) for place in places)
    found_tokens: Tokens = frozenset().union(*(each.content for each in found))
    wanted_tokens: Tokens = frozenset().union(*(each.content for each in wanted))
    return Counted(
        matched=_matches(found, wanted),
        found=len(found),
        wanted=len(wanted),
        common=len(found_tokens & wanted_tokens),
        found_tokens=len(found_tokens),
        wanted_tokens=len(wanted_tokens),
        valid=valid,
        spans=len(places),
    )


def _matches(found: Sequence[Said], wanted: Sequence[Said]) -> int:
    """Pairs, each attribution in one at most: half of the content on both sides, and a source token in common or none."""
    left, hits = list(found), 0
    for said in wanted:
        hit = next((each for each in left if _agree(each, said)), None)
        if hit is not None:
            left.remove(hit)
            hits += 1
    return hits


def _agree(found: Said, wanted: Said) -> bool:
    common = len(found.content & wanted.content)
    enough = common * 2 >= len(found.content) and common * 2 >= len(wanted.content) and common > 0
    return enough and bool(found.source & wanted.source or not (found.source or wanted.source))


def _starts(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _TOKEN.finditer(text)]


def _inside(tokens: Sequence[tuple[int, int]], start: int, end: int) -> Tokens:
    """Places of the tokens that touch start:end."""
    from bisect import bisect_left, bisect_right

    low = bisect_right(tokens, start, key=lambda span: span[1])
    high = bisect_left(tokens, end, key=lambda span: span[0])
    return frozenset(range(low, high))


def _f1(hits: float, found: float, wanted: float) -> float:
    return 2 * hits / (found + wanted) if found + wanted else 0.0


if __name__ == "__main__":
    main()
