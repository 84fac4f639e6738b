"""A small verification behind a staff door, as far as ratings of sources go: every refusal, and one other desk lead."""

from __future__ import annotations

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.staff.v1 import source_rating_service_pb2 as pb
from plumbline.staff.v1 import source_rating_service_pb2_grpc

from shared.errors import Conflict, Refused
from shared.grpc import PERSON, Person

ROLES = {"ListSourceRatings": "", "GetSourceRating": "", "RateSource": "admin"}
RULING, BARE = "courier.example", "wire.example"


class SourceRatings(source_rating_service_pb2_grpc.SourceRatingServiceServicer):
    """Two sources: one that was rated, one that checks stood on."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.heard: list[tuple[Person, Any]] = []
        self.sources = {RULING: pb.RatedSource(domain=RULING, claims=3), BARE: pb.RatedSource(domain=BARE, claims=1)}
        self.rate(
            RULING, "mixed", "Corrects late & <seldom>.", "Press council, ruling 4", "https://council.example/4", "Lea"
        )

    def rate(self, domain: str, credibility: str, note: str, provenance: str, link: str, by: str) -> None:
        source = self.sources.setdefault(domain, pb.RatedSource(domain=domain))
        source.version += 1
        source.credibility = credibility
        at = Timestamp(seconds=1_780_000_000 + source.version * 86_400)
        told = pb.SourceRatingVersion(
            version=source.version, credibility=credibility, note=note, provenance=provenance, link=link,
            recorded_by="p-1", recorded_by_name=by, valid_from=at, recorded_at=at,
        )  # fmt: skip
        rest = list(source.versions)
        del source.versions[:]
        source.versions.extend([told, *rest])

    async def ListSourceRatings(self, request: Any, context: Any) -> Any:
        self._hear(request)
        found = [each for name, each in sorted(self.sources.items()) if request.query in name]
        return pb.ListSourceRatingsResponse(sources=found, next_page_token="" if request.page_token else "t/2")

    async def GetSourceRating(self, request: Any, context: Any) -> Any:
        self._hear(request)
        name = request.domain.removeprefix("https://").partition("/")[0]
        if "." not in name:
            raise Refused("INVALID_DOMAIN", "Give a domain such as example.org.", field="domain")
        return self.sources.get(name, pb.RatedSource(domain=name))

    async def RateSource(self, request: Any, context: Any) -> Any:
        person = self._hear(request)
        for field in ("note", "provenance"):
            if not getattr(request, field):
                raise Refused("REASON_REQUIRED", f"Say in at most 1,000 characters: {field}.", field=field)
        known = self.sources.get(request.domain, pb.RatedSource())
        if request.version != known.version:
            raise Conflict("Somebody rated this source since you looked; look again.", field="version")
        self.rate(request.domain, request.credibility, request.note, request.provenance, request.link, person.name)
        return self.sources[request.domain]

    def of_kind(self, name: str) -> list[Any]:
        """The requests of one kind, in the order they came."""
        return [said for _, said in self.heard if type(said).DESCRIPTOR.name == name]

    def _hear(self, request: Any) -> Person:
        self.heard.append((PERSON.get(), request))
        return PERSON.get()
