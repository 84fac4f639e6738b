"""Where do anchors stand after an edit? Real texts, random edits whose effect on every letter is known."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from services.claim_extraction.engine import Extractor
from services.claim_extraction.model import (
    Anchor,
    Block,
    ClaimSheet,
    ClaimState,
    Fate,
    reanchor,
    settle_claims,
    words_hash,
)
from shared.events import Version
from tests.bench.report import arguments, could_not_measure, input_path, publish

BARS = {"wrong": "0", "kept_of_surviving": ">= .95"}
RESETTLE = 10  # every so many edits the edited text is read anew and the whole sheet settled
PUBLISHED = datetime(2024, 1, 1, tzinfo=UTC)
_PARAGRAPH = re.compile(r"\S.*?(?=\n\s*\n|\Z)", re.S)
_SENTENCE_START = re.compile(r"(?<=[.!?])\s+(?=\S)")
_WORD = re.compile(r"\w+")
NEWS = ("Nobody had expected it. ", "The ministry did not comment on 12 of 40 questions. ", "It was raining, “hard”. ")

Letter = tuple[str, tuple[str, int] | None]
"""A character and where it stood before the edits; None for what an edit wrote."""


@dataclass
class Page:
    """Blocks of letters that remember where they came from."""

    blocks: list[tuple[str, list[Letter]]]

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> Page:
        return cls(
            [(each.block_id, [(char, (each.block_id, at)) for at, char in enumerate(each.text)]) for each in blocks]
        )

    def text(self) -> list[Block]:
        return [Block(block_id, "".join(char for char, _ in letters)) for block_id, letters in self.blocks]

    def places_of(self, anchor: Anchor) -> set[tuple[str, int]]:
        """Where the anchor's letters stand now, together and in their order: the original and every pasted copy of it."""
        wanted = [(anchor.block_id, at) for at in range(anchor.start, anchor.end)]
        found = set()
        for block_id, letters in self.blocks:
            origins = [origin for _, origin in letters]
            for start in (at for at, origin in enumerate(origins) if origin == wanted[0]):
                if origins[start : start + len(wanted)] == wanted:
                    found.add((block_id, start))
        return found


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--data", help="folder of .txt files, searched through")
    parser.add_argument("--edits", type=int, default=50)
    parser.add_argument("--texts", type=int, default=0, help="only so many texts; 0 takes all")
    options = parser.parse_args()
    folder = input_path(options.data, "attribution/polnear/dev/text")
    paths = sorted(folder.rglob("*.txt"))[: options.texts or None]
    if not paths:
        could_not_measure(f"no .txt files in {folder}")
    chance = random.Random(options.seed)
    extractor = Extractor.load()
    counted: Counter[str] = Counter()
    for path in paths:
        counted.update(_article(path, extractor, options.edits, chance))
    total = sum(counted[fate] for fate in ("exact", "moved", "orphaned", "wrong"))
    publish(
        "anchors",
        {
            "exact": counted["exact"] / max(1, total),
            "moved": counted["moved"] / max(1, total),
            "orphaned": counted["orphaned"] / max(1, total),
            "wrong": counted["wrong"],
            "kept_of_surviving": counted["kept"] / max(1, counted["surviving"]),
            "sheets_settled": counted["sheets"],
        },
        n=total,
        seed=options.seed,
        bars=BARS,
        notes=[
            f"{len(paths)} texts, {options.edits} edits each; wrong counts anchors and settled claims on other words or letters"
        ],
        only_json=options.json,
    )


def _article(path: Path, extractor: Extractor, edits: int, chance: random.Random) -> Counter[str]:
    text = path.read_text(encoding="utf-8")
    blocks = [Block(f"b{at}", match.group()) for at, match in enumerate(_PARAGRAPH.finditer(text))]
    empty = ClaimSheet(subject_id=path.stem, site_id="bench")
    found = extractor.extract(blocks, published_at=PUBLISHED, language="en")
    sheet = settle_claims(empty, found, article_version=Version(0, 1), blocks=blocks, new_id=str)
    pairs = {
        anchor: [twin for twin in claim.anchors if twin.exact == anchor.exact]
        for claim in sheet.claims
        for anchor in claim.anchors
    }
    counted: Counter[str] = Counter()
    for number in range(edits):
        page = Page.of(blocks)
        for _ in range(chance.randint(1, 4)):
            chance.choice(EDITS)(page, chance)
        after = page.text()
        for anchor, twins in pairs.items():
            counted.update(_judge(anchor, twins, page, after))
        if number % RESETTLE == 0:
            counted.update(_settled(sheet, after, extractor))
    return counted


