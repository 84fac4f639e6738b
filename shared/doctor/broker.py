"""Kafka: the one that is given, or the one that would be started here."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from aiokafka.errors import KafkaError

from shared.doctor.finding import Finding, good, note, unreachable, wrong
from shared.kafka import Cluster, Topics, read_topics
from shared.settings import KitSettings

SECONDS = 10.0


async def kafka(settings: KitSettings, topics: Path) -> list[Finding]:
    """Whether the brokers answer and the topics are as declared."""
    servers = settings.kafka_bootstrap_servers
    if not servers:
        missing = [name for name in ("java", "mvn") if shutil.which(name) is None]
        if missing:
            mend = "Install Java 17 and Maven for a real Kafka here, or set PLUMBLINE_KAFKA_BOOTSTRAP_SERVERS."
            seen = (
                f"none given and no {' or '.join(missing)} here: the embedded broker, which keeps nothing over a stop"
            )
            return [note("Kafka", seen, mend)]
        return [good("Kafka", "none given: one is run on this machine beside the services")]
    try:
        found = await asyncio.wait_for(Topics(Cluster(servers)).check(read_topics(topics)), SECONDS)
    except (KafkaError, OSError, TimeoutError) as error:
        mend = "Is it running, and is PLUMBLINE_KAFKA_BOOTSTRAP_SERVERS right? Doors go on answering meanwhile."
        return [unreachable("Kafka", f"{servers}: {type(error).__name__}", mend)]
    if found:
        return [wrong("Kafka", "; ".join(found), "plumbline topics apply")]
    return [good("Kafka", f"{servers}, topics as declared")]
