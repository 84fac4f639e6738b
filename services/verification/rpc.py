"""The partner door: the archive of reviewed fact checks, the record of what was decided, and subjects being checked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from plumbline.partner.v1 import fact_check_service_pb2 as pb
from plumbline.partner.v1 import fact_check_service_pb2_grpc

from services.verification.archive_index import ArchiveIndex
from services.verification.partner.archive_door import MOST_NAMES, ArchiveDoor
from services.verification.partner.asking import at_most, masked_by
from services.verification.partner.record_door import RecordDoor
from services.verification.partner.watching import Watching
from services.verification.site_policy import SitePolicy
from shared.clock import Clock
from shared.grpc import CALLER, Rpc
from shared.outbox import Outbox
from shared.paging import Pages

SERVICE = "plumbline.partner.v1.FactCheckService"
READ, WRITE, VERDICTS = "factchecks.read", "factchecks.write", "verdicts.read"
SCOPES = {
    "SearchFactChecks": READ,
    "GetFactCheck": READ,
    "BatchGetFactChecks": READ,
    "MatchClaims": READ,
    "ImportFactChecks": WRITE,
    "GetVerdict": VERDICTS,
    "ListVerdictHistory": VERDICTS,
    "GetEvidence": VERDICTS,
    "ListSources": VERDICTS,
    "WatchSubject": VERDICTS,
}


def fact_check_rpc(outbox: Outbox, index: ArchiveIndex, policy: SitePolicy, *, clock: Clock, secret: bytes) -> Rpc:
    """The service for a partner door."""
    pages = Pages(secret)
    servicer = FactChecks(
        ArchiveDoor(outbox, index, policy, pages),
        RecordDoor(outbox.db, pages, clock.now),
        Watching(outbox.db, pages, clock.now),
    )
    return Rpc(
        SERVICE,
        lambda server: fact_check_service_pb2_grpc.add_FactCheckServiceServicer_to_server(servicer, server),
        SCOPES,
    )


class FactChecks(fact_check_service_pb2_grpc.FactCheckServiceServicer):
    """Every method reads the caller's own site; what it may not see does not exist for it."""

    def __init__(self, archive: ArchiveDoor, record: RecordDoor, watching: Watching) -> None:
        self._archive, self._record, self._watching = archive, record, watching

    async def SearchFactChecks(self, request: pb.SearchFactChecksRequest, context: Any) -> pb.SearchFactChecksResponse:
        return await self._archive.search(CALLER.get(), request)

    async def GetFactCheck(self, request: pb.GetFactCheckRequest, context: Any) -> pb.FactCheck:
        mask = masked_by(request.read_mask, pb.FactCheck)
        (found,) = await self._archive.get(CALLER.get(), [request.name], ["name"], mask)
        return found

    async def BatchGetFactChecks(
        self, request: pb.BatchGetFactChecksRequest, context: Any
    ) -> pb.BatchGetFactChecksResponse:
        at_most(len(request.names), MOST_NAMES, "names")
        mask = masked_by(request.read_mask, pb.FactCheck)
        fields = [f"names[{number}]" for number in range(len(request.names))]
        found = await self._archive.get(CALLER.get(), list(request.names), fields, mask)
        return pb.BatchGetFactChecksResponse(fact_checks=found)

    async def MatchClaims(self, request: pb.MatchClaimsRequest, context: Any) -> pb.MatchClaimsResponse:
        return await self._archive.match(CALLER.get(), request)

    async def ImportFactChecks(self, request: pb.ImportFactChecksRequest, context: Any) -> pb.ImportFactChecksResponse:
        return await self._archive.take_in(CALLER.get(), request)

    async def GetVerdict(self, request: pb.GetVerdictRequest, context: Any) -> pb.Verdict:
        return await self._record.verdict(CALLER.get(), request)

    async def ListVerdictHistory(
        self, request: pb.ListVerdictHistoryRequest, context: Any
    ) -> pb.ListVerdictHistoryResponse:
        return await self._record.history(CALLER.get(), request)

    async def GetEvidence(self, request: pb.GetEvidenceRequest, context: Any) -> pb.EvidenceSnapshot:
        return await self._record.evidence(CALLER.get(), request)

    async def ListSources(self, request: pb.ListSourcesRequest, context: Any) -> pb.ListSourcesResponse:
        return await self._record.sources(CALLER.get(), request)

    async def WatchSubject(
        self, request: pb.WatchSubjectRequest, context: Any
    ) -> AsyncIterator[pb.WatchSubjectResponse]:
        async for answer in self._watching.watch(CALLER.get(), request):
            yield answer
