"""The record for partners: what stands about a claim, what stood, on what evidence, and how sources are rated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from plumbline.partner.v1 import fact_check_service_pb2 as pb

from services.verification.model import Outcome
from services.verification.model.outcome import outcome_of
from services.verification.model.timeline import standing_as_of
from services.verification.partner import wire
from services.verification.partner.asking import as_of, id_in, masked_by
from services.verification.store import cited, record, sources
from services.verification.store.record import SeenClaim
from shared.errors import NotFound
from shared.paging import Pages, page_size
from shared.partner_keys import Caller
from shared.postgres import Database


@dataclass(frozen=True, slots=True)
class RecordDoor:
    """Reads alone. Everything can be asked as of a moment, and answers then as it would have answered at that moment."""

    db: Database
    pages: Pages
    now: Callable[[], datetime]

    async def verdict(self, caller: Caller, request: pb.GetVerdictRequest) -> pb.Verdict:
        """What stands about a claim, or stood. Raises NotFound for a claim that was not heard of by then."""
        mask, at = masked_by(request.read_mask, pb.Verdict), as_of(request, self.now())
        claim = await self._claim(caller, id_in(request.name, "claims"))
        known = await record.history(self.db, claim.claim_id, caller.site_id, at)
        stood = standing_as_of(claim.claim_id, known.words, known.verdicts, known.assessments, at)
        if stood is None:
            raise NotFound("claim")
        return mask(
            wire.standing(
                claim.claim_id,
                stood.worded.text,
                stood.outcome,
                verdict=stood.verdict,
                recorded_at=stood.recorded_at,
                told_at=claim.published_at,
                at=at,
                sources=(await self._sources(caller, [stood.outcome], stood.made_at)).get(claim.claim_id, ()),
            )
        )

    async def history(self, caller: Caller, request: pb.ListVerdictHistoryRequest) -> pb.ListVerdictHistoryResponse:
        """Every version of the decision on a claim known by a moment, first to last."""
        size, at = page_size(request.page_size), as_of(request, self.now())
        claim = await self._claim(caller, id_in(request.parent, "claims", field="parent"))
        asked = request.as_of.ToJsonString() if request.HasField("as_of") else ""
        question = [str(caller.site_id), "history", claim.claim_id, asked]
        place = self.pages.place(question, request.page_token)
        after = int(place[0]) if place else 0
        known = await record.history(self.db, claim.claim_id, caller.site_id, at)
        words = {each.text_hash: each.text for each in known.words}
        left = [verdict for verdict in known.verdicts if verdict.version > after]
        versioned = [replace(outcome_of(each), claim_id=str(each.version)) for each in left[:size]]  # each of its time
        stood_on = await self._sources(caller, versioned)
        answer = pb.ListVerdictHistoryResponse(
            verdicts=[
                wire.decision(each, words.get(each.text_hash, ""), stood_on.get(str(each.version), ()))
                for each in left[:size]
            ]
        )
        if len(left) > size:
            answer.next_page_token = self.pages.token(question, [left[size - 1].version])
        return answer

    async def evidence(self, caller: Caller, request: pb.GetEvidenceRequest) -> pb.EvidenceSnapshot:
        """A stored snapshot. Raises NotFound before it was known."""
        mask, at = masked_by(request.read_mask, pb.EvidenceSnapshot), as_of(request, self.now())
        found = await record.evidence(self.db, id_in(request.name, "evidence"), caller.site_id, at)
        if found is None:
            raise NotFound("evidence")
        item, recorded_at = found
        rating = await sources.of_address(self.db, caller.site_id, item.url, at)
        return mask(wire.snapshot(item, recorded_at, rating))

    async def sources(self, caller: Caller, request: pb.ListSourcesRequest) -> pb.ListSourcesResponse:
        """How the site's people rate its sources, by domain."""
        size, at = page_size(request.page_size), as_of(request, self.now())
        asked = request.as_of.ToJsonString() if request.HasField("as_of") else ""
        question = [str(caller.site_id), "sources", asked]
        place = self.pages.place(question, request.page_token)
        found = await sources.as_of(self.db, caller.site_id, at, str(place[0]) if place else "", size + 1)
        answer = pb.ListSourcesResponse(sources=[wire.source(each) for each in found[:size]])
        if len(found) > size:
            answer.next_page_token = self.pages.token(question, [found[size - 1].domain])
        return answer

    async def _sources(
        self, caller: Caller, outcomes: Sequence[Outcome | None], at: datetime | None = None
    ) -> dict[str, list[pb.VerdictSource]]:
        """What the outcomes cite, by claim id, each with the rating of its source that counted when the outcome came about."""
        told = [each for each in outcomes if each is not None and each.citations]
        found = await cited.by_outcomes(self.db, str(caller.site_id), told, at)
        held = found.evidence
        ratings = {(each.claim_id, each.evidence_id): each.rating for each in found.ratings}
        return {
            each.claim_id: [
                wire.verdict_source(held[evidence_id], ratings.get((each.claim_id, evidence_id)))
                for evidence_id in dict.fromkeys(citation.evidence_id for citation in each.citations)
                if evidence_id in held
            ]
            for each in told
        }

    async def _claim(self, caller: Caller, claim_id: str) -> SeenClaim:
        claim = await record.claim(self.db, claim_id, caller.site_id, caller.partner_id)
        if claim is None:
            raise NotFound("claim")
        return claim
