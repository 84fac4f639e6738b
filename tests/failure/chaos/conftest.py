"""The servers of a run, as a fixture."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.local.kafka_files import KafkaInstallation
from tests.failure.chaos.servers import Servers, removed, serving


@pytest_asyncio.fixture(scope="module")
async def servers(
    kafka_installation: KafkaInstallation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Servers]:
    """Servers of this module alone; a test may stop, kill and pause them, and leaves them running."""
    with removed(tmp_path_factory.mktemp("chaos")) as home:
        async with serving(home, home, kafka_installation) as made:
            yield made
