"""What changed is looked at again: exactly the claims it touches, by durable jobs.

A change leaves one job in its own transaction. That job finds the claims and leaves one job a subject; each of these
starts a round over the claims touched, in the transaction that leaves the check.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np

from services.verification import runs
from services.verification.archive_index import ArchiveIndex
from services.verification.engine.comparison import compare_claims
from services.verification.engine.nearness import near_pairs
from services.verification.model import FactCheck, Sameness
from services.verification.model.affected import Change, affected
from services.verification.site_policy import SitePolicy
from services.verification.store import bases, fact_checks, subjects
from services.verification.store.bases import Placed
from shared.inbox import Work
from shared.outbox import Outbox, Unit

CHANGE = "verification.change"
SUBJECT = "verification.recheck"
PAGE = 5_000
# Every instance takes a committed fact check into its index within a second; the check must not be earlier.
INDEXED = timedelta(seconds=2)


async def ask(unit: Unit, change: Change) -> None:
    """Leave the job that looks at what a change touches. It exists exactly when the change does."""
    await unit.enqueue(CHANGE, _written(change))


class Rechecker:
    """Runs the two jobs."""

    def __init__(
        self, *, index: ArchiveIndex, policy: SitePolicy, outbox: Outbox, off_loop: Callable[..., Awaitable[Any]]
    ) -> None:
        self._index, self._policy, self._outbox, self._off_loop = index, policy, outbox, off_loop

    async def on_change(self, payload: bytes, work: Work) -> None:
        """Finds the claims a change touches and leaves a job for each of their subjects."""
        change = _read(payload)
        if await work.seen():
            return
        claims = await self.touched(change)
        by_subject = await bases.by_subject(work.db, change.site_id, claims) if claims else {}
        async with work.once() as tx:
            for subject_id, ids in by_subject.items():
                await tx.enqueue(SUBJECT, json.dumps({"subject_id": subject_id, "claims": ids}).encode())

    async def on_subject(self, payload: bytes, work: Work) -> None:
        """Starts a round over the claims of one subject that a change touched."""
        said = json.loads(payload)
        async with work.once() as tx:
            await subjects.lock(tx, said["subject_id"])
            known = await subjects.load(tx, said["subject_id"])
            if known is None:
                return
            run_id = str(work.ids.new())
            due = runs.after_change(known, said["claims"], run_id=run_id, at=work.clock.now())
            if due is None:
                return
            await subjects.save_run(tx, due)
            await tx.enqueue(runs.CHECK, runs.payload(due), dedupe_key=run_id, delay=INDEXED)

    async def touched(self, change: Change) -> set[str]:
        """The ids of the claims a change touches."""
        standing = await bases.touched(self._outbox.db, change)
        return affected(change, standing, await self._near(change))

    async def _near(self, change: Change) -> dict[str, set[str]]:
        """The claims each changed fact check is near enough to now. One that was taken back is near none."""
        db, model = self._outbox.db, self._index.model_hash
        held = await fact_checks.of_ids(db, change.site_id, change.fact_checks) if change.fact_checks else {}
        standing = {each: check for each, check in held.items() if not check.withdrawn}
        near: dict[str, set[str]] = {each: set() for each in standing}
        if not standing:
            return near
        bar = (await self._policy.of(db, change.site_id)).match_similarity
        vectors = await self._off_loop(self._index.vectors_of, list(standing.values()))
        after = ""
        while page := await bases.vectors(db, change.site_id, model, after, PAGE):
            for fact_check_id, claim_id in await self._off_loop(partial(_compared, page, standing, vectors, bar)):
                near[fact_check_id].add(claim_id)
            after = page[-1].claim_id
        return near


def _compared(
    page: list[Placed], standing: dict[str, FactCheck], vectors: dict[str, Any], bar: float
) -> list[tuple[str, str]]:
    """Near pairs that say the same or clearly differ; a verdict is never held against its own article."""
    placed = {each.claim_id: each for each in page}
    matrix = np.stack([np.frombuffer(each.vector, np.float16) for each in page]).astype(np.float32)
    kept: list[tuple[str, str]] = []
    for fact_check_id, claim_id, cosine in near_pairs(list(placed), matrix, vectors, bar):
        check, claim = standing[fact_check_id], placed[claim_id]
        own = check.own and (check.claim_id == claim_id or (check.article_id and check.article_id == claim.article_id))
        if not own and compare_claims(claim.text, check.claim, cosine).sameness is not Sameness.NOT_COMPARABLE:
            kept.append((fact_check_id, claim_id))
    return kept


def _written(change: Change) -> bytes:
    said = {
        "site_id": change.site_id,
        "fact_checks": sorted(change.fact_checks),
        "pages": sorted(change.pages),
        "sources": sorted(change.sources),
        "claims": sorted(change.claims),
    }
    return json.dumps(said).encode()


def _read(payload: bytes) -> Change:
    said = json.loads(payload)
    sets = {name: frozenset(said[name]) for name in ("fact_checks", "pages", "sources", "claims")}
    return Change(said["site_id"], **sets)
