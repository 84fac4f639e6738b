"""The Kafka launcher keeps topics, records and offsets over every way of ending."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.local.folder import FolderInUse
from shared.local.kafka import RealKafka, answers
from shared.local.kafka_files import KafkaInstallation
from shared.local.process import alive, until
from shared.testing.patience import PATIENCE
from shared.testing.servers import MakeTopic

pytestmark = pytest.mark.kafka

OWNER = """
import asyncio, sys
from pathlib import Path
from shared.local.kafka import RealKafka
from shared.local.kafka_files import find_kafka

async def own() -> None:
    server = RealKafka(sys.argv[1], await find_kafka())
    await server.start()
    print(server.pid, flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(own())
"""


@pytest_asyncio.fixture(scope="module")
async def kafka(
    kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RealKafka]:
    """A Kafka that the tests of this file stop, kill and pause, and leave running."""
    async with RealKafka(tmp_path_factory.mktemp("kafka"), kafka_installation) as server:
        yield server


async def produce(bootstrap: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        async with asyncio.timeout(PATIENCE):
            await producer.send_and_wait(topic, value, partition=0)
    finally:
        await producer.stop()


async def next_value(bootstrap: str, topic: str, group: str) -> bytes | None:
    """Read one record on the group's behalf and commit it."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    await consumer.start()
    try:
        async with asyncio.timeout(PATIENCE):
            record = await consumer.getone()
        await consumer.commit({partition: record.offset + 1})
        value: bytes | None = record.value
        return value
    finally:
        await consumer.stop()


async def topics(bootstrap: str) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        return set(await admin.list_topics())
    finally:
        await admin.close()


async def test_restart_and_kill_9_keep_topics_records_offsets_and_port(kafka: RealKafka, make_topic: MakeTopic) -> None:
    topic = await make_topic(kafka, partitions=1)
    address = kafka.bootstrap
    await produce(address, topic, b"first")
    await produce(address, topic, b"second")
    assert await next_value(address, topic, "readers") == b"first"

    await kafka.restart()
    assert kafka.bootstrap == address
    assert topic in await topics(address)
    assert await next_value(address, topic, "readers") == b"second"

    await produce(address, topic, b"third")
    await kafka.kill()
    assert kafka.pid is None
    assert not await answers(address)
    await kafka.start()
    assert kafka.bootstrap == address
    assert await next_value(address, topic, "readers") == b"third"


async def test_a_paused_broker_answers_nothing_until_it_goes_on(kafka: RealKafka, make_topic: MakeTopic) -> None:
    topic = await make_topic(kafka, partitions=1)
    kafka.pause()
    try:
        with pytest.raises((TimeoutError, KafkaError)):
            async with asyncio.timeout(3):
                await produce(kafka.bootstrap, topic, b"unheard")
    finally:
        kafka.resume()
    await produce(kafka.bootstrap, topic, b"heard")


async def test_it_listens_on_loopback_alone_and_makes_no_topic_by_use(kafka: RealKafka) -> None:
    assert kafka.pid is not None
    listening = {address for address in listening_addresses(kafka.pid) if not is_loopback(address)}
    assert listening == set()
    with pytest.raises((TimeoutError, KafkaError)):
        async with asyncio.timeout(5):
            await produce(kafka.bootstrap, "never.created", b"x")
    assert "never.created" not in await topics(kafka.bootstrap)


async def test_a_second_owner_is_turned_away_and_a_killed_owner_leaves_no_broker(
    kafka_installation: KafkaInstallation, tmp_path: Path
) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        OWNER,
        str(tmp_path),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert owner.stdout is not None
    async with asyncio.timeout(PATIENCE):
        broker = int(await owner.stdout.readline())
    with pytest.raises(FolderInUse, match=rf"process {owner.pid}"):
        await RealKafka(tmp_path, kafka_installation).start()
    owner.kill()
    await owner.wait()
    assert await until(lambda: not alive(broker), PATIENCE)


def listening_addresses(pid: int) -> set[str]:
    """Hex local addresses of the TCP sockets this process listens on, as /proc writes them."""
    inodes = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(handle.readlink())
        except FileNotFoundError:  # closed since it was listed
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and words[9] in inodes:
                found.add(words[1].split(":")[0])
    assert found, "the broker listens on something"
    return found


def is_loopback(address: str) -> bool:
    """127.0.0.1, ::1 or ::ffff:127.0.0.1 in the byte order of /proc."""
    return address == "0100007F" or address == "0" * 24 + "01000000" or address == "0" * 16 + "FFFF00000100007F"
