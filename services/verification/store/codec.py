"""Domain values as the JSON their columns hold, and back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from services.verification.model import Citation, Claim, Decision, Outcome, PolicySettings


@cache
def _outcomes() -> TypeAdapter[Outcome]:
    return TypeAdapter(Outcome)


@cache
def _decisions() -> TypeAdapter[Decision]:
    return TypeAdapter(Decision)


@cache
def _citations() -> TypeAdapter[tuple[Citation, ...]]:
    return TypeAdapter(tuple[Citation, ...])


@cache
def _policies() -> TypeAdapter[PolicySettings]:
    return TypeAdapter(PolicySettings)


@dataclass(frozen=True)
class Case:
    """What a claim was judged on besides its evidence: enough to decide again. `sources` are the evidence ids in the
    order they were read."""

    claim: Claim
    settings: PolicySettings
    sources: tuple[str, ...] = ()
    report: bool = False


@cache
def _cases() -> TypeAdapter[Case]:
    return TypeAdapter(Case)


def case_json(case: Case) -> str:
    """The article's text is named by its hash, not repeated."""
    text = case.claim.article_text
    name = hashlib.sha256(text.encode()).hexdigest() if text else ""
    return _cases().dump_json(replace(case, claim=replace(case.claim, article_text=name))).decode()


def case_from(body: str) -> Case:
    """`claim.article_text` holds the name of the text."""
    return _cases().validate_json(body)


def outcome_json(outcome: Outcome) -> str:
    return _outcomes().dump_json(outcome).decode()


def outcome_from(body: str) -> Outcome:
    return _outcomes().validate_json(body)


def decision_json(decision: Decision | None) -> str | None:
    return None if decision is None else _decisions().dump_json(decision).decode()


def decision_from(body: str | None) -> Decision | None:
    return None if body is None else _decisions().validate_json(body)


def citations_from(body: str) -> tuple[Citation, ...]:
    return _citations().validate_json(body)


def policy_json(settings: PolicySettings) -> str:
    return _policies().dump_json(settings).decode()


def policy_from(body: str) -> PolicySettings:
    return _policies().validate_json(body)


def rows_json(rows: list[dict[str, Any]]) -> str:
    """Rows for jsonb_to_recordset."""
    return json.dumps(rows, default=_plain, ensure_ascii=False)


def canonical_json(value: dict[str, Any]) -> str:
    """One spelling per value: keys sorted, no blanks, nothing escaped that need not be. What the audit chain hashes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form here")
