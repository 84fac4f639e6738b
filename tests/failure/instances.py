"""Instances of a service that are prepared and not started: a test hands them their records itself."""

from __future__ import annotations

from typing import Any

from shared.kafka import Cluster
from shared.runtime import Running
from shared.service import ServiceSpec
from shared.testing.kit import Stage

NOWHERE = Cluster("127.0.0.1:1")


async def instances(stage: Stage, spec: ServiceSpec, count: int, **settings: Any) -> list[Running]:
    """`count` instances of one service on one fresh database."""
    around = stage.surroundings(NOWHERE, telemetry=False, **settings)
    return [await stage.prepare(spec, around) for _ in range(count)]
