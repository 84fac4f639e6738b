"""The staff door: an article's claims, and people's hands on them, for people with the role of a reviewer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from plumbline.staff.v1 import claim_desk_service_pb2 as pb
from plumbline.staff.v1 import claim_desk_service_pb2_grpc

from services.claim_extraction.choosing import Chosen
from services.claim_extraction.hands_on import Hand, Hands, Shown
from services.claim_extraction.staff_wire import Spans, article_claims, sentence_spans
from shared.errors import NotFound
from shared.grpc import PERSON, Rpc

SERVICE = "plumbline.staff.v1.ClaimDeskService"
ROLE = "reviewer"
METHODS = ("GetArticleClaims", "AddClaim", "SplitClaim", "MergeClaims", "DismissClaim", "RestoreClaim")
OffLoop = Callable[..., Awaitable[Any]]


def claim_desk_rpc(hands: Hands, off_loop: OffLoop) -> Rpc:
    """The service for a staff door."""
    servicer = ClaimDesk(hands, off_loop)
    return Rpc(
        SERVICE,
        lambda server: claim_desk_service_pb2_grpc.add_ClaimDeskServiceServicer_to_server(servicer, server),
        dict.fromkeys(METHODS, ROLE),
    )


class ClaimDesk(claim_desk_service_pb2_grpc.ClaimDeskServiceServicer):
    """Every call is about an article of the site of the person behind it."""

    def __init__(self, hands: Hands, off_loop: OffLoop) -> None:
        self._hands, self._off_loop = hands, off_loop

    async def GetArticleClaims(self, request: pb.GetArticleClaimsRequest, context: Any) -> pb.ArticleClaims:
        """The text and all its claims."""
        shown = await self._hands.shown(PERSON.get().site_id, _article_id(request.article_id))
        return await self._answer(shown)

    async def AddClaim(self, request: pb.AddClaimRequest, context: Any) -> pb.ArticleClaims:
        """A claim of words of the article."""
        return await self._answer(await self._hands.add(_hand(request), _chosen(request.words)))

    async def SplitClaim(self, request: pb.SplitClaimRequest, context: Any) -> pb.ArticleClaims:
        """Claims of parts of a claim."""
        parts = [_chosen(each) for each in request.parts]
        return await self._answer(await self._hands.split(_hand(request), request.claim_id, parts))

    async def MergeClaims(self, request: pb.MergeClaimsRequest, context: Any) -> pb.ArticleClaims:
        """One claim put aside for another."""
        return await self._answer(await self._hands.merge(_hand(request), request.claim_id, request.into))

    async def DismissClaim(self, request: pb.DismissClaimRequest, context: Any) -> pb.ArticleClaims:
        """Words that are no claim."""
        return await self._answer(await self._hands.dismiss(_hand(request), request.claim_id, request.reason))

    async def RestoreClaim(self, request: pb.RestoreClaimRequest, context: Any) -> pb.ArticleClaims:
        """A dismissal or a merge taken back."""
        return await self._answer(await self._hands.restore(_hand(request), request.claim_id))

    async def _answer(self, shown: Shown) -> pb.ArticleClaims:
        spans: Spans = await self._off_loop(sentence_spans, shown.reading.blocks)
        return article_claims(shown, spans)


def _hand(request: Any) -> Hand:
    return Hand(PERSON.get(), _article_id(request.article_id), request.version)


def _article_id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        raise NotFound("article") from None


def _chosen(words: pb.ChosenWords) -> Chosen:
    return Chosen(words.block_id, words.start, words.end, words.exact, words.prefix, words.suffix)
