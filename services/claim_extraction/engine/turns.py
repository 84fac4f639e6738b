"""Quotations nobody is named for in their own sentence: they go on for whoever spoke last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from services.claim_extraction.engine.quotations import Quotation
from services.claim_extraction.engine.reports import Place, Report
from services.claim_extraction.engine.sentences import Sentence
from services.claim_extraction.model import Block

_WHOLE = 4  # words under which a quotation without a speaker is a name or a scare quote


_LABEL = re.compile(r"\s*(?P<name>(?:[A-Z][A-Z.'’-]+\s?){1,4})(?:\([^)]{1,30}\)\s?)?(?P<colon>:)\s+(?=\S)")


def read_transcript(blocks: Sequence[Block]) -> list[Report]:
    """`WALLACE: ...`: a paragraph that opens with a name in capitals and a colon is said by that person to its end."""
    out = []
    for index, block in enumerate(blocks):
        label = _LABEL.match(block.text)
        if label:
            end = len(block.text.rstrip())
            name = Place(index, label.start("name"), label.start("name") + len(label["name"].rstrip()))
            said = (Place(index, label.end(), end),) if end > label.end() else ()
            out.append(Report(said, name, Place(index, *label.span("colon")), verbatim=True))
    return [report for report in out if report.contents]


def join_turns(
    reports: Sequence[Report], quotations: Sequence[Quotation], sentences: Sequence[Sentence], blocks: Sequence[Block]
) -> list[Report]:
    """Reports in reading order, each with the quotations that continue it.

    A quotation that forms sentences of its own goes to the report before it when only quotations stand between the two,
    in the same paragraph, in one that runs on, or in a paragraph that is nothing but a quotation.
    """
    out = sorted(reports, key=_place)
    taken = {(place.block, place.start) for report in out if not report.nested for place in report.contents}
    for quotation in quotations:
        if (quotation.block, quotation.inner_start) in taken or quotation.words(blocks) < _WHOLE:
            continue
        if not _stands_alone(quotation, sentences):
            continue
        at = _speaker_before(out, quotation, blocks, quotations)
        if at is not None:
            piece = Place(quotation.block, quotation.inner_start, quotation.inner_end)
            out[at] = replace(out[at], contents=tuple(sorted((*out[at].contents, piece))), verbatim=True)
    return [report for report in out if report.contents]


def _place(report: Report) -> tuple[int, int]:
    first = report.cue or report.source or report.contents[0]  # one of them always is
    return first.block, first.start


def _stands_alone(quotation: Quotation, sentences: Sequence[Sentence]) -> bool:
    """The quotation starts a sentence: it is not a few borrowed words inside one."""
    return any(each.block == quotation.block and each.start == quotation.start for each in sentences)


def _speaker_before(
    reports: Sequence[Report], quotation: Quotation, blocks: Sequence[Block], quotations: Sequence[Quotation]
) -> int | None:
    for at in range(len(reports) - 1, -1, -1):
        block, start = _place(reports[at])
        if (block, start) > (quotation.block, quotation.start) or not reports[at].speaks:
            continue
        if block == quotation.block:
            return at
        between = range(block + 1, quotation.block + 1)
        return at if all(_nothing_but_quotation(blocks[index].text, index, quotations) for index in between) else None
    return None


def _nothing_but_quotation(text: str, index: int, quotations: Sequence[Quotation]) -> bool:
    covered = sum(each.end - each.start for each in quotations if each.block == index)
    return covered >= 0.9 * len(text.strip()) > 0
