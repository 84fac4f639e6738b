"""Seeded articles of a newsroom's ordinary day, and the model calls an article needs at the least.

About 36 sentences and 660 words with eight things to check: five stated by the paper, three said by somebody. No two
articles share a sentence with a figure in it, so nothing is answered from a cache that a real day would not fill.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.bench.perf import phrases

CALLS_VERSION = 1
"""Which list of model calls `Story.calls` gives. A new list is a new version, and its figures a new series."""

Kind = Literal["stated", "said", "heard", "scene"]
PLAN: tuple[tuple[Kind, ...], ...] = (
    ("scene", "stated", "scene"),
    ("said", "scene", "heard"),
    ("scene", "scene", "scene", "stated"),
    ("heard", "scene"),
    ("scene", "stated", "scene", "scene"),
    ("said", "heard"),
    ("scene", "scene", "scene"),
    ("stated", "scene", "heard"),
    ("scene", "scene", "said", "scene"),
    ("heard", "scene", "scene"),
    ("stated", "scene", "heard"),
    ("scene", "scene"),
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and what it is: a figure stated or said, something said that is no fact, or a scene.

    `claim` is what there is to check in it, empty when nothing is.
    """

    kind: Kind
    text: str
    claim: str = ""


@dataclass(frozen=True, slots=True)
class ModelCalls:
    """What any engine has to ask its models about an article, however good it is.

    `parse`: sentences in which somebody says something; who says it is not to be seen without a parse. `embed`: the
    sentences with a figure or a speaker, from which the ones worth checking are chosen. `match`: the claims, each
    embedded and looked up among the fact checks by meaning and by words.
    """

    parse: tuple[str, ...]
    embed: tuple[str, ...]
    match: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """One article."""

    story_id: str
    title: str
    standfirst: str
    paragraphs: tuple[tuple[Sentence, ...], ...]

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(sentence for paragraph in self.paragraphs for sentence in paragraph)

    @property
    def blocks(self) -> tuple[str, ...]:
        return tuple(" ".join(sentence.text for sentence in paragraph) for paragraph in self.paragraphs)

    @property
    def html(self) -> str:
        return "\n".join(f"<p>{block}</p>" for block in self.blocks)

    @property
    def calls(self) -> ModelCalls:
        """Version 1 of the list."""
        return ModelCalls(
            parse=tuple(each.text for each in self.sentences if each.kind in ("said", "heard")),
            embed=tuple(each.text for each in self.sentences if each.kind != "scene"),
            match=tuple(each.claim for each in self.sentences if each.claim),
        )

    def revised(self) -> Story:
        """The same article with one paragraph written anew."""
        other = story(f"{self.story_id}/revised", 0)
        return Story(
            self.story_id,
            self.title,
            self.standfirst,
            (*self.paragraphs[:-2], other.paragraphs[-2], self.paragraphs[-1]),
        )


def stories(count: int, seed: int, *, prefix: str = "story") -> Iterator[Story]:
    """`count` articles; the same for the same seed and prefix."""
    for number in range(count):
        yield story(f"{prefix}-{seed}-{number}", seed * 1_000_003 + number)


def story(story_id: str, seed: int) -> Story:
    """One article; ids and seeds decide every word."""
    chance = random.Random(f"{story_id} {seed}")
    cast = phrases.Cast.draw(chance)
    scenes = chance.sample(phrases.SCENES, k=sum(kind == "scene" for row in PLAN for kind in row))
    heard = chance.sample(phrases.HEARD, k=sum(kind == "heard" for row in PLAN for kind in row))
    stated = chance.sample(phrases.STATED, k=sum(kind in ("stated", "said") for row in PLAN for kind in row))
    said = chance.sample(phrases.SAID, k=sum(kind == "said" for row in PLAN for kind in row))

    def sentence(kind: Kind) -> Sentence:
        if kind == "scene":
            return Sentence(kind, cast.fill(scenes.pop(), chance))
        if kind == "heard":
            return Sentence(kind, cast.fill(heard.pop(), chance))
        claim = cast.fill(stated.pop(), chance)
        if kind == "stated":
            return Sentence(kind, claim, claim)
        return Sentence(kind, cast.fill(said.pop(), chance, claim=claim[:-1]), claim)

    paragraphs = tuple(tuple(sentence(kind) for kind in row) for row in PLAN)
    title = cast.fill(chance.choice(phrases.TITLES), chance)
    return Story(story_id, title, cast.fill(chance.choice(phrases.STANDFIRSTS), chance), paragraphs)
