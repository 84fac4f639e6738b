from __future__ import annotations

from services.claim_extraction.engine.shadows import without_shadows
from services.claim_extraction.model import (
    Attribution,
    Block,
    CheckWorthiness,
    ClaimKind,
    ClaimLink,
    FoundClaim,
    LinkKind,
    SourceKind,
    anchor_at,
    words_hash,
)

TEXT = "A person who asked not to be named said that the hall had cost 2 million pounds."
BLOCK = Block("b1", TEXT)


def found(words: str, kind: ClaimKind, source: SourceKind, *links: ClaimLink) -> FoundClaim:
    start = TEXT.index(words)
    return FoundClaim(
        text=words,
        text_hash=words_hash(words),
        kind=kind,
        anchors=(anchor_at(BLOCK, start, start + len(words)),),
        attribution=Attribution(source),
        quantities=(),
        dates=(),
        check_worthiness=CheckWorthiness(0.9, (), "x"),
        links=links,
    )


REPORT = found(TEXT, ClaimKind.REPORT, SourceKind.ANONYMOUS)
BY = ClaimLink(LinkKind.REPORTED_BY, REPORT.key)
INNER = found("the hall had cost 2 million pounds", ClaimKind.STATEMENT, SourceKind.ANONYMOUS, BY)


def test_a_report_is_not_also_the_authors_own_statement() -> None:
    twin = found(TEXT, ClaimKind.STATEMENT, SourceKind.AUTHOR)
    assert without_shadows([REPORT, twin, INNER]) == (REPORT, INNER)


def test_of_two_statements_of_one_report_the_inner_one_stands() -> None:
    outer = found("asked not to be named said that the hall had cost 2 million pounds", ClaimKind.STATEMENT, SourceKind.ANONYMOUS, BY)  # fmt: skip
    assert without_shadows([REPORT, outer, INNER]) == (REPORT, INNER)


def test_links_to_a_shadow_go_with_it() -> None:
    outer = found("asked not to be named said that the hall had cost 2 million pounds", ClaimKind.STATEMENT, SourceKind.ANONYMOUS, BY)  # fmt: skip
    both = found(TEXT, ClaimKind.REPORT, SourceKind.ANONYMOUS, ClaimLink(LinkKind.REPORTS, outer.key), ClaimLink(LinkKind.REPORTS, INNER.key))  # fmt: skip
    (report, _) = without_shadows([both, outer, INNER])
    assert [link.claim_id for link in report.links] == [INNER.key]


def test_statements_side_by_side_both_stand() -> None:
    first = found("asked not to be named", ClaimKind.STATEMENT, SourceKind.ANONYMOUS, BY)
    assert without_shadows([REPORT, first, INNER]) == (REPORT, first, INNER)
