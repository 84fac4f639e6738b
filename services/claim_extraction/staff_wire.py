"""An article's claims in the words of the staff desk."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.staff.v1 import claim_desk_service_pb2 as pb

from services.claim_extraction.act_store import Act
from services.claim_extraction.engine.limits import TextTooLong
from services.claim_extraction.engine.sentences import split_sentences
from services.claim_extraction.hands_on import Shown, seen_as
from services.claim_extraction.model import Block, Claim

Spans = list[list[tuple[int, int]]]


def sentence_spans(blocks: Sequence[Block]) -> Spans:
    """Where the sentences of each block stand; a text too long to be read is shown block by block."""
    spans: Spans = [[] for _ in blocks]
    try:
        for sentence in split_sentences(blocks):
            spans[sentence.block].append((sentence.start, sentence.end))
    except TextTooLong:
        return [[(0, len(block.text))] if block.text.strip() else [] for block in blocks]
    return spans


def article_claims(shown: Shown, spans: Spans) -> pb.ArticleClaims:
    """The whole answer; `spans` are the sentences of its blocks."""
    sheet, about = shown.sheet, shown.about
    blocks = [
        pb.DeskBlock(
            block_id=block.block_id,
            text=block.text,
            sentences=[pb.DeskSentence(start=start, end=end) for start, end in each],
        )
        for block, each in zip(shown.reading.blocks, spans, strict=True)
    ]
    return pb.ArticleClaims(
        article_id=sheet.subject_id,
        title=about.title,
        url=about.url,
        version=seen_as(sheet),
        language=sheet.language,
        note=sheet.note,
        blocks=blocks,
        claims=[_claim(each) for each in sheet.claims],
        acts=[_act(each) for each in shown.acts],
    )


def _claim(claim: Claim) -> pb.DeskClaim:
    return pb.DeskClaim(
        claim_id=claim.claim_id,
        text=claim.text,
        kind=claim.kind.value,
        state=claim.state.value,
        state_reason=claim.state_reason,
        origin=claim.origin.value,
        anchors=[
            pb.DeskAnchor(block_id=each.block_id, start=each.start, end=each.end, exact=each.exact)
            for each in claim.anchors
        ],
        source_name=claim.attribution.source_name,
        dismissed_because=claim.dismissed_because,
        dismissed_by=claim.dismissed_by,
        successor=claim.successor,
        links=[pb.DeskLink(kind=each.kind.value, claim_id=each.claim_id) for each in claim.links if not each.leads_out],
    )


def _act(act: Act) -> pb.ClaimAct:
    at = Timestamp()
    at.FromDatetime(act.at)
    return pb.ClaimAct(act=act.act, person=act.person, claim_id=act.claim_id, others=act.others, note=act.note, at=at)
