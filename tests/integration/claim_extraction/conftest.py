"""Claim extraction on a real database, with its partner door open."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.local.postgres import EmbeddedPostgres
from shared.retrieval.encoder import Encoder, EncoderCache, ensure_encoder
from shared.testing.kit import Stage
from tests.integration.claim_extraction.newsdesk import Newsdesk, open_newsdesk


@pytest.fixture(scope="session")
def encoder() -> EncoderCache:
    """The product's own sentence encoder, built at first use."""
    ensure_encoder()
    return EncoderCache(Encoder())


@pytest_asyncio.fixture
async def desk(stage: Stage, postgres_server: EmbeddedPostgres) -> AsyncIterator[Newsdesk]:
    """Word order and equal words alone: quick."""
    async with open_newsdesk(stage, None) as opened:
        yield opened


@pytest_asyncio.fixture
async def reading_desk(stage: Stage, encoder: EncoderCache) -> AsyncIterator[Newsdesk]:
    """With parser and encoder, as it is run."""
    async with open_newsdesk(stage, encoder) as opened:
        yield opened
