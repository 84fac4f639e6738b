"""The archive for partners: search, read, match, import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import Message
from plumbline.partner.v1 import fact_check_service_pb2 as pb

from services.verification.archive import keep
from services.verification.archive_index import ArchiveIndex
from services.verification.engine.claim_review import NotUsable, Review, review_of
from services.verification.engine.matching import Match
from services.verification.model import FactCheck, Rating
from services.verification.partner import wire
from services.verification.partner.asking import at_most, id_in, masked_by, moment
from services.verification.site_policy import SitePolicy
from services.verification.store import fact_checks
from services.verification.store.fact_checks import Narrowed
from shared.errors import NotFound, Refused
from shared.outbox import Outbox
from shared.paging import Pages, page_size
from shared.partner_keys import Caller

LONGEST_QUERY = 1_000
DEEPEST = 1_000  # results of one query that can be paged through
MOST_NAMES = MOST_CLAIMS = 100
MOST_IMPORTS = 200
CANDIDATES, MOST_CANDIDATES = 3, 10
LAST = (datetime(9999, 1, 1, tzinfo=UTC), "")
FIELDS = {"claimReviewed": "claim", "url": "url", "author.url": "publisher_url"}

Mask = Callable[[pb.FactCheck], pb.FactCheck]


@dataclass(frozen=True, slots=True)
class ArchiveDoor:
    """Encoding and ranking happen off the event loop."""

    outbox: Outbox
    index: ArchiveIndex
    policy: SitePolicy
    pages: Pages

    async def search(self, caller: Caller, request: pb.SearchFactChecksRequest) -> pb.SearchFactChecksResponse:
        """Best first for a query, newest first without one; filters narrow both."""
        size, query = page_size(request.page_size), request.query.strip()
        if len(query) > LONGEST_QUERY:
            raise Refused("QUERY_TOO_LONG", "query has more than 1,000 characters.", field="query", status=400)
        narrowed, mask = _narrowed(request), masked_by(request.read_mask, pb.FactCheck)
        question = [str(caller.site_id), query, *narrowed.written]
        place = self.pages.place(question, request.page_token)
        if query:
            start = int(place[0]) if place else 0
            return await self._nearest(caller, query, narrowed, question, size, start, mask)
        before = (datetime.fromisoformat(place[0]), str(place[1])) if place else LAST
        found = await fact_checks.newest(self.outbox.db, caller.site_id, narrowed, before=before, size=size + 1)
        answer = pb.SearchFactChecksResponse(
            matches=[pb.FactCheckMatch(fact_check=mask(wire.fact_check(item))) for item in found[:size]]
        )
        if len(found) > size:
            last = found[size - 1]
            at = last.reviewed_at or datetime.fromtimestamp(0, UTC)
            answer.next_page_token = self.pages.token(question, [at.isoformat(), last.fact_check_id])
        return answer

    async def _nearest(
        self, caller: Caller, query: str, narrowed: Narrowed, question: list[str], size: int, start: int, mask: Mask
    ) -> pb.SearchFactChecksResponse:
        site_id = str(caller.site_id)
        wanted = DEEPEST if narrowed != Narrowed() else min(DEEPEST, start + size + 1)
        ranked = await self.index.search(site_id, query, wanted)
        held = await fact_checks.of_ids(self.outbox.db, site_id, [match.fact_check_id for match in ranked])
        found = [(m, held[m.fact_check_id]) for m in ranked if narrowed.lets_in(held.get(m.fact_check_id))]
        answer = pb.SearchFactChecksResponse(
            matches=[wire.match(m, mask(wire.fact_check(item)), 0.0) for m, item in found[start : start + size]]
        )
        if len(found) > start + size:
            answer.next_page_token = self.pages.token(question, [start + size])
        return answer

    async def get(self, caller: Caller, names: list[str], fields: list[str], mask: Mask) -> list[pb.FactCheck]:
        """Fact checks by name, in the order asked; `fields` say where each name stood. Raises NotFound naming it."""
        ids = [id_in(name, "factChecks", field=field) for name, field in zip(names, fields, strict=True)]
        held = await fact_checks.of_ids(self.outbox.db, str(caller.site_id), ids)
        missing = next((name for name, each in zip(names, ids, strict=True) if each not in held), None)
        if missing is not None:
            raise NotFound(f"fact check: {missing}")
        return [mask(wire.fact_check(held[each])) for each in ids]

    async def match(self, caller: Caller, request: pb.MatchClaimsRequest) -> pb.MatchClaimsResponse:
        """Each claim with its candidates, compared by code; `best` only where one is the very claim."""
        at_most(len(request.claims), MOST_CLAIMS, "claims")
        for number, claim in enumerate(request.claims):
            if not claim.strip() or len(claim) > LONGEST_QUERY:
                raise Refused(
                    "INVALID_CLAIM", "A claim has 1 to 1,000 characters.", field=f"claims[{number}]", status=400
                )
        if not 0 <= request.candidates <= MOST_CANDIDATES:
            raise Refused("INVALID_CANDIDATES", "candidates takes 0 to 10.", field="candidates", status=400)
        site_id, db = str(caller.site_id), self.outbox.db
        bar = (await self.policy.of(db, site_id)).match_similarity
        ranked = await self.index.match(site_id, list(request.claims), request.candidates or CANDIDATES)
        held = await fact_checks.of_ids(db, site_id, {match.fact_check_id for each in ranked for match in each})
        return pb.MatchClaimsResponse(
            matches=[_matched(claim, each, held, bar) for claim, each in zip(request.claims, ranked, strict=True)]
        )

    async def take_in(self, caller: Caller, request: pb.ImportFactChecksRequest) -> pb.ImportFactChecksResponse:
        """Takes what can be trusted into the archive, and says of the rest why not."""
        at_most(len(request.fact_checks), MOST_IMPORTS, "fact_checks")
        read = [_read(item, number, str(caller.site_id)) for number, item in enumerate(request.fact_checks)]
        batch = {each.item.fact_check_id: each.item for each in read if isinstance(each, Review)}
        done = await keep(self.outbox, caller.site_id, batch) if batch else {}
        self.index.wake()
        return pb.ImportFactChecksResponse(results=[_told(each, done) for each in read])


def _narrowed(request: pb.SearchFactChecksRequest) -> Narrowed:
    known = {rating.value for rating in Rating}
    for number, rating in enumerate(request.ratings):
        if rating not in known:
            raise Refused("UNKNOWN_RATING", "There is no such rating.", field=f"ratings[{number}]", status=400)
    since, before = moment(request, "reviewed_from"), moment(request, "reviewed_before")
    if since is not None and before is not None and since >= before:
        raise Refused("EMPTY_RANGE", "reviewed_before lies before reviewed_from.", field="reviewed_before", status=400)
    return Narrowed(request.language, request.publisher, tuple(sorted(set(request.ratings))), since, before)


def _matched(claim: str, ranked: list[Match], held: dict[str, FactCheck], bar: float) -> pb.ClaimMatches:
    candidates = [
        wire.match(match, wire.fact_check(held[match.fact_check_id]), bar)
        for match in ranked
        if match.fact_check_id in held and not held[match.fact_check_id].withdrawn
    ]
    best = next((each.fact_check.name for each in candidates if each.comparison == "same"), "")
    return pb.ClaimMatches(claim=claim, best=best, candidates=candidates)


def _read(item: pb.ImportedFactCheck, number: int, site_id: str) -> Review | pb.ImportResult:
    place = f"fact_checks[{number}]"
    try:
        reviewed = moment(item, "review_time")
        return review_of(_markup(item, reviewed), site_id)
    except NotUsable as problem:
        field = f"{place}.{FIELDS.get(problem.field, problem.field)}"
        return pb.ImportResult(result="refused", reason=_plain(str(problem)), field=field)
    except Refused as refused:
        return pb.ImportResult(result="refused", reason=refused.message, field=f"{place}.{refused.field}")


def _markup(item: pb.ImportedFactCheck, reviewed: datetime | None) -> dict[str, Any]:
    return {
        "claimReviewed": item.claim,
        "url": item.url,
        "name": item.title,
        "itemReviewed": {"author": {"name": item.claimant}},
        "author": {"name": item.publisher, "url": item.publisher_url},
        "reviewRating": {
            "alternateName": item.rating_label,
            "ratingValue": _given(item, "rating_value"),
            "bestRating": _given(item, "best_rating"),
            "worstRating": _given(item, "worst_rating"),
        },
        "datePublished": reviewed.isoformat() if reviewed else None,
        "inLanguage": item.language,
        "creativeWorkStatus": "withdrawn" if item.withdrawn else "",
    }


def _given(message: Message, field: str) -> float | None:
    return float(getattr(message, field)) if message.HasField(field) else None


def _plain(problem: str) -> str:
    for markup, ours in FIELDS.items():
        problem = problem.replace(markup, ours)
    return problem


def _told(read: Review | pb.ImportResult, done: dict[str, str]) -> pb.ImportResult:
    if isinstance(read, pb.ImportResult):
        return read
    item = read.item
    return pb.ImportResult(
        name=f"factChecks/{item.fact_check_id}",
        result=done[item.fact_check_id],
        reason=read.oddity,
        rating=item.rating.value if item.rating else "",
    )
