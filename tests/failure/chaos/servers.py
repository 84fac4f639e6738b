"""What a fleet runs on: a Kafka and a Postgres of its own, with the declared topics and the encoder."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.host import TOPICS
from shared.kafka import Cluster, Topics, read_topics
from shared.local.kafka import RealKafka
from shared.local.kafka_files import KafkaInstallation
from shared.local.postgres import EmbeddedPostgres
from shared.local.process import run
from shared.retrieval.encoder import ensure_encoder
from shared.testing.parts import missing

ENCODER = Path(".plumbline/models/encoder")


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the fleet's files are, and the servers a run may stop, kill and pause."""

    home: Path
    disk: Path
    postgres: EmbeddedPostgres
    kafka: RealKafka


@contextlib.asynccontextmanager
async def serving(home: Path, disk: Path, installation: KafkaInstallation) -> AsyncIterator[Servers]:
    """Start both servers, the database's files on `disk`; stop them at the end, whatever became of them."""
    ensure_encoder(ENCODER)
    shutil.copytree(ENCODER, home / "models" / "encoder", dirs_exist_ok=True)
    # Processes die here, never the machine: without fsync nothing that was committed is lost.
    postgres = EmbeddedPostgres(disk / "postgres", fsync=False)
    await postgres.start()
    try:
        async with RealKafka(home / "kafka", installation) as kafka:
            await Topics(Cluster(kafka.bootstrap)).apply(read_topics(TOPICS))
            yield Servers(home, disk, postgres, kafka)
    finally:
        await postgres.stop()


@contextlib.asynccontextmanager
async def small_disk(folder: Path, megabytes: int) -> AsyncIterator[Path]:
    """A file system of its own that can be filled. Ends the test where we may not mount one."""
    folder.mkdir()
    status, said = await run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], seconds=10)
    if status != 0:
        missing(f"no small file system can be mounted here: {said}")
    try:
        yield folder
    finally:
        await run(["umount", str(folder)], seconds=10)


@contextlib.contextmanager
def removed(folder: Path) -> Iterator[Path]:
    """The folder, gone at the end: a run leaves hundreds of megabytes."""
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
