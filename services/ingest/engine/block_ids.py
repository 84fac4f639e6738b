"""Block ids that survive edits: listening positions, permalinks and claim anchors hang on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from services.ingest.engine.passages import Passage
from shared.ids import derived_id

ALIKE = 0.5
"""Share of common words from which a changed block counts as the same block, edited."""
_FAR = 20
"""How many places an edited block may have moved within its changed stretch: keeps long rewrites linear."""


@dataclass(frozen=True, slots=True)
class Block:
    """A passage with its id."""

    block_id: str
    kind: str
    text: str
    html: str


def give_ids(passages: Sequence[Passage], previous: Sequence[Block], *, article_id: str) -> tuple[Block, ...]:
    """Blocks of `passages`; ids are unique within the article.

    A block whose text stands in the previous version keeps its id, also when it moved. A changed block takes the id of
    the most similar block that stood in its place. Anything else gets an id derived from the article and its text.
    """
    old, new = _counted(block.text for block in previous), _counted(passage.text for passage in passages)
    ids: dict[int, str] = {}
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for tag, i, _, j, j_end in opcodes:
        if tag == "equal":
            ids.update((at, previous[i + at - j].block_id) for at in range(j, j_end))
    _moved(old, new, previous, ids)
    for tag, i, i_end, j, j_end in opcodes:
        if tag == "replace":
            _edited(range(i, i_end), range(j, j_end), previous, passages, ids)
    taken = set(ids.values())
    blocks = []
    for at, passage in enumerate(passages):
        block_id = ids.get(at) or _fresh(article_id, new[at], taken)
        taken.add(block_id)
        blocks.append(Block(block_id, passage.kind, passage.text, passage.html))
    return tuple(blocks)


def _counted(texts: Iterable[str]) -> list[tuple[str, int]]:
    """Each text with its how-manieth occurrence, so that repeated lines stay distinct and matching stays linear."""
    seen: Counter[str] = Counter()
    out = []
    for text in texts:
        seen[text] += 1
        out.append((text, seen[text]))
    return out


def _moved(
    old: Sequence[tuple[str, int]], new: Sequence[tuple[str, int]], previous: Sequence[Block], ids: dict[int, str]
) -> None:
    """The same words at another place keep their id."""
    taken = set(ids.values())
    where = {text: at for at, text in enumerate(old) if previous[at].block_id not in taken}
    for at, text in enumerate(new):
        if at not in ids and text in where:
            ids[at] = previous[where[text]].block_id


def _edited(
    olds: range, news: range, previous: Sequence[Block], passages: Sequence[Passage], ids: dict[int, str]
) -> None:
    """Pair the changed blocks of one stretch, the most similar first; position decides between equals."""
    taken = set(ids.values())
    words = {i: Counter(previous[i].text.casefold().split()) for i in olds if previous[i].block_id not in taken}
    pairs = []
    for j in news:
        if j in ids:
            continue
        mine = Counter(passages[j].text.casefold().split())
        for i, theirs in words.items():
            apart = abs((j - news.start) - (i - olds.start))
            if apart <= _FAR and (alike := _similarity(mine, theirs)) >= ALIKE:
                pairs.append((-alike, apart, j, i))
    for _, _, j, i in sorted(pairs):
        if j not in ids and i in words:
            ids[j] = previous[i].block_id
            del words[i]


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    """Sørensen-Dice over words, 0 to 1."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0


def _fresh(article_id: str, text: tuple[str, int], taken: set[str]) -> str:
    """An id derived from the article, the words and which of several equal blocks this is."""
    words, first = text
    for number in range(first, first + len(taken) + 1):
        block_id = "b" + derived_id("block", article_id, words, str(number)).hex[:10]
        if block_id not in taken:
            return block_id
    raise AssertionError("one more id than were taken")