def _judge(anchor: Anchor, twins: Sequence[Anchor], page: Page, after: Sequence[Block]) -> list[str]:
    """Right is where the anchor's own letters stand, or those of a twin: a sentence that stands twice in an article is
    one claim, and where one of its places is deleted the other is still its place."""
    result = reanchor(anchor, after)
    survives = ["surviving"] if page.places_of(anchor) else []
    truth = {place for twin in twins for place in page.places_of(twin)}
    if result.anchor is None:
        return [*survives, "orphaned"]
    text = next(block.text for block in after if block.block_id == result.anchor.block_id)
    same_words = text[result.anchor.start : result.anchor.end] == anchor.exact
    if not same_words or (result.anchor.block_id, result.anchor.start) not in truth:
        return [*survives, "wrong"]
    return [*survives, "kept", "exact" if result.fate is Fate.EXACT else "moved"]


def _settled(sheet: ClaimSheet, after: Sequence[Block], extractor: Extractor) -> Counter[str]:
    """No claim may be active on words that are not its own."""
    found = extractor.extract(after, published_at=PUBLISHED, language="en")
    settled = settle_claims(sheet, found, article_version=Version(0, 2), blocks=after, new_id=str)
    texts = {block.block_id: block.text for block in after}
    counted = Counter(sheets=1)
    before = {claim.claim_id: claim for claim in sheet.claims}
    for claim in settled.claims:
        if claim.state is not ClaimState.ACTIVE:
            continue
        same = claim.claim_id not in before or before[claim.claim_id].text_hash == claim.text_hash == words_hash(
            claim.text
        )
        exact = all(texts[each.block_id][each.start : each.end] == each.exact for each in claim.anchors)
        counted["wrong"] += not (same and exact)
    return counted


Edit = Callable[[Page, random.Random], None]


def _any_block(page: Page, chance: random.Random) -> tuple[str, list[Letter]] | None:
    return chance.choice(page.blocks) if page.blocks else None


def _written(text: str) -> list[Letter]:
    return [(char, None) for char in text]


def _sentences(letters: Sequence[Letter]) -> list[int]:
    """Starts of sentences, and the end."""
    text = "".join(char for char, _ in letters)
    return [0, *(match.end() for match in _SENTENCE_START.finditer(text)), len(text)]


def insert_sentence(page: Page, chance: random.Random) -> None:
    if (block := _any_block(page, chance)) is not None:
        at = chance.choice(_sentences(block[1])[:-1])
        block[1][at:at] = _written(chance.choice(NEWS))


def delete_sentence(page: Page, chance: random.Random) -> None:
    if (block := _any_block(page, chance)) is not None:
        starts = _sentences(block[1])
        at = chance.randrange(len(starts) - 1)
        del block[1][starts[at] : starts[at + 1]]


def copy_sentence(page: Page, chance: random.Random) -> None:
    """Cut and paste without the cut: the letters keep their origin, for no reader can tell the copy from the original."""
    if (block := _any_block(page, chance)) is not None and (target := _any_block(page, chance)) is not None:
        starts = _sentences(block[1])
        at = chance.randrange(len(starts) - 1)
        copied = list(block[1][starts[at] : starts[at + 1]])
        to = chance.choice(_sentences(target[1])[:-1])
        target[1][to:to] = [*copied, *_written(" ")]


def change_word(page: Page, chance: random.Random) -> None:
    if (block := _any_block(page, chance)) is not None:
        text = "".join(char for char, _ in block[1])
        words = list(_WORD.finditer(text))
        if words:
            word = chance.choice(words)
            others = ("7", "8") if word.group().isdecimal() else ("never", "often")
            new = next(other for other in others if other != word.group())
            block[1][word.start() : word.end()] = _written(new)


def insert_paragraph(page: Page, chance: random.Random) -> None:
    at = chance.randint(0, len(page.blocks))
    page.blocks.insert(at, (f"new{chance.randrange(10**9)}", _written(chance.choice(NEWS).strip())))


def delete_paragraph(page: Page, chance: random.Random) -> None:
    if page.blocks:
        page.blocks.pop(chance.randrange(len(page.blocks)))


def move_paragraph(page: Page, chance: random.Random) -> None:
    if page.blocks:
        page.blocks.insert(chance.randrange(len(page.blocks)), page.blocks.pop(chance.randrange(len(page.blocks))))


def split_paragraph(page: Page, chance: random.Random) -> None:
    if page.blocks:
        at = chance.randrange(len(page.blocks))
        block_id, letters = page.blocks[at]
        cut = chance.choice(_sentences(letters))
        page.blocks[at : at + 1] = [(block_id, letters[:cut]), (f"cut{chance.randrange(10**9)}", letters[cut:])]


def join_paragraphs(page: Page, chance: random.Random) -> None:
    if len(page.blocks) > 1:
        at = chance.randrange(len(page.blocks) - 1)
        (block_id, first), (_, second) = page.blocks[at], page.blocks[at + 1]
        page.blocks[at : at + 2] = [(block_id, [*first, *_written(" "), *second])]


EDITS: tuple[Edit, ...] = (
    insert_sentence,
    delete_sentence,
    copy_sentence,
    change_word,
    insert_paragraph,
    delete_paragraph,
    move_paragraph,
    split_paragraph,
    join_paragraphs,
)


if __name__ == "__main__":
    main()
