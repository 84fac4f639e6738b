"""Sentences and reports to candidate claims with their anchors and attribution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.claim_extraction.engine.names import Speaker
from services.claim_extraction.engine.reports import Place, Report, trimmed
from services.claim_extraction.engine.sentences import Sentence
from services.claim_extraction.model import (
    Anchor,
    Attribution,
    Block,
    SourceKind,
    anchor_at,
    normalise,
    sha256_of,
)

RETOLD = 0.4  # share of a content that another report takes up for the two to be one
MOST = 0.6  # share of a sentence from which on it speaks for its part


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words that may be a claim. `report` is set on what somebody else said: the claim that they said it."""

    text: str
    anchors: tuple[Anchor, ...]
    attribution: Attribution
    report: Candidate | None = None

    @property
    def judged(self) -> str:
        """What is asked to be worth checking: the whole sentence where the words make up most of it."""
        if self.report is None or len(self.text) <= MOST * len(self.report.text):
            return self.text
        mine, whole = self.anchors[0], self.report.anchors[0]
        inside = mine.block_id == whole.block_id and whole.start <= mine.start and mine.end <= whole.end
        return self.report.text if inside else self.text


def candidates_of(
    blocks: Sequence[Block], sentences: Sequence[Sentence], reports: Sequence[Report], speakers: Sequence[Speaker]
) -> list[Candidate]:
    """All candidates in reading order: what the author says in whole sentences, what others say piece by piece."""
    return list(_Assembly(blocks, sentences).candidates(list(zip(reports, speakers, strict=True))))


class _Assembly:
    def __init__(self, blocks: Sequence[Block], sentences: Sequence[Sentence]) -> None:
        self._blocks = blocks
        self._sentences = sentences
        self._hashes = [sha256_of(block.text) for block in blocks]
        self._by_block: dict[int, list[Sentence]] = {}
        for sentence in sentences:
            self._by_block.setdefault(sentence.block, []).append(sentence)

    def candidates(self, reports: Sequence[tuple[Report, Speaker]]) -> Iterator[Candidate]:
        """A sentence that reports gives its contents; any other is the author's own."""
        cues = [(report.cue, report.contents) for report, _ in reports if report.cue]
        spoken: set[Sentence] = set()
        placed: list[tuple[tuple[int, int], Candidate]] = []
        for report, speaker in reports:
            attribution = self._attribution(report, speaker)
            home = self._home(report)
            spoken.update(self._spoken(report, home))
            saying = self._saying(home, attribution) if home else None
            for pieces in self._pieces(report):
                if report.denied or any(_retold(pieces, cue, contents) for cue, contents in cues):
                    continue  # "X denied that P" does not say P, and of "A says B says P" only P is left to check
                candidate = self._candidate(pieces, attribution, saying)
                placed.append(((pieces[0].block, pieces[0].start), candidate))
            if report.denied and home:
                placed.append(((home.block, home.start), self._candidate([_place(home)], attribution, None)))
        for sentence in self._sentences:
            if sentence not in spoken:
                author = Attribution(SourceKind.AUTHOR)
                placed.append(((sentence.block, sentence.start), self._candidate([_place(sentence)], author, None)))
        yield from (candidate for _, candidate in sorted(placed, key=lambda pair: pair[0]))

    def _home(self, report: Report) -> Sentence | None:
        """The sentence in which it is said that somebody said it."""
        mark = report.cue or report.source
        if mark is None:
            return None
        return next((each for each in self._by_block.get(mark.block, ()) if each.start <= mark.start < each.end), None)

    def _spoken(self, report: Report, home: Sentence | None) -> Iterator[Sentence]:
        """Sentences that are somebody else's for the most part; of any other the rest is still the author's."""
        for sentence in {
            each for block in {content.block for content in report.contents} for each in self._by_block.get(block, ())
        }:
            marks = [*report.contents, *filter(None, (report.source, report.cue))]
            inside = [
                min(mark.end, sentence.end) - max(mark.start, sentence.start)
                for mark in marks
                if mark.meets(_place(sentence))
            ]
            opens = report.verbatim and any(_opens(content, sentence) for content in report.contents)
            most = sum(inside) >= MOST * (sentence.end - sentence.start)
            if most or opens or (report.denied and sentence == home):
                yield sentence

    def _pieces(self, report: Report) -> Iterator[list[Place]]:
        """What was said, sentence by sentence; a sentence the cue interrupts comes as two places."""
        groups: list[list[Place]] = []
        for content in report.contents:
            for sentence in self._by_block.get(content.block, ()):
                if not content.meets(_place(sentence)):
                    continue
                piece = self._trimmed(content.block, max(content.start, sentence.start), min(content.end, sentence.end))
                if piece is None:
                    continue
                if groups and self._goes_on(groups[-1][-1], piece):
                    groups[-1].append(piece)
                else:
                    groups.append([piece])
        yield from groups

    def _goes_on(self, before: Place, piece: Place) -> bool:
        """ "We cut taxes," he said, "and created jobs": the second half starts small and nothing ended the first."""
        ended = before.words(self._blocks)[-1:] in tuple(".!?…")
        return before.block == piece.block and not ended and piece.words(self._blocks)[:1].islower()

    def _trimmed(self, block: int, start: int, end: int) -> Place | None:
        found = trimmed(self._blocks[block].text, start, end)
        return Place(block, *found) if found else None

    def _saying(self, home: Sentence, attribution: Attribution) -> Candidate:
        return self._candidate([_place(home)], attribution, None)

    def _candidate(self, pieces: Sequence[Place], attribution: Attribution, saying: Candidate | None) -> Candidate:
        anchors = tuple(self._anchor(piece) for piece in pieces)
        text = anchors[0].exact if len(anchors) == 1 else normalise(" ".join(anchor.exact for anchor in anchors))
        return Candidate(text, anchors, attribution, saying)

    def _attribution(self, report: Report, speaker: Speaker) -> Attribution:
        return Attribution(
            kind=speaker.kind,
            source_name=speaker.name,
            source=self._anchor(report.source) if report.source else None,
            cue=self._anchor(report.cue) if report.cue else None,
            contents=tuple(self._anchor(content) for content in report.contents),
            verbatim=report.verbatim,
            denied=report.denied,
        )

    def _anchor(self, place: Place) -> Anchor:
        return anchor_at(self._blocks[place.block], place.start, place.end, text_sha256=self._hashes[place.block])


def _retold(pieces: Sequence[Place], cue: Place, contents: Sequence[Place]) -> bool:
    """The pieces are mostly another report: its cue and most of its content stand in them."""
    if not any(piece.covers(cue) for piece in pieces):
        return False
    inner = sum(content.end - content.start for content in contents if any(piece.covers(content) for piece in pieces))
    return inner > RETOLD * sum(piece.end - piece.start for piece in pieces)


def _opens(content: Place, sentence: Sentence) -> bool:
    """Somebody else's words stand first, behind no more than a quotation mark: the sentence is not the author's."""
    return content.block == sentence.block and 0 <= content.start - sentence.start <= 2 and content.end < sentence.end


def _place(sentence: Sentence) -> Place:
    return Place(sentence.block, sentence.start, sentence.end)
