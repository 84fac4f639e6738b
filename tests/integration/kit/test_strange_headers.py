"""Headers nobody of ours would write, on records of a real Kafka: nothing is skipped, nothing is answered."""

from __future__ import annotations

import asyncio

import pytest

from shared.local.choice import Broker
from shared.testing.kit import Stage, eventually
from shared.testing.records import Heard, record
from tests.integration.kit.on_kafka import counted, ends, write
from tests.sample.newsroom import Newsroom, article

pytestmark = pytest.mark.kafka


async def test_D6_a_header_that_is_no_text_becomes_a_dead_letter_and_is_not_skipped(
    stage: Stage, any_broker: Broker, newsroom: Newsroom
) -> None:
    (sheets,) = await stage.run(any_broker, [newsroom.sheet_maker], topics=newsroom.topics)
    bad = record(newsroom.articles, article("a1", 1), changed={"ce_subject": b"\xff\xfe"})
    harmless = record(newsroom.articles, article("a2", 1), changed={"baggage": b"\xff\xfe"})
    await write(any_broker, [bad, harmless], partition=0)
    await eventually(counted(sheets, "sheet", 1))
    await eventually(counted(sheets, "dead_letter", 1))
    (letter,) = await sheets.resources.dead_letters.find()
    _, headers, body = await sheets.resources.dead_letters.show(letter["dead_letter_id"])
    assert (headers, body) == (list(bad.headers), bad.value)
    assert "ce_subject" in letter["reason"]


async def test_D6_a_header_without_a_value_does_not_lose_its_record(
    stage: Stage, quiet_kafka: Broker, newsroom: Newsroom
) -> None:
    (sheets,) = await stage.run(quiet_kafka, [newsroom.sheet_maker], topics=newsroom.topics)
    odd = record(newsroom.articles, article("a1", 1))
    await write(quiet_kafka, [Heard(odd.topic, odd.key, odd.value, [*odd.headers, ("baggage", None)])])  # type: ignore[list-item]
    await eventually(counted(sheets, "sheet", 1))


async def test_D6_a_reply_address_in_a_record_is_not_answered(
    stage: Stage, quiet_kafka: Broker, newsroom: Newsroom
) -> None:
    elsewhere = f"{newsroom.name}.elsewhere"
    (sheets,) = await stage.run(quiet_kafka, [newsroom.sheet_maker], topics=[*newsroom.topics, elsewhere])
    await write(quiet_kafka, [record(newsroom.articles, article("a1", 1), changed={"reply_to": elsewhere})])
    await eventually(counted(sheets, "sheet", 1))
    await asyncio.sleep(0.3)
    assert sum((await ends(quiet_kafka, elsewhere)).values()) == 0
