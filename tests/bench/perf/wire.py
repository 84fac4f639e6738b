"""Seeded articles as the platform's own records, and what a stub engine would find in them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from plumbline.events.v1 import article_pb2, common_pb2

from services.claim_extraction.model import (
    Anchor,
    Attribution,
    Block,
    CheckWorthiness,
    ClaimKind,
    Findings,
    FoundClaim,
    SourceKind,
    words_hash,
)
from shared.events import Envelope, Version
from shared.ids import DEFAULT_SITE, TimeOrderedIds, derived_id
from shared.kafka import Cluster
from tests.bench.perf.stories import Story

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def article_of(told: Story) -> article_pb2.Article:
    """The article as ingest would tell it."""
    wire = article_pb2.Article(
        article_id=str(derived_id("bench", told.story_id)),
        site_id=str(DEFAULT_SITE),
        status=article_pb2.ARTICLE_STATUS_PUBLISHED,
        title=told.title,
        standfirst=told.standfirst,
        url=f"https://courier.example/{told.story_id}",
        language="en",
        blocks=[common_pb2.Block(block_id=f"b{at}", text=text) for at, text in enumerate(told.blocks)],
    )
    wire.version.epoch, wire.version.counter = 1, 1
    wire.published_at.FromDatetime(NOON)
    return wire


def envelope_of(wire: article_pb2.Article, ids: TimeOrderedIds) -> Envelope:
    return Envelope(
        event_id=ids.new(),
        type=wire.DESCRIPTOR.full_name,
        source="/services/ingest",
        subject=wire.article_id,
        time=datetime.now(UTC),
        site_id=DEFAULT_SITE,
        version=Version(1, 1),
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    )


async def send_articles(cluster: Cluster, topic: str, told: Sequence[Story]) -> None:
    """Write every article to `topic`, keyed by article, in order."""
    ids = TimeOrderedIds()
    producer = AIOKafkaProducer(bootstrap_servers=cluster.bootstrap_servers, acks="all", linger_ms=5)
    await producer.start()
    try:
        answers = [
            await producer.send(
                topic,
                wire.SerializeToString(deterministic=True),
                key=wire.article_id.encode(),
                headers=envelope_of(wire, ids).headers(),
            )
            for wire in map(article_of, told)
        ]
        for answer in answers:
            await answer
    finally:
        await producer.stop()


def findings_of(told: Story) -> Findings:
    """The claims of a story with exact anchors, without a model having been asked."""
    found = tuple(
        _found(Block(f"b{at}", block), sentence.text)
        for at, (paragraph, block) in enumerate(zip(told.paragraphs, told.blocks, strict=True))
        for sentence in paragraph
        if sentence.claim
    )
    return Findings(found, "en", sentences=len(told.sentences))


def _found(block: Block, words: str) -> FoundClaim:
    start = block.text.index(words)
    end = start + len(words)
    anchor = Anchor(
        block.block_id,
        start,
        end,
        words,
        block.text[max(0, start - 32) : start],
        block.text[end : end + 32],
        hashlib.sha256(block.text.encode()).hexdigest(),
    )
    return FoundClaim(
        text=words,
        text_hash=words_hash(words),
        kind=ClaimKind.STATEMENT,
        anchors=(anchor,),
        attribution=Attribution(SourceKind.AUTHOR),
        quantities=(),
        dates=(),
        check_worthiness=CheckWorthiness(0.9, ("has a figure",), "0" * 64),
    )
