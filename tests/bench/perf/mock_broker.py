"""The embedded broker in a process of its own, so that its CPU is nobody's."""

from __future__ import annotations

import asyncio
from typing import Any

from shared.local.broker import EmbeddedBroker
from tests.bench.perf.child import serve


async def main() -> None:
    async with EmbeddedBroker() as broker:

        async def answer(question: dict[str, Any]) -> dict[str, Any]:
            await broker.ensure_topics(question["topics"])
            return {}

        await serve({"bootstrap": broker.bootstrap}, answer)


if __name__ == "__main__":
    asyncio.run(main())
