"""People set a site's policy: one more version, checked, audited, in force from the next check on."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from services.verification.model import PolicySettings
from services.verification.model.outcome import Basis
from services.verification.model.policy_settings import PathRecord
from services.verification.model.rating import REFUTING, Rating
from services.verification.rating_sources import DOMAIN
from services.verification.store import audit, policy
from services.verification.store.codec import policy_json
from shared.clock import Clock
from shared.errors import Conflict, Refused
from shared.outbox import Outbox
from shared.strict_json import parse_json

READ_LANGUAGES = frozenset({"en"})
"""Languages the rules can read; a site may do without, and not add one."""


def _domain(name: str) -> str:
    if not DOMAIN.fullmatch(name):
        raise ValueError("is no domain such as example.org")
    return name


def _read(language: str) -> str:
    if language not in READ_LANGUAGES:
        raise ValueError(f"is none the machine reads: {', '.join(sorted(READ_LANGUAGES))}")
    return language


class Measured(BaseModel):
    """How often one path was right about one rating."""

    model_config = ConfigDict(extra="forbid")

    path: Basis
    rating: Rating
    decisions: int = Field(ge=1, le=10**9)
    correct: int = Field(ge=0, le=10**9)

    @model_validator(mode="after")
    def _adds_up(self) -> Measured:
        if self.correct > self.decisions:
            raise ValueError("has more correct decisions than decisions")
        if self.rating in REFUTING or self.rating is Rating.WITHDRAWN:
            raise ValueError(f"{self.rating.value} always takes people")
        return self


class Wanted(BaseModel):
    """What may be set; what is left out stays as it is. The bars for deciding alone can be raised, not lowered.

    With `version`, the one this was made from, a policy that somebody set meanwhile is not overwritten.
    """

    model_config = ConfigDict(extra="forbid")

    version: int | None = None
    own_domains: frozenset[Annotated[str, AfterValidator(_domain)]] = frozenset()
    two_people_for: frozenset[Rating] = frozenset()
    match_similarity: float = Field(default=0.7, ge=0.5, le=1)
    stance_score: float = Field(default=0.8, ge=0.5, le=1)
    stance_sources: int = Field(default=2, ge=2, le=100)
    alone_precision: float = Field(default=0.95, ge=0.95, le=1)
    alone_decisions: int = Field(default=200, ge=200, le=10**9)
    paths: tuple[Measured, ...] = ()
    languages: frozenset[Annotated[str, AfterValidator(_read)]] = READ_LANGUAGES

    def upon(self, held: PolicySettings) -> PolicySettings:
        """The next version of `held`."""
        given: dict[str, Any] = {name: getattr(self, name) for name in self.model_fields_set - {"version"}}
        if "paths" in given:
            given["paths"] = tuple(PathRecord(**dict(one)) for one in self.paths)
        return replace(held, version=held.version + 1, **given)


def read_wanted(body: bytes) -> Wanted:
    """The settings in a JSON object. Raises Refused naming the field."""
    try:
        return Wanted.model_validate(parse_json(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        said = first["msg"].removeprefix("Value error, ")
        field = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"]).lstrip(".")
        raise Refused("INVALID_POLICY", f"{field}: {said}.", field=field) from error


async def set_policy(outbox: Outbox, site_id: UUID, wanted: Wanted, *, by: str, clock: Clock) -> PolicySettings:
    """One more version of a site's policy, by the person whose id is `by`; policy and audit row are committed together.

    Raises Refused where nothing would change, Conflict where somebody else set it at the same time.
    """
    async with outbox.transaction() as unit:
        held = await policy.latest(unit, site_id) or PolicySettings()
        if wanted.version not in (None, held.version):
            raise Conflict(f"The policy is at version {held.version} now; look again.", field="version")
        settings = wanted.upon(held)
        if replace(settings, version=held.version) == held:
            raise Refused("NO_CHANGE", "This is what holds already.", field="file")
        if not await policy.add(unit, site_id, settings, by=by):
            raise Conflict("Somebody else set the policy just now; look again.")
        body = hashlib.sha256(policy_json(settings).encode()).hexdigest()
        entry = {"act": "set_policy", "at": clock.now().isoformat(), "site": str(site_id), "version": settings.version}
        await audit.append(unit, entry | {"body_sha256": body, "people": [by]})
    return settings


def as_shown(settings: PolicySettings) -> dict[str, Any]:
    """A policy as the file that would set it, with its version, for people to read and change."""
    shown = TypeAdapter(PolicySettings).dump_python(settings, mode="json")
    kept = {name: shown[name] for name in Wanted.model_fields}
    return {name: sorted(value) if name in _SETS else value for name, value in kept.items()}


_SETS = frozenset({"own_domains", "two_people_for", "languages"})
