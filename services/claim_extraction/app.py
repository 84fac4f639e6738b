"""How claim extraction is put together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from plumbline.events.v1 import article_pb2, comment_pb2, fact_check_pb2, request_pb2
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.claim_extraction import contract, handlers
from services.claim_extraction.contract import Article
from services.claim_extraction.engine import Extractor
from services.claim_extraction.hands_on import Hands
from services.claim_extraction.known import KnownClaims
from services.claim_extraction.model import Block, Findings
from services.claim_extraction.relating import LEARN, RELATE, Relating
from services.claim_extraction.rpc import claim_rpc
from services.claim_extraction.staff_rpc import claim_desk_rpc
from services.claim_extraction.submitting import Submitting
from services.claim_extraction.telling_again import TELLS_AGAIN
from shared.hears import Hears, Listening
from shared.jobs import JobKind
from shared.service import Resources, Service, ServiceSpec
from shared.settings import FromEnvironment

_FIRST = "“Prices rose by 3 per cent last year,” said Ada Holm, the minister."


class Settings(FromEnvironment):
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
        return await self.read(article.blocks, article.dated(heard_at), article.language)

    async def read(self, blocks: Sequence[Block], moment: datetime, language: str) -> Findings:
        """The claims of any text; relative dates count from `moment`."""
        return await self._resources.off_loop(self._read, tuple(blocks), moment, language)

    def _read(self, blocks: Sequence[Block], moment: datetime, language: str) -> Findings:
        return self._loaded.extract(blocks, published_at=moment, language=language)

    async def judge(self, block: Block, moment: datetime, language: str, claimant: str) -> Findings:
        """A block that is one claim."""
        return await self._resources.off_loop(self._judge, block, moment, language, claimant)

    def _judge(self, block: Block, moment: datetime, language: str, claimant: str) -> Findings:
        return self._loaded.read_claim(block, published_at=moment, language=language, claimant=claimant)

    @property
    def _loaded(self) -> Extractor:
        assert self._extractor is not None, "load() runs before anything is heard or asked"
        return self._extractor

    async def missing(self) -> str:
        return "" if self._extractor is not None else "the extractor is loading"


def build(settings: Settings, resources: Resources) -> Service:
    """Claim extraction over its resources."""
    reader, db = Reader(settings, resources), resources.db
    encoder = resources.encoder if settings.encoder else None
    known = KnownClaims(db, resources.off_loop, encoder, resources.telemetry.log)
    relating = Relating(known)
    submitting = Submitting(resources.outbox, resources.clock, known, read=reader.read, judge=reader.judge)
    secret = resources.master.derive("paging", "claim_extraction")

    async def load() -> None:
        await reader.load()
        await known.load()

    return Service(
        name="claim_extraction",
        hears=_hears(reader),
        says=contract.SAYS,
        jobs=(JobKind(RELATE, relating.relate, 1), JobKind(LEARN, relating.learn, 1)),
        partner=(claim_rpc(db, submitting, reader.read, resources.clock, secret=secret),),
        staff=(claim_desk_rpc(Hands(resources.outbox, resources.clock), resources.off_loop),),
        loops=(("known", known.follow),),
        checks=(reader.missing,),
        before_start=load,
    )


def _hears(reader: Reader) -> tuple[Listening, ...]:
    on_article = partial(handlers.on_article, reader.extract)
    on_check_request = partial(handlers.on_check_request, reader.judge)
    return (
        Hears(contract.ARTICLE_TOPIC, article_pb2.Article, on_article, contract.article),
        Hears(contract.ARTICLE_TOPIC, article_pb2.Draft, on_article, contract.draft),
        Hears(contract.COMMENT_TOPIC, comment_pb2.Tip, handlers.on_tip, contract.tip),
        Hears(contract.REQUEST_TOPIC, request_pb2.CheckRequest, on_check_request, contract.check_request),
        Hears(contract.FACT_CHECK_TOPIC, fact_check_pb2.FactCheck, handlers.on_fact_check, contract.fact_check),
    )


SPEC = ServiceSpec("claim_extraction", Settings, build, Path(__file__).parent / "migrations", TELLS_AGAIN)
