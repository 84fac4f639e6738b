"""From nothing to the first vector: says how long it took since this line was read."""

from __future__ import annotations

import time

STARTED = time.perf_counter()

import asyncio  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from shared.retrieval.encoder import Encoder  # noqa: E402


async def main() -> None:
    Encoder(Path(sys.argv[1])).encode(["The unemployment rate fell to 4.1% in March."])
    seconds = time.perf_counter() - STARTED

    from tests.bench.perf.child import serve

    async def answer(_: dict[str, Any]) -> dict[str, Any]:
        return {}

    await serve({"seconds": seconds}, answer)


if __name__ == "__main__":
    asyncio.run(main())
