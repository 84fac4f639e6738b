"""The partner door: search over the archive of reviewed fact checks, one site's own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.partner.v1 import fact_check_service_pb2 as pb
from plumbline.partner.v1 import fact_check_service_pb2_grpc

from services.verification.archive_index import ArchiveIndex
from services.verification.engine.matching import Match
from services.verification.model import FactCheck
from services.verification.paging import Pages, page_size
from services.verification.store import fact_checks
from shared.errors import Refused
from shared.grpc import CALLER, Rpc
from shared.postgres import Database

SERVICE = "plumbline.partner.v1.FactCheckService"
LONGEST_QUERY = 1_000
DEEPEST = 1_000  # results of one query that can be paged through
LAST = (datetime(9999, 1, 1, tzinfo=UTC), "")


def fact_check_rpc(db: Database, index: ArchiveIndex, *, secret: bytes) -> Rpc:
    """The service for a partner door."""
    servicer = FactChecks(db, index, Pages(secret))
    return Rpc(
        SERVICE,
        lambda server: fact_check_service_pb2_grpc.add_FactCheckServiceServicer_to_server(servicer, server),
        {"SearchFactChecks": "factchecks.read"},
    )


class FactChecks(fact_check_service_pb2_grpc.FactCheckServiceServicer):
    """SearchFactChecks. Encoding and ranking happen off the event loop."""

    def __init__(self, db: Database, index: ArchiveIndex, pages: Pages) -> None:
        self._db, self._index, self._pages = db, index, pages

    async def SearchFactChecks(self, request: pb.SearchFactChecksRequest, context: Any) -> pb.SearchFactChecksResponse:
        """Best first for a query, newest first without one; filters narrow both."""
        size, query = page_size(request.page_size), request.query.strip()
        if len(query) > LONGEST_QUERY:
            raise Refused("QUERY_TOO_LONG", "query has more than 1,000 characters.", field="query", status=400)
        site_id = str(CALLER.get().site_id)
        question = [site_id, query, request.language, request.publisher]
        place = self._pages.place(question, request.page_token)
        if query:
            return await self._nearest(site_id, query, request, question, size, int(place[0]) if place else 0)
        return await self._newest(request, question, size, place)

    async def _nearest(
        self,
        site_id: str,
        query: str,
        request: pb.SearchFactChecksRequest,
        question: list[str],
        size: int,
        start: int,
    ) -> pb.SearchFactChecksResponse:
        narrowed = bool(request.language or request.publisher)
        wanted = DEEPEST if narrowed else min(DEEPEST, start + size + 1)
        ranked = await self._index.search(site_id, query, wanted)
        held = await fact_checks.of_ids(self._db, site_id, [match.fact_check_id for match in ranked])
        found = [(m, held[m.fact_check_id]) for m in ranked if _asked_for(held.get(m.fact_check_id), request)]
        answer = pb.SearchFactChecksResponse(matches=[_match(m, item) for m, item in found[start : start + size]])
        if len(found) > start + size:
            answer.next_page_token = self._pages.token(question, [start + size])
        return answer

    async def _newest(
        self, request: pb.SearchFactChecksRequest, question: list[str], size: int, place: list[Any] | None
    ) -> pb.SearchFactChecksResponse:
        found = await fact_checks.newest(
            self._db,
            CALLER.get().site_id,
            language=request.language,
            publisher=request.publisher,
            before=(datetime.fromisoformat(place[0]), place[1]) if place else LAST,
            size=size + 1,
        )
        answer = pb.SearchFactChecksResponse(matches=[pb.FactCheckMatch(fact_check=_wire(x)) for x in found[:size]])
        if len(found) > size:
            last = found[size - 1]
            at = last.reviewed_at or datetime.fromtimestamp(0, UTC)
            answer.next_page_token = self._pages.token(question, [at.isoformat(), last.fact_check_id])
        return answer


def _asked_for(item: FactCheck | None, request: pb.SearchFactChecksRequest) -> bool:
    if item is None or item.withdrawn:
        return False
    return request.language in ("", item.language) and request.publisher in ("", item.publisher)


def _match(match: Match, item: FactCheck) -> pb.FactCheckMatch:
    return pb.FactCheckMatch(
        fact_check=_wire(item), score=min(1.0, max(0.0, match.score)), comparison=match.comparison.sameness.value
    )


def _wire(item: FactCheck) -> pb.FactCheck:
    reviewed = None
    if item.reviewed_at is not None:
        reviewed = Timestamp()
        reviewed.FromDatetime(item.reviewed_at)
    return pb.FactCheck(
        name=f"factChecks/{item.fact_check_id}",
        claim=item.claim,
        title=item.title,
        claimant=item.claimant,
        url=item.url,
        publisher=item.publisher,
        rating=item.rating.value if item.rating else "",
        rating_label=item.rating_label,
        review_time=reviewed,
        language=item.language,
        withdrawn=item.withdrawn,
    )
