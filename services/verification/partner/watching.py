"""A subject watched by a partner until every claim of it has its outcome."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from plumbline.partner.v1 import fact_check_service_pb2 as pb

from services.verification.model.subject import Subject
from services.verification.partner import wire
from services.verification.partner.asking import id_in
from services.verification.store import subjects
from shared.paging import Pages
from shared.partner_keys import Caller
from shared.postgres import Database

LOOK_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0
WAITING, CHECKING, DONE = "waiting", "checking", "done"


@dataclass(frozen=True, slots=True)
class Watching:
    """Looks at the database: whichever instance checks the subject, every instance can be watched.

    A subject of another site, of another partner, or a draft is never heard of here, so it is waited for like one that
    does not exist: nobody can tell the three apart.
    """

    db: Database
    pages: Pages
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def watch(self, caller: Caller, request: pb.WatchSubjectRequest) -> AsyncIterator[pb.WatchSubjectResponse]:
        """Every change after the token, or what stands now without one; ends with the answer that says done. While
        nothing happens the last state comes again now and then. Raises Refused for a token of another subject or key."""
        subject_id = id_in(request.name, "subjects")
        question = ["watch", str(caller.site_id), caller.key_id, subject_id]
        place = self.pages.place(question, request.resume_token, field="resume_token")
        told = [str(each) for each in place] if place else []
        quiet = 0.0
        while True:
            subject = await self._seen(caller, subject_id)
            state, seen = state_of(subject, self.now())
            if seen != told or state == DONE or quiet >= HEARTBEAT_SECONDS:
                told, quiet = seen, 0.0
                answer = self._answer(subject_id, subject, state)
                answer.resume_token = self.pages.token(question, list(seen))
                yield answer
            if state == DONE:
                return
            await self.sleep(LOOK_SECONDS)
            quiet += LOOK_SECONDS

    async def _seen(self, caller: Caller, subject_id: str) -> Subject | None:
        subject = await subjects.load(self.db, subject_id)
        if subject is None or subject.sheet.site_id != str(caller.site_id):
            return None
        return subject if subject.sheet.seen_by(caller.partner_id) else None

    def _answer(self, subject_id: str, subject: Subject | None, state: str) -> pb.WatchSubjectResponse:
        answer = pb.WatchSubjectResponse(name=f"subjects/{subject_id}", state=state)
        if subject is None:
            return answer
        active = [claim for claim in subject.sheet.claims if claim.active]
        answer.claims = len(active)
        answer.under_check = len(subject.to_check) if state == CHECKING else 0
        for claim in active:
            outcome = subject.outcomes.get(claim.claim_id)
            if outcome is not None and outcome.text_hash == claim.text_hash:
                told_at = subject.sheet.published_at
                answer.verdicts.append(
                    wire.standing(claim.claim_id, claim.text, outcome, told_at=told_at, at=self.now())
                )
        return answer


def state_of(subject: Subject | None, at: datetime) -> tuple[str, list[str]]:
    """How far a subject is, and a name for what it shows: the same name, nothing new to tell.

    A round set for later because a source did not answer is not waited for: every claim has an outcome that says so.
    """
    if subject is None:
        return WAITING, [WAITING]
    under_way = subject.run is not None and subject.run.started_at <= at
    state = CHECKING if under_way else DONE
    return state, [state, str(subject.sheet.version), str(subject.version)]
