"""People rate a source; the claims that have evidence from it are looked at again."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from services.verification import rechecks
from services.verification.engine.addresses import site_of
from services.verification.model.affected import Change
from services.verification.model.source import Credibility, SourceRating
from services.verification.store import audit, sources
from shared.clock import Clock
from shared.errors import Conflict, Refused
from shared.outbox import Outbox

DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
LONGEST = 1_000


async def rate_source(
    outbox: Outbox,
    site_id: UUID,
    *,
    domain: str,
    credibility: str,
    note: str,
    provenance: str,
    by: str,
    clock: Clock,
    valid_from: datetime | None = None,
    by_name: str = "",
    link: str = "",
    seen: int | None = None,
) -> SourceRating:
    """One more version of how a source is rated, by the person whose id is `by`. Raises Refused naming the field.

    `provenance` says where that is known from, `link` where to read it. With `seen`, the newest version that person knew
    of, a rating somebody gave meanwhile raises Conflict. The rating, the audit row and the job that re-checks what the source
    touches are committed together.
    """
    name, rated, address = domain_of(domain), _credibility(credibility), _link(link)
    for field, said, ask in (("note", note, "why"), ("provenance", provenance, "from where that is known")):
        if not said.strip() or len(said) > LONGEST:
            raise Refused("REASON_REQUIRED", f"Say {ask}, in at most {LONGEST:,} characters.", field=field)
    at = clock.now()
    async with outbox.transaction() as unit:
        history = await sources.locked(unit, site_id, name)
        newest = history[-1].version if history else 0
        if seen is not None and seen != newest:
            raise Conflict("Somebody rated this source since you looked; look again.", field="version")
        version, known = newest + 1, (note.strip(), provenance.strip())
        rating = SourceRating(name, version, rated, *known, by, valid_from or at, at, by_name, address)
        await sources.add(unit, site_id, rating)
        await rechecks.ask(unit, Change(str(site_id), sources=frozenset({name})))
        await audit.append(
            unit,
            {
                "act": "rate_source",
                "at": at.isoformat(),
                "site": str(site_id),
                "domain": name,
                "version": version,
                "credibility": rated.value,
                "people": [by],
            },
        )
    return rating


def domain_of(given: str) -> str:
    """The domain a person named, by itself or by an address on it. Raises Refused (`domain`)."""
    name = given.strip().lower().rstrip(".")
    name = site_of(name if "//" in name else f"//{name}")
    if not DOMAIN.fullmatch(name):
        raise Refused("INVALID_DOMAIN", "Give a domain such as example.org.", field="domain")
    return name


def _link(given: str) -> str:
    address = given.strip()
    try:
        parts = urlsplit(address)
        fits = not address or (parts.scheme in ("http", "https") and bool(parts.hostname))
    except ValueError:
        fits = False
    if not fits or len(address) > LONGEST or not address.isprintable():
        raise Refused("INVALID_LINK", "Give the address of a page on the web, or nothing.", field="link")
    return address


def _credibility(given: str) -> Credibility:
    try:
        return Credibility(given)
    except ValueError as error:
        choices = ", ".join(each.value for each in Credibility)
        raise Refused("UNKNOWN_CREDIBILITY", f"A source is {choices}.", field="credibility") from error
