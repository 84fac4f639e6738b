"""What a site says of itself, and what may be given to a partner."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

from shared.errors import Refused

LONGEST_TEXT = 2_000
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SCOPES = ("claims.read", "claims.write", "factchecks.read", "factchecks.write", "panels.read", "verdicts.read")
MOST_PER_MINUTE = 100_000


@dataclass(frozen=True, slots=True)
class SiteIdentity:
    """What stands on every page of a newsroom."""

    name: str
    languages: tuple[str, ...] = ("en",)
    publisher: str = ""
    legal_footer: str = ""
    mission: str = ""
    contact: str = ""
    homepage: str = ""
    address: str = ""
    editor_in_chief: str = ""
    funding: str = ""
    corrections_policy: str = ""


@dataclass(frozen=True, slots=True)
class RatingChoice:
    """One rating of a scheme; `value` is 1 (refuted) to 5 (supported), None beside the scale."""

    rating: str
    label: str
    value: int | None = None


DEFAULT_SCHEME_ID = "default"
DEFAULT_SCHEME = (
    RatingChoice("refuted", "Refuted", 1),
    RatingChoice("mostly_refuted", "Mostly refuted", 2),
    RatingChoice("mixed", "Mixed", 3),
    RatingChoice("mostly_supported", "Mostly supported", 4),
    RatingChoice("supported", "Supported", 5),
    RatingChoice("conflicting", "Conflicting evidence"),
    RatingChoice("missing_context", "Missing context"),
    RatingChoice("not_enough_evidence", "Not enough evidence"),
    RatingChoice("withdrawn", "Withdrawn"),
)


def check_identity(identity: SiteIdentity) -> SiteIdentity:
    """Raises Refused naming the field when something cannot stand on a page."""
    if not identity.name.strip():
        raise Refused("INVALID_SITE", "A site needs a name.", field="name")
    for one in fields(identity):
        value = getattr(identity, one.name)
        if isinstance(value, str) and (len(value) > LONGEST_TEXT or "\x00" in value):
            raise Refused("INVALID_SITE", f"Use at most {LONGEST_TEXT:,} characters.", field=one.name)
    if not identity.languages or not all(LANGUAGE.fullmatch(one) for one in identity.languages):
        raise Refused("INVALID_SITE", "Languages are BCP 47 tags such as en or pt-BR.", field="languages")
    if identity.homepage and not identity.homepage.startswith(("https://", "http://")):
        raise Refused("INVALID_SITE", "The homepage is an http or https address.", field="homepage")
    return identity


def check_partner(name: str, scopes: Iterable[str], per_minute: int) -> tuple[str, tuple[str, ...]]:
    """The partner's name and scopes as they are kept. Raises Refused naming the field."""
    found = " ".join(name.split())
    if not found or len(found) > 120 or not found.isprintable():
        raise Refused("INVALID_PARTNER", "Give the partner a name of 1 to 120 printable characters.", field="name")
    wanted = tuple(sorted(set(scopes)))
    if not wanted or not set(wanted) <= set(SCOPES):
        raise Refused("INVALID_SCOPE", f"Give one or more of {', '.join(SCOPES)}.", field="scopes")
    if not 1 <= per_minute <= MOST_PER_MINUTE:
        raise Refused(
            "INVALID_QUOTA", f"Requests per minute lie between 1 and {MOST_PER_MINUTE:,}.", field="requests_per_minute"
        )
    return found, wanted
