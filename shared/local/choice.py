"""Which broker a local run uses: one that was given, else a real Kafka where it can run, else the embedded one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from shared.local.broker import EmbeddedBroker
from shared.local.kafka import RealKafka
from shared.local.kafka_files import KafkaInstallation, KafkaNotAvailable, find_kafka

BrokerKind = Literal["given", "kafka", "embedded"]


class BrokerSettings(Protocol):
    """What the choice reads of a program's settings."""

    @property
    def kafka_bootstrap_servers(self) -> str | None:
        """KAFKA_BOOTSTRAP_SERVERS, or None or empty when none was given."""


class Broker(Protocol):
    """A broker the caller may start and stop; a given one does neither."""

    @property
    def kind(self) -> str: ...
    @property
    def bootstrap(self) -> str: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...


@dataclass(frozen=True, slots=True)
class BrokerChoice:
    """The kind of broker, the one sentence that tells the user, and what is needed to open it."""

    kind: BrokerKind
    sentence: str
    given: str = ""
    installation: KafkaInstallation | None = None

    def open(self, data_dir: Path) -> Broker:
        """The chosen broker, not yet started; a real Kafka keeps its topics under `data_dir`."""
        if self.kind == "given":
            return GivenBroker(self.given)
        if self.installation is not None:
            return RealKafka(data_dir, self.installation)
        return EmbeddedBroker()


class GivenBroker:
    """A broker that somebody else runs; starting and stopping leave it alone."""

    kind = "given"

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap

    @property
    def bootstrap(self) -> str:
        return self._bootstrap

    async def start(self) -> None:
        """Nothing: it runs already."""

    async def stop(self) -> None:
        """Nothing: it is not ours."""


async def find_broker(settings: BrokerSettings, *, cache: Path | None = None) -> BrokerChoice:
    """Decide, fetching Kafka's files where that is the choice and they are missing. Never raises for a missing part."""
    if given := settings.kafka_bootstrap_servers:
        return BrokerChoice("given", f"Broker: the Kafka given at {given}.", given=given)
    try:
        found = await find_kafka(cache)
    except KafkaNotAvailable as missing:
        return BrokerChoice(
            "embedded",
            f"Broker: the embedded one, because a real Kafka cannot run here ({missing}); nothing in it survives a stop.",
        )
    return BrokerChoice("kafka", f"Broker: Apache Kafka {found.version}, run on this machine.", installation=found)
