"""Verification as a test handles it: tell it events, run its jobs, read what it told, act as its people."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from google.protobuf.message import Message
from plumbline.events.v1 import claim_pb2, fact_check_pb2, request_pb2, verdict_pb2
from plumbline.partner.v1 import fact_check_service_pb2
from plumbline.staff.v1 import review_service_pb2

from services.verification import contract, runs
from services.verification.app import SPEC, build
from services.verification.archive import import_claimreview
from services.verification.model import Outcome
from services.verification.model.subject import Subject
from services.verification.rpc import FactChecks
from services.verification.sandbox import Sandbox
from services.verification.settings import Settings
from services.verification.staff_rpc import Reviews
from services.verification.store import subjects
from shared.grpc import CALLER, PERSON, Caller, Person
from shared.ids import DEFAULT_SITE
from shared.inbox import AlreadyHandled, Work
from shared.kafka import Cluster
from shared.retrieval.encoder import EncoderCache
from shared.runtime import Running
from shared.service import Resources, Service
from shared.testing.kit import Observed, Stage
from shared.testing.records import Heard, deliver, record, told_by
from tests.builders import events as make

_QUEUED = "SELECT id, payload FROM pgqueuer WHERE entrypoint = $1 AND status = 'queued' ORDER BY id"
ANN = Person("11111111-0000-7000-8000-000000000001", "Ann Reviewer", frozenset({"reviewer"}), DEFAULT_SITE)
BEN = Person("11111111-0000-7000-8000-000000000002", "Ben Reviewer", frozenset({"reviewer"}), DEFAULT_SITE)


class Room:
    """One prepared service. Nothing runs by itself."""

    def __init__(self, running: Running, base_url: str, observed: Observed) -> None:
        self.running, self.base_url, self.observed = running, base_url, observed

    @property
    def resources(self) -> Resources:
        return self.running.resources

    @property
    def service(self) -> Service:
        return self.running.service

    def sheet(self, counter: int, *words: str, links: tuple[str, ...] = (), **changed: Any) -> claim_pb2.ClaimSheet:
        """An article with these claims, linking to these pages of the test's web."""
        found = make.claim_sheet(counter, *(make.claim(each) for each in words))
        found.url, found.title = "https://courier.example/deep-hall", "The deep sea in numbers"
        found.links.extend(f"{self.base_url}{each}" for each in links)
        for name, value in changed.items():
            setattr(found, name, value)
        return found

    async def hear(self, message: Message, *, times: int = 1) -> Heard:
        """Deliver an event as the consumer would."""
        topic = contract.REQUEST_TOPIC if isinstance(message, request_pb2.VerificationRequest) else contract.CLAIM_TOPIC
        heard = record(topic, message, subject=make.ARTICLE)
        await deliver(self.running, [heard], times=times)
        return heard

    async def queued(self) -> list[Any]:
        return await self.resources.db.fetch(_QUEUED, runs.CHECK)

    async def work(self) -> int:
        """Run every check that waits, once each; returns how many."""
        jobs = await self.queued()
        for job in jobs:
            await self.run_job(job)
        return len(jobs)

    async def run_job(self, job: Any, *, keep: bool = False) -> None:
        found = self.resources
        work = Work(
            found.outbox,
            work_id=UUID(int=job["id"]),
            topic=runs.CHECK,
            ids=found.ids,
            clock=found.clock,
            log=found.telemetry.log,
        )
        with contextlib.suppress(AlreadyHandled):
            await self.service.jobs[0].handler(job["payload"], work)
        if not keep:
            await found.db.execute("DELETE FROM pgqueuer WHERE id = $1", job["id"])

    async def check(self, message: claim_pb2.ClaimSheet) -> dict[str, Outcome]:
        """Hear a sheet, run its checks, return the outcomes by the words of the claim."""
        await self.hear(message)
        await self.work()
        return await self.outcomes()

    async def subject(self) -> Subject:
        found = await subjects.load(self.resources.db, make.ARTICLE)
        assert found is not None
        return found

    async def outcomes(self) -> dict[str, Outcome]:
        subject = await self.subject()
        words = {claim.claim_id: claim.text for claim in subject.sheet.claims}
        return {words[each]: outcome for each, outcome in subject.outcomes.items()}

    async def told(self, kind: type[Message]) -> list[Any]:
        """Every event of one type told so far, in order."""
        rows = await told_by(self.running)
        return [kind.FromString(row.value or b"") for row in rows if row.envelope.type == kind.DESCRIPTOR.full_name]

    async def sheets(self) -> list[verdict_pb2.VerdictSheet]:
        return await self.told(verdict_pb2.VerdictSheet)

    async def fact_checks(self) -> list[fact_check_pb2.FactCheck]:
        return await self.told(fact_check_pb2.FactCheck)

    async def archive(self, path: Path) -> dict[str, int]:
        """Import a file and let the index take it in."""
        counts = await import_claimreview(self.resources.outbox, path, base_url=self.base_url)
        await self.catch_up()
        return counts

    async def catch_up(self) -> None:
        index = self.index
        await index.catch_up()
        for site in index._sites.values():
            site.commit()

    @property
    def index(self) -> Any:
        """The archive in memory, reached through the loop that follows the database."""
        return self.service.loops[0][1].__self__  # type: ignore[attr-defined]

    # people

    async def reviews(self, person: Person = ANN, **request: Any) -> Any:
        return await self.staff("ListReviews", review_service_pb2.ListReviewsRequest(**request), person)

    async def review(self, words: str, person: Person = ANN) -> Any:
        request = review_service_pb2.GetReviewRequest(claim_id=make.claim_id(words))
        return await self.staff("GetReview", request, person)

    async def propose(self, words: str, person: Person = ANN, **said: Any) -> Any:
        """One person's decision, keeping the machine's citations unless others are given."""
        review = await self.review(words, person)
        said = {"citations": list(review.citations), "explanation": "As the page says.", **said}
        said.setdefault("version", review.version)
        corrects = review.state in ("decided", "corrected", "withdrawn")
        method = "CorrectDecision" if corrects else "ProposeDecision"
        request = getattr(review_service_pb2, f"{method}Request")(claim_id=review.claim_id, **said)
        return await self.staff(method, request, person)

    async def second(self, words: str, person: Person = BEN, *, agree: bool = True, **said: Any) -> Any:
        review = await self.review(words, person)
        said.setdefault("version", review.version)
        request = review_service_pb2.SecondDecisionRequest(claim_id=review.claim_id, agree=agree, **said)
        return await self.staff("SecondDecision", request, person)

    async def search(self, site_id: UUID = DEFAULT_SITE, /, **request: Any) -> Any:
        token = CALLER.set(Caller("p1", "Partner", site_id, "k1"))
        try:
            door = self._door(self.service.partner[0], FactChecks)
            return await door.SearchFactChecks(fact_check_service_pb2.SearchFactChecksRequest(**request), None)
        finally:
            CALLER.reset(token)

    async def staff(self, method: str, request: Message, person: Person = ANN) -> Any:
        """One call at the staff door."""
        token = PERSON.set(person)
        try:
            return await getattr(self._door(self.service.staff[0], Reviews), method)(request, None)
        finally:
            PERSON.reset(token)

    @staticmethod
    def _door(rpc: Any, kind: type) -> Any:
        """The servicer a door registers."""
        cells = [cell.cell_contents for cell in rpc.register.__closure__]
        return next(each for each in cells if isinstance(each, kind))


