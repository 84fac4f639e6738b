"""What people do to the claims of an article: each step in one transaction that locks the sheet, asks the model, saves,
tells and writes the act down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.claim_extraction import act_store, contract, store
from services.claim_extraction.act_store import Act
from services.claim_extraction.choosing import Chosen, claim_of_words
from services.claim_extraction.handlers import tell
from services.claim_extraction.model import (
    ClaimSheet,
    FoundClaim,
    Reading,
    Subject,
    add_claim,
    dismiss_claim,
    in_reading_order,
    merge_claims,
    restore_claim,
    split_claim,
)
from services.claim_extraction.store import Held
from shared.assertions import Person
from shared.clock import Clock
from shared.errors import Conflict, NotFound, Refused
from shared.ids import derived_id
from shared.outbox import Outbox

MOST_ACTS = 100
LONGEST_REASON = 1_000
MOST_PARTS = 20


@dataclass(frozen=True, slots=True)
class Hand:
    """Who acts on the claims of which article, having seen which version of them."""

    person: Person
    article_id: str
    version: str


@dataclass(frozen=True, slots=True)
class Shown:
    """An article's claims with the text they stand in and what people did."""

    sheet: ClaimSheet
    about: Subject
    reading: Reading
    acts: list[Act]


@dataclass(frozen=True, slots=True)
class _Done:
    sheet: ClaimSheet
    act: str
    claim_id: str
    note: str = ""
    others: tuple[str, ...] = ()


Step = Callable[[ClaimSheet, Reading], _Done]


class Hands:
    """The staff door's operations. Every one raises NotFound for an article of another site, Conflict for claims that
    changed since they were seen."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox, self._clock = outbox, clock

    async def shown(self, site_id: UUID, article_id: str) -> Shown:
        """The claims as they stand."""
        db = self._outbox.db
        held = _own(await store.told(db, article_id), site_id)
        about = _about(held)
        return Shown(held.sheet, about, held.reading, await act_store.latest(db, article_id, MOST_ACTS))

    async def add(self, hand: Hand, chosen: Chosen) -> Shown:
        """Make a claim of words of the article."""

        def step(sheet: ClaimSheet, reading: Reading) -> _Done:
            found = claim_of_words(reading, chosen)
            claim_id = _id(sheet, found)
            return _Done(add_claim(sheet, found, claim_id=claim_id), "add", claim_id, found.text)

        return await self._take(hand, step)

    async def split(self, hand: Hand, claim_id: str, chosen: Sequence[Chosen]) -> Shown:
        """Make claims of parts of a claim."""
        if len(chosen) > MOST_PARTS:
            raise Refused("TOO_MANY_PARTS", f"A claim has at most {MOST_PARTS} parts.", field="parts", status=400)

        def step(sheet: ClaimSheet, reading: Reading) -> _Done:
            found = [claim_of_words(reading, each) for each in chosen]
            parts = [(_id(sheet, each), each) for each in found]
            after = split_claim(sheet, claim_id, parts)
            return _Done(after, "split", claim_id, others=tuple(part_id for part_id, _ in parts))

        return await self._take(hand, step)

    async def merge(self, hand: Hand, claim_id: str, into: str) -> Shown:
        """Put a claim aside that is the same as another."""

        def step(sheet: ClaimSheet, _: Reading) -> _Done:
            return _Done(merge_claims(sheet, claim_id, into, by=hand.person.name), "merge", claim_id, others=(into,))

        return await self._take(hand, step)

    async def dismiss(self, hand: Hand, claim_id: str, reason: str) -> Shown:
        """Say that words are no claim."""
        reason = reason.strip()
        if len(reason) > LONGEST_REASON:
            text = f"A reason has at most {LONGEST_REASON:,} characters."
            raise Refused("TOO_LONG", text, field="reason", status=400)

        def step(sheet: ClaimSheet, _: Reading) -> _Done:
            after = dismiss_claim(sheet, claim_id, because=reason, by=hand.person.name)
            return _Done(after, "dismiss", claim_id, reason)

        return await self._take(hand, step)

    async def restore(self, hand: Hand, claim_id: str) -> Shown:
        """Take a dismissal or a merge back."""

        def step(sheet: ClaimSheet, reading: Reading) -> _Done:
            return _Done(restore_claim(sheet, claim_id, blocks=reading.blocks), "restore", claim_id)

        return await self._take(hand, step)

    async def _take(self, hand: Hand, step: Step) -> Shown:
        person = hand.person
        async with self._outbox.transaction() as unit:
            held = _own(await store.held(unit, hand.article_id, str(person.site_id)), person.site_id)
            if hand.version != seen_as(held.sheet):
                raise Conflict("The claims or the text changed since you looked; look again.", field="version")
            done = step(held.sheet, held.reading)
            settled = replace(done.sheet, claims=in_reading_order(done.sheet.claims, held.reading.blocks))
            sheet = await tell(unit, self._outbox.epoch, settled, held.sheet, _about(held), held.reading)
            act = Act(done.act, done.claim_id, person.person_id, person.name, self._clock.now(), done.note, done.others)
            await act_store.write(unit, sheet, act)
        return await self.shown(person.site_id, hand.article_id)


def seen_as(sheet: ClaimSheet) -> str:
    """How the version of a sheet is named towards people's pages."""
    return f"{sheet.version.epoch}.{sheet.version.counter}"


def _own(held: Held | None, site_id: UUID) -> Held:
    """Foreign subjects, and what is no article, are as if they were not there."""
    if held is None or held.told is None or held.sheet.site_id != str(site_id) or not _about(held).public:
        raise NotFound("article")
    return held


def _about(held: Held) -> Subject:
    assert held.told is not None, "only what was told is shown"
    return contract.subject_of(held.told)


def _id(sheet: ClaimSheet, found: FoundClaim) -> str:
    """The id the same words would get from the extractor."""
    return str(derived_id("claim", sheet.subject_id, found.key))
