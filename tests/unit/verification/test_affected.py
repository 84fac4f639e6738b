"""A change touches exactly the claims whose check would be given something else."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np

from services.verification.engine.nearness import ROUNDING, near_pairs
from services.verification.model.affected import Bases, Basis, Change, affected

CLAIMS, DIMENSIONS, BAR = 10_000, 24, 0.7


@dataclass(frozen=True)
class World:
    """Everything a check reads: fact checks (version, vector), pages (words), sources (rating)."""

    checks: dict[str, tuple[int, np.ndarray]]
    pages: dict[str, str]
    ratings: dict[str, str]


def unit(rows: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)
    return scaled


def host_of(page: str) -> str:
    return page.split("/")[0]


class Newsroom:
    """10,000 claims with vectors and links, and a world they are checked against."""

    def __init__(self, seed: int) -> None:
        self.draw, numbers = random.Random(seed), np.random.default_rng(seed)
        self.ids = [f"c{n}" for n in range(CLAIMS)]
        topics = unit(numbers.normal(size=(60, DIMENSIONS)))
        self.vectors = unit(topics[numbers.integers(0, 60, CLAIMS)] + 0.12 * numbers.normal(size=(CLAIMS, DIMENSIONS)))
        pages = [f"{self.draw.choice(['', 'data.', 'www2.'])}site{n % 40}.example/{n}" for n in range(900)]
        self.links = {each: frozenset(self.draw.sample(pages, self.draw.randint(0, 4))) for each in self.ids}
        checks = {f"f{n}": (1, unit(topics[n % 60] + 0.1 * numbers.normal(size=(2, DIMENSIONS)))) for n in range(150)}
        self.world = World(checks, dict.fromkeys(pages, "words"), {f"site{n}.example": "mixed" for n in range(40)})

    def given(self, world: World) -> list[tuple[object, ...]]:
        """What the check of every claim would be given, found the slow way: all claims against all there is."""
        names = sorted(world.checks)
        cosines = self.vectors @ np.concatenate([world.checks[each][1] for each in names]).T
        near = cosines.reshape(CLAIMS, len(names), 2).max(axis=2) >= BAR - ROUNDING
        versions = [(each, world.checks[each][0]) for each in names]
        rows: list[tuple[object, ...]] = []
        for number, claim_id in enumerate(self.ids):
            links = sorted(self.links[claim_id])
            hosts = {".".join(host_of(p).split(".")[n:]) for p in links for n in range(3)}
            matched = tuple(versions[n] for n in np.flatnonzero(near[number]).tolist())
            rated = tuple((host, world.ratings[host]) for host in sorted(hosts & world.ratings.keys()))
            rows.append((matched, tuple((page, world.pages[page]) for page in links), rated))
        return rows

    def bases(self) -> Bases:
        """What the last checks stood on, as they would have been written down."""
        pairs = near_pairs(self.ids, self.vectors, {k: v for k, (_, v) in self.world.checks.items()}, BAR)
        near: dict[str, set[str]] = {}
        for fact_check_id, claim_id, _ in pairs:
            near.setdefault(claim_id, set()).add(fact_check_id)
        return Bases.of(
            {
                each: Basis(frozenset(near.get(each, ())), self.links[each], frozenset(map(host_of, self.links[each])))
                for each in self.ids
            }
        )

    def brute_force(self, after: World, before: list[tuple[object, ...]]) -> set[str]:
        now = self.given(after)
        return {each for n, each in enumerate(self.ids) if now[n] != before[n]}

    def found(self, change: Change, after: World, bases: Bases) -> set[str]:
        vectors = {each: after.checks[each][1] for each in change.fact_checks if each in after.checks}
        near: dict[str, set[str]] = {}
        for fact_check_id, claim_id, _ in near_pairs(self.ids, self.vectors, vectors, BAR):
            near.setdefault(fact_check_id, set()).add(claim_id)
        return affected(change, bases, near)


def test_J11_a_change_touches_what_brute_force_finds_among_ten_thousand_claims() -> None:
    room = Newsroom(7)
    bases, world = room.bases(), room.world
    before = room.given(world)
    moved = unit(world.checks["f3"][1] + 0.4)
    page = max(world.pages, key=lambda p: len(bases.by_page.get(p, ())))
    gone = {k: v for k, v in world.checks.items() if k != "f9"}
    cases = {
        "new": (Change("s", fact_checks=frozenset({"new"})), replace(world, checks=world.checks | {"new": (1, moved)})),
        "changed": (
            Change("s", fact_checks=frozenset({"f3"})),
            replace(world, checks=world.checks | {"f3": (2, moved)}),
        ),
        "withdrawn": (Change("s", fact_checks=frozenset({"f9"})), replace(world, checks=gone)),
        "page": (Change("s", pages=frozenset({page})), replace(world, pages=world.pages | {page: "other words"})),
        "source": (
            Change("s", sources=frozenset({"site5.example"})),
            replace(world, ratings=world.ratings | {"site5.example": "unreliable"}),
        ),
        "unread": (Change("s", pages=frozenset({"nobody.example/asked"})), world),
    }
    sizes = {}
    for name, (change, after) in cases.items():
        touched = room.found(change, after, bases)
        assert touched == room.brute_force(after, before), name
        sizes[name] = len(touched)
    assert sizes.pop("unread") == 0
    assert all(0 < size < CLAIMS / 2 for size in sizes.values()), sizes


def test_J11_a_source_touches_its_subdomains_and_no_neighbour() -> None:
    names = {"site.example": {"a"}, "data.site.example": {"b"}, "opposite.example": {"c"}, "mysite.example": {"d"}}
    touched = affected(Change("s", sources=frozenset({"site.example"})), Bases(by_source=names), {})
    assert touched == {"a", "b"}


def test_J11_what_was_put_before_a_claim_touches_that_claim_alone() -> None:
    pages = frozenset({"site1.example/1"})
    bases = Bases.of({"c1": Basis(pages=pages), "c2": Basis(pages=pages)})
    assert affected(Change("s", claims=frozenset({"c1"})), bases, {}) == {"c1"}
    assert affected(Change("s", claims=frozenset({"c3"}), pages=pages), bases, {}) == {"c1", "c2", "c3"}