@contextlib.asynccontextmanager
async def open_room(
    stage: Stage, base_url: str, encoder: EncoderCache, sandbox: Sandbox, **set_to: Any
) -> AsyncIterator[Room]:
    """Verification prepared against the test's web, with further settings."""
    place = base_url.removeprefix("http://")

    def built(settings: Settings, resources: Resources) -> Service:
        given = type(settings)(fetch_allow=(place,), **set_to)
        return build(given, resources, sandbox=sandbox)

    around = stage.surroundings(Cluster(""))
    around.encoder = lambda: encoder
    running = await stage.prepare(replace(SPEC, build=built), around)
    try:
        yield Room(running, base_url, stage.observed[SPEC.group])
    finally:
        assert running.service.on_stop is not None
        await running.service.on_stop()


def jsonl(path: Path, *reviews: dict[str, Any]) -> Path:
    """A feed file of ClaimReview objects."""
    path.write_text(json.dumps({"@type": "DataFeed", "dataFeedElement": [{"item": each} for each in reviews]}))
    return path


def claim_review(url: str, claim: str, label: str, value: int, **changed: Any) -> dict[str, Any]:
    """A ClaimReview as fact checkers publish it, on a scale from 1 to 5."""
    rating = {"ratingValue": value, "worstRating": 1, "bestRating": 5, "alternateName": label}
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": url,
        "claimReviewed": claim,
        "name": f"About the claim: {claim}",
        "datePublished": "2024-07-02",
        "inLanguage": "en",
        "author": {"@type": "Organization", "name": "Northlight Fact Desk"},
        "reviewRating": rating,
        **changed,
    }
