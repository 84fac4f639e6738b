"""A small claim extraction behind a staff door: an article of two paragraphs with two claims, and every refusal."""

from __future__ import annotations

from typing import Any

from plumbline.staff.v1 import claim_desk_service_pb2 as pb
from plumbline.staff.v1 import claim_desk_service_pb2_grpc

from shared.errors import Conflict, NotFound, Refused
from shared.grpc import PERSON, Person

HANDS = tuple(each.name for each in pb.DESCRIPTOR.services_by_name["ClaimDeskService"].methods)
WHOLE = "Rents rose by 12 per cent and wages fell by 2 per cent."
OTHER = "The bridge cost 40 million euros."
FIRST = f"{WHOLE} Nobody was <hurt>."
SECOND = f"{OTHER} It was a good day."


class ClaimDesk(claim_desk_service_pb2_grpc.ClaimDeskServiceServicer):
    """Enough of claim extraction to answer the console."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.heard: list[tuple[Person, Any]] = []
        self.article = pb.ArticleClaims(
            article_id="a1",
            title="Two figures",
            version="1.1",
            blocks=[_block("b.1", FIRST, WHOLE), _block("b2", SECOND, OTHER)],
            claims=[_claim("claim-1", "b.1", WHOLE), _claim("claim-2", "b2", OTHER)],
        )

    async def GetArticleClaims(self, request: Any, context: Any) -> Any:
        self._hear(request)
        if request.article_id != self.article.article_id:
            raise NotFound("article")
        return self.article

    async def AddClaim(self, request: Any, context: Any) -> Any:
        self._step(request, "add", request.words.exact)
        if "never said" in request.words.exact:
            raise Refused("NOT_VERBATIM", "These words do not stand in the text.", field="exact", status=400)
        return self.article

    async def SplitClaim(self, request: Any, context: Any) -> Any:
        self._step(request, "split", "")
        return self.article

    async def MergeClaims(self, request: Any, context: Any) -> Any:
        if request.claim_id == request.into:
            raise Refused("SAME_CLAIM", "A claim cannot be merged into itself.", field="into")
        self._step(request, "merge", "")
        return self.article

    async def DismissClaim(self, request: Any, context: Any) -> Any:
        if not request.reason:
            raise Refused("REASON_MISSING", "Say why this is not a claim.", field="reason")
        person = self._step(request, "dismiss", request.reason)
        claim = next(each for each in self.article.claims if each.claim_id == request.claim_id)
        claim.state, claim.dismissed_because, claim.dismissed_by = "dismissed", request.reason, person.name
        return self.article

    async def RestoreClaim(self, request: Any, context: Any) -> Any:
        self._step(request, "restore", "")
        claim = next(each for each in self.article.claims if each.claim_id == request.claim_id)
        claim.state, claim.dismissed_because, claim.dismissed_by = "active", "", ""
        return self.article

    def of_kind(self, name: str) -> list[Any]:
        """The requests of one kind, in the order they came."""
        return [said for _, said in self.heard if type(said).DESCRIPTOR.name == name]

    def _step(self, request: Any, act: str, note: str) -> Person:
        person = self._hear(request)
        if request.version != self.article.version:
            raise Conflict("The claims or the text changed since you looked; look again.", field="version")
        claim_id = getattr(request, "claim_id", "")
        self.article.acts.insert(0, pb.ClaimAct(act=act, person=person.name, claim_id=claim_id, note=note))
        return person

    def _hear(self, request: Any) -> Person:
        self.heard.append((PERSON.get(), request))
        return PERSON.get()


def _block(block_id: str, text: str, first: str) -> pb.DeskBlock:
    sentences = [pb.DeskSentence(start=0, end=len(first)), pb.DeskSentence(start=len(first) + 1, end=len(text))]
    return pb.DeskBlock(block_id=block_id, text=text, sentences=sentences)


def _claim(claim_id: str, block_id: str, text: str) -> pb.DeskClaim:
    anchor = pb.DeskAnchor(block_id=block_id, start=0, end=len(text), exact=text)
    return pb.DeskClaim(
        claim_id=claim_id, text=text, kind="statement", state="active", origin="model", anchors=[anchor]
    )
