"""Which claims a change touches: exactly those whose check would be given something else. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Change:
    """What changed on one site: fact checks by id, pages by address, sources by domain; and the claims, by id, that
    people put new evidence before."""

    site_id: str
    fact_checks: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    claims: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Basis:
    """What the last check of a claim stood on: fact checks near enough to count, pages it asked for (whether they
    answered or not), and the sites its evidence came from."""

    fact_checks: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Bases:
    """The bases of many claims, found by what they stand on."""

    by_fact_check: Mapping[str, set[str]] = field(default_factory=dict)
    by_page: Mapping[str, set[str]] = field(default_factory=dict)
    by_source: Mapping[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, bases: Mapping[str, Basis]) -> Bases:
        """Turned round once, so that a change costs what it touches and not what there is."""
        made = cls({}, {}, {})
        for claim_id, basis in bases.items():
            for index, names in (
                (made.by_fact_check, basis.fact_checks),
                (made.by_page, basis.pages),
                (made.by_source, basis.sources),
            ):
                for name in names:
                    index.setdefault(name, set()).add(claim_id)  # type: ignore[attr-defined]
        return made


def affected(change: Change, bases: Bases, near: Mapping[str, Iterable[str]]) -> set[str]:
    """The claims a change touches.

    A fact check touches the claims that stood on it, and those it is near enough to now (`near`, by its id): a new one
    stood under none yet, a changed one may have come nearer. A page touches whoever asked for it; a source whoever has
    evidence from it or from below it. What was put before a claim touches that claim.
    """
    touched: set[str] = set(change.claims)
    for fact_check_id in change.fact_checks:
        touched |= bases.by_fact_check.get(fact_check_id, set()) | set(near.get(fact_check_id, ()))
    for page in change.pages:
        touched |= bases.by_page.get(page, set())
    for domain in change.sources:
        for host, claims in bases.by_source.items():
            if below(host, domain):
                touched |= claims
    return touched


def below(host: str, domain: str) -> bool:
    """Whether a host is the domain or lies below it."""
    return host == domain or host.endswith("." + domain)
