"""The staff door: how far the site trusts its sources, read by reviewers and changed by desk leads."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from plumbline.staff.v1 import source_rating_service_pb2 as pb
from plumbline.staff.v1 import source_rating_service_pb2_grpc

from services.verification.model.affected import Change
from services.verification.model.source import SourceRating, rating_as_of
from services.verification.rating_sources import domain_of, rate_source
from services.verification.staff_wire import moment
from services.verification.store import bases, sources
from shared.clock import Clock
from shared.errors import Refused
from shared.grpc import PERSON, Rpc
from shared.outbox import Outbox
from shared.paging import Pages, page_size

SERVICE = "plumbline.staff.v1.SourceRatingService"
# Reading is for reviewers and desk leads alike; a door asks for one role, so the servicer asks for either.
ROLES = {"ListSourceRatings": "", "GetSourceRating": "", "RateSource": "admin"}
READERS = frozenset({"reviewer", "admin"})
LONGEST_QUERY = 200


def rating_rpc(outbox: Outbox, clock: Clock, *, secret: bytes) -> Rpc:
    """The service for a staff door."""
    servicer = Ratings(outbox, clock, Pages(secret))
    return Rpc(
        SERVICE,
        lambda server: source_rating_service_pb2_grpc.add_SourceRatingServiceServicer_to_server(servicer, server),
        ROLES,
    )


class Ratings(source_rating_service_pb2_grpc.SourceRatingServiceServicer):
    """Every call is about the site of the person behind it."""

    def __init__(self, outbox: Outbox, clock: Clock, pages: Pages) -> None:
        self._outbox, self._clock, self._pages = outbox, clock, pages

    async def ListSourceRatings(
        self, request: pb.ListSourceRatingsRequest, context: Any
    ) -> pb.ListSourceRatingsResponse:
        """Rated sources, and those that checks stood on without a rating, by domain."""
        site_id, size, query = _reader(), page_size(request.page_size), request.query.strip().lower()
        if len(query) > LONGEST_QUERY:
            raise Refused("QUERY_TOO_LONG", f"Use at most {LONGEST_QUERY} characters.", field="query", status=400)
        question = [str(site_id), "ratings", query]
        place = self._pages.place(question, request.page_token)
        after = str(place[0]) if place else ""
        found = await sources.listed(self._outbox.db, site_id, self._clock.now(), query, after, size + 1)
        rows = [_rated(each.domain, each.claims, each.rating, ()) for each in found[:size]]
        answer = pb.ListSourceRatingsResponse(sources=rows)
        if len(found) > size:
            answer.next_page_token = self._pages.token(question, [found[size - 1].domain])
        return answer

    async def GetSourceRating(self, request: pb.GetSourceRatingRequest, context: Any) -> pb.RatedSource:
        """One source, also one that nobody rated yet."""
        _reader()
        return await self._source(domain_of(request.domain))

    async def RateSource(self, request: pb.RateSourceRequest, context: Any) -> pb.RatedSource:
        """One more version, by the person behind the call."""
        person = PERSON.get()
        rating = await rate_source(
            self._outbox,
            person.site_id,
            domain=request.domain,
            credibility=request.credibility,
            note=request.note,
            provenance=request.provenance,
            link=request.link,
            by=person.person_id,
            by_name=person.name,
            seen=request.version,
            clock=self._clock,
        )
        return await self._source(rating.domain)

    async def _source(self, domain: str) -> pb.RatedSource:
        site_id, db = PERSON.get().site_id, self._outbox.db
        history = await sources.history(db, site_id, domain)
        standing = await bases.touched(db, Change(str(site_id), sources=frozenset({domain})))
        claims = {claim for each in standing.by_source.values() for claim in each}
        return _rated(domain, len(claims), rating_as_of(history, self._clock.now()), reversed(history))


def _reader() -> UUID:
    """The site of somebody who may read."""
    person = PERSON.get()
    if not person.roles & READERS:
        raise Refused("ROLE_MISSING", "This needs the role reviewer or admin.", status=403)
    return person.site_id


def _rated(domain: str, claims: int, now: SourceRating | None, versions: Iterable[SourceRating]) -> pb.RatedSource:
    told = [_version(each) for each in versions] or ([_version(now)] if now else [])
    return pb.RatedSource(
        domain=domain,
        credibility=now.credibility.value if now else "",
        version=max((each.version for each in told), default=0),
        claims=claims,
        versions=told,
    )


def _version(rating: SourceRating) -> pb.SourceRatingVersion:
    return pb.SourceRatingVersion(
        version=rating.version,
        credibility=rating.credibility.value,
        note=rating.note,
        provenance=rating.provenance,
        link=rating.link,
        recorded_by=rating.recorded_by,
        recorded_by_name=rating.recorded_by_name,
        valid_from=moment(rating.valid_from),
        recorded_at=moment(rating.recorded_at),
    )
