"""How claim extraction is put together."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from plumbline.events.v1 import article_pb2
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.claim_extraction import contract, handlers
from services.claim_extraction.contract import Article
from services.claim_extraction.engine import Extractor
from services.claim_extraction.model import Block, Findings
from services.claim_extraction.telling_again import TELLS_AGAIN
from shared.consumer import Hears
from shared.runtime import Resources, Service, ServiceSpec

_FIRST = "“Prices rose by 3 per cent last year,” said Ada Holm, the minister."


class Settings(BaseSettings):
    """How much the extractor may cost. The weights themselves are part of the service."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_CLAIM_EXTRACTION_", frozen=True, extra="ignore")

    encoder: bool = Field(default=True, description="Judge sentences with the encoder; off is quicker and less exact.")
    syntax: bool = Field(default=True, description="Read who said what with a parser; off finds a third less.")


class Reader:
    """The extractor, loaded once and kept off the event loop."""

    def __init__(self, settings: Settings, resources: Resources) -> None:
        self._settings, self._resources = settings, resources
        self._extractor: Extractor | None = None

    async def load(self) -> None:
        """Raises when the weights or the encoder are damaged: better no service than a wrong one."""
        self._extractor = await self._resources.off_loop(self._load)

    def _load(self) -> Extractor:
        embedder = self._resources.encoder() if self._settings.encoder else None
        extractor = Extractor.load(embedder=embedder, syntax=self._settings.syntax)
        # Parser and session are built by the first text: this one, so that no article waits for them.
        extractor.extract([Block("warm", _FIRST)], published_at=datetime(2026, 1, 1, tzinfo=UTC))
        return extractor

    async def extract(self, article: Article, heard_at: datetime) -> Findings:
        """The claims of an article; models run in the engine's thread."""
        return await self._resources.off_loop(self._extract, article, heard_at)

    def _extract(self, article: Article, heard_at: datetime) -> Findings:
        assert self._extractor is not None, "load() runs before anything is heard"
        published = article.published_at or heard_at
        return self._extractor.extract(article.blocks, published_at=published, language=article.language)

    async def missing(self) -> str:
        return "" if self._extractor is not None else "the extractor is loading"


def build(settings: Settings, resources: Resources) -> Service:
    """Claim extraction over its resources."""
    reader = Reader(settings, resources)
    on_article = partial(handlers.on_article, reader.extract)
    return Service(
        name="claim_extraction",
        hears=(Hears(contract.ARTICLE_TOPIC, article_pb2.Article, on_article, contract.article),),
        says=contract.SAYS,
        checks=(reader.missing,),
        before_start=reader.load,
    )


SPEC = ServiceSpec("claim_extraction", Settings, build, Path(__file__).parent / "migrations", TELLS_AGAIN)
