"""What the newsroom's CMS delivers in a run: articles with revisions and withdrawals, comments with replies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from services.ingest.model import Origin
from shared.ids import DEFAULT_SITE
from tests.builders.cms import POSTED, PUBLISHED, REMOVED, REVISED, WITHDRAWN, article, comment

SOURCE = "chaos-cms"
ORIGIN = Origin(SOURCE, DEFAULT_SITE)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event of the CMS. `subject` is the id the platform gives its article or comment."""

    event: str
    kind: Literal["article", "comment"]
    type: str
    subject: str
    article_id: str
    version: int
    data: dict[str, Any]


def deliveries(random: Random, articles: int, comments: int) -> list[Delivery]:
    """In the order they are sent. A third of the articles is revised, some twice; one in twenty is withdrawn."""
    found: list[list[Delivery]] = []
    for number in range(articles):
        versions = random.choice((1, 1, 2, 3))
        mine = [_article(random, f"a{number}", version) for version in range(1, versions + 1)]
        if random.random() < 0.05:
            mine.append(_withdrawal(f"a{number}", versions + 1))
        found.append(mine)
    for number in range(comments):
        mine = found[random.randrange(articles)]
        mine.insert(random.randint(0, len(mine)), _comment(random, f"c{number}", mine[0].article_id, f"a{number}"))
    return list(_interleaved(random, found))


def _interleaved(random: Random, stories: list[list[Delivery]]) -> Iterable[Delivery]:
    """Each article's own events in their order, everything else mixed: about a dozen articles are in the news at once."""
    waiting = list(stories)
    in_the_news: list[list[Delivery]] = []
    while waiting or in_the_news:
        while waiting and len(in_the_news) < 12:
            in_the_news.append(waiting.pop(0))
        story = random.choice(in_the_news)
        yield story.pop(0)
        if not story:
            in_the_news.remove(story)


def _article(random: Random, external: str, version: int) -> Delivery:
    amount, year = random.randint(2, 900), random.randint(1990, 2024)
    html = (
        f"<p>The council spent {amount} million pounds on the harbour in {year}, the mayor said.</p>"
        f"<p>Unemployment in the county fell to {random.randint(2, 12)} per cent in {year}.</p>"
        f"<p>This is revision {version} of the report.</p>"
    )
    data = article(
        id=external, version=version, title=f"Report {external}", html=html, url=f"https://c.example/{external}"
    )
    return _of(external, PUBLISHED if version == 1 else REVISED, version, data)


def _withdrawal(external: str, version: int) -> Delivery:
    return _of(external, WITHDRAWN, version, {"id": external, "version": version})


def _of(external: str, kind: str, version: int, data: dict[str, Any]) -> Delivery:
    subject = str(ORIGIN.article_id(external))
    return Delivery(f"{external}@{version}", "article", kind, subject, subject, version, data)


def _comment(random: Random, external: str, article_id: str, of_article: str) -> Delivery:
    words = f"Reader {external} has counted {random.randint(2, 99)} boats and disagrees."
    removed = random.random() < 0.05
    data = comment(id=external, article_id=of_article, body=words, version=1)
    data["author"] = {"name": f"Reader {external}", "email": f"{external}@mail.example"}
    subject = str(ORIGIN.comment_id(external))
    return Delivery(f"{external}@1", "comment", REMOVED if removed else POSTED, subject, article_id, 1, data)


def article_delivery(external: str, version: int) -> Delivery:
    """One revision of one article, by name."""
    return _article(Random(f"{external}{version}"), external, version)
