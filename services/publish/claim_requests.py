"""Claims readers want checked: read, kept once however often the form is sent, and told without who sent them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from services.publish import contract
from services.publish.pages import CLAIM_LENGTH, CLAIMANT_LENGTH, URL_LENGTH
from shared.errors import Conflict, Refused
from shared.events import Version
from shared.ids import derived_id
from shared.pseudonyms import Reader, ReaderQuota
from shared.sent import check_request_id, check_storable
from shared.service import Resources

FEWEST_WORDS = 2  # one word alone claims nothing

_TAKE = """
INSERT INTO reader_request (request_id, digest, taken_at) VALUES ($1, $2, $3)
ON CONFLICT (request_id) DO UPDATE SET digest = reader_request.digest
RETURNING digest, xmax = 0 AS fresh
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A claim to be checked, where the reader met it and who is said to have said it; the last two may be empty."""

    claim: str
    url: str = ""
    claimant: str = ""
    request_id: str = ""

    @property
    def digest(self) -> bytes:
        return hashlib.sha256("\x00".join((self.claim, self.url, self.claimant)).encode()).digest()


@dataclass(frozen=True, slots=True)
class Taken:
    """The request as it is kept; `again` when it was taken before."""

    request_id: UUID
    again: bool


def wanted_of(claim: str, url: str, claimant: str, request_id: str) -> Wanted:
    """What a form or a program sent, with its white space evened. Raises Refused naming the field."""
    check_storable(claim=claim, url=url, claimant=claimant, request_id=request_id)
    words, address, said_by = (" ".join(value.split()) for value in (claim, url, claimant))
    if not words:
        raise Refused("MISSING", "Write down the claim first.", field="claim")
    if len(words.split()) < FEWEST_WORDS:
        raise Refused("TOO_SHORT", "One word claims nothing. Write the whole sentence.", field="claim")
    for field, value, most in (
        ("claim", words, CLAIM_LENGTH),
        ("url", address, URL_LENGTH),
        ("claimant", said_by, CLAIMANT_LENGTH),
    ):
        if len(value) > most:
            raise Refused("TOO_LONG", f"This has {len(value):,} characters; at most {most:,} are taken.", field=field)
    if address and not _is_web_address(address):
        raise Refused("INVALID_URL", "This is no address of a page. It begins with https://.", field="url")
    check_request_id(request_id)
    return Wanted(words, address, said_by, request_id)


async def take(resources: Resources, site_id: UUID, wanted: Wanted, reader: Reader, quota: ReaderQuota) -> Taken:
    """Keep a request and tell it, in one transaction. Raises TooMany, or Conflict for a request id used for other words."""
    given = wanted.request_id
    request_id = derived_id("reader-request", str(site_id), given) if given else resources.ids.new()
    now = resources.clock.now()
    async with resources.outbox.transaction() as unit:
        row = await unit.fetchrow(_TAKE, request_id, wanted.digest, now)
        assert row is not None
        if not row["fresh"]:
            if row["digest"] != wanted.digest:
                message = "This form was sent before with another claim. Open the page again to send one more."
                raise Conflict(message, field="request_id")
            return Taken(request_id, again=True)
        quota.take(reader, resources.clock.monotonic())
        version = Version(resources.outbox.epoch, 1)
        unit.emit(
            contract.check_request(
                wanted.claim,
                url=wanted.url,
                claimant=wanted.claimant,
                request_id=request_id,
                site_id=site_id,
                version=version,
                at=now,
            )
        )
    return Taken(request_id, again=False)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
    except ValueError:
        return False
