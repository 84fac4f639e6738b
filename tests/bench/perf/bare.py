"""The bare floors: what the same work costs with nothing around it. One connection, prepared statements, no telemetry."""

from __future__ import annotations

from collections.abc import Callable

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from shared.kafka import MAX_RECORD_BYTES, Cluster

TABLES = """
CREATE TABLE kept (
    subject_id text PRIMARY KEY, epoch bigint NOT NULL, counter bigint NOT NULL, body jsonb NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE told (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text NOT NULL, key text NOT NULL,
    headers bytea NOT NULL, value bytea NOT NULL
);
"""
ROW_AND_OUTBOX = """
WITH kept AS (
    INSERT INTO kept (subject_id, epoch, counter, body) VALUES ($1, 1, 1, $2::jsonb)
    ON CONFLICT (subject_id) DO UPDATE SET epoch = 1, counter = kept.counter + 1, body = $2::jsonb, updated_at = now()
)
INSERT INTO told (topic, key, headers, value) VALUES ($3, $1, $4, $5)
"""
TAKE = "DELETE FROM told WHERE position IN (SELECT position FROM told ORDER BY position LIMIT $1) RETURNING *"


async def open_database(dsn: str) -> asyncpg.Connection:
    """A connection with the floor's tables, empty."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("DROP TABLE IF EXISTS kept, told")
    await connection.execute(TABLES)
    return connection


async def open_consumer(cluster: Cluster, topic: str, group: str) -> AIOKafkaConsumer:
    """A consumer set up as the product's are, without anything on top."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=cluster.bootstrap_servers,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        isolation_level="read_committed",
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
        fetch_max_wait_ms=20 if cluster.embedded else 500,
    )
    await consumer.start()
    return consumer


async def hop(
    consumer: AIOKafkaConsumer,
    connection: asyncpg.Connection,
    *,
    count: int,
    body: str,
    headers: bytes,
    value: bytes,
    handled: Callable[[int], None],
) -> None:
    """getmany, one statement a message that writes row and outbox, one commit of offsets a batch; until `count`."""
    done = 0
    while done < count:
        for batch in (await consumer.getmany(timeout_ms=1000, max_records=500)).values():
            for record in batch:
                await connection.execute(
                    ROW_AND_OUTBOX, (record.key or b"").decode(), body, "plumbline.claim.v1", headers, value
                )
                done += 1
                handled(done)
        await consumer.commit()


async def open_producer(cluster: Cluster) -> AIOKafkaProducer:
    """A producer set up as the relay's."""
    producer = AIOKafkaProducer(
        bootstrap_servers=cluster.bootstrap_servers,
        acks="all",
        enable_idempotence=True,
        max_batch_size=512 * 1024,
        max_request_size=MAX_RECORD_BYTES,
    )
    await producer.start()
    return producer


async def publish(
    connection: asyncpg.Connection, producer: AIOKafkaProducer, unpack: Callable[[bytes], list[tuple[str, bytes]]]
) -> int:
    """`DELETE ... RETURNING` 500 rows and send each; the rows go when every one was acknowledged. Returns how many."""
    async with connection.transaction():
        rows = await connection.fetch(TAKE, 500)
        sends = [
            await producer.send(row["topic"], row["value"], key=row["key"].encode(), headers=unpack(row["headers"]))
            for row in sorted(rows, key=lambda row: row["position"])
        ]
        for answer in sends:
            await answer
    return len(rows)
