"""A short life of each service: what it hears, in an order that makes it use every handler it has."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from plumbline.events.v1 import (
    comment_pb2,
    fact_check_pb2,
    request_pb2,
    submission_pb2,
    verdict_pb2,
)
from pydantic_settings import BaseSettings

from services.claim_extraction import app as claim_extraction
from services.comment import app as comment
from services.ingest import app as ingest
from services.ingest.contract import CMS_ARTICLES, CMS_COMMENTS
from services.ingest.sources import add_source
from services.publish import app as publish
from services.verification import app as verification
from shared.runtime import Running
from shared.service import ServiceSpec
from shared.testing.fakes import HashEncoder
from shared.testing.kit import MASTER
from shared.testing.records import Heard
from tests.builders import cms, events
from tests.failure.hearing import heard
from tests.failure.kit_lives import SMALL, directory_records, small_articles, small_panels
from tests.failure.of_order import (
    COMMENT_OF_ORDER,
    DRAWN,
    EXTRACTION_OF_ORDER,
    INGEST_OF_ORDER,
    PUBLISH_OF_ORDER,
    SEALED,
    SHEETS_OF_ORDER,
    VERIFICATION_OF_ORDER,
    OfOrder,
)

ARTICLE, CLAIM, VERDICT = "plumbline.article.v1", "plumbline.claim.v1", "plumbline.verdict.v1"
FACT_CHECK, COMMENT, REQUEST = "plumbline.factcheck.v1", "plumbline.comment.v1", "plumbline.request.v1"
SUBMISSION = "plumbline.submission.v1"
NEW_WORDS = "The tower is 330 metres high."


async def nothing(_running: Running) -> None:
    """This service needs nothing before it hears."""


@dataclass(frozen=True, slots=True)
class Script:
    """One service and what it hears. `covers` names the services whose HEARS it goes through."""

    name: str
    base: Callable[[str], ServiceSpec]
    records: Callable[[], Sequence[Heard]]
    settings: Callable[[str], BaseSettings] = lambda _suffix: BaseSettings()
    furnish: Callable[[Running], Awaitable[None]] = nothing
    encoder: Callable[[], Any] = HashEncoder
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    of_order: OfOrder = field(default_factory=OfOrder)
    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def spec(self, role: str) -> ServiceSpec:
        """The service under a name, and so with a database, of its own."""
        suffix = f"{role}_{uuid.uuid4().hex[:8]}"
        base, settings = self.base(suffix), self.settings(suffix)
        return replace(
            base, name=f"{base.name[:30]}_{suffix}", build=lambda _settings, found: base.build(settings, found)
        )


def fixed(service: ServiceSpec) -> Callable[[str], ServiceSpec]:
    return lambda _suffix: service


# -- the small newsroom of these tests, and the directory every service hears


# -- the product's services


def articles() -> list[Heard]:
    said = "“The tower is 300 metres high,” said Ada Holm. Taxes rose by 12 per cent in 2021."
    changed = said.replace("300", "330")
    versions = (
        events.article(1, words=said),
        events.article(2, words=changed),
        events.article(1, words="An older version that comes late, of 55 million people."),
        events.article(3, words=changed, withdrawn=True),
        events.article(4, words=changed),
    )
    other = events.article(1, words="The tower is 330 metres high.", article_id=str(uuid.UUID(int=77)))
    checked = imported()
    checked.claim = "The tower is 330 metres high."
    return [
        *(heard(ARTICLE, each) for each in versions[:2]),
        heard(COMMENT, tip("Taxes rose by 12 per cent")),
        heard(ARTICLE, other),
        heard(REQUEST, check_request()),
        heard(FACT_CHECK, checked),
        heard(COMMENT, tip("Nothing of the kind stands there.", number=2)),
        *(heard(ARTICLE, each) for each in versions[2:]),
        heard(COMMENT, tip("", number=1, counter=2)),
        heard(ARTICLE, events.draft(words=said)),
        heard(ARTICLE, events.draft(2, withdrawn=True)),
    ]


def tip(words: str, *, number: int = 1, counter: int = 1) -> comment_pb2.Tip:
    return comment_pb2.Tip(
        tip_id=str(uuid.UUID(int=number)),
        site_id=events.SITE,
        article_id=events.ARTICLE,
        version=events.version(counter),
        text=words,
        withdrawn=not words,
    )


def check_request() -> request_pb2.CheckRequest:
    asked = request_pb2.CheckRequest(
        request_id=str(uuid.UUID(int=9)), site_id=events.SITE, text="The bridge cost 40 million euros."
    )
    asked.version.CopyFrom(events.version(1))
    asked.requested_at.FromDatetime(events.WHEN)
    return asked


def published() -> list[Heard]:
    progress = verdict_pb2.VerdictProgress(
        subject_id=events.ARTICLE, article_id=events.ARTICLE, site_id=events.SITE, run_id="r1", done=1, total=2
    )
    progress.version.CopyFrom(events.version(1))
    counts = comment_pb2.CommentCounts(article_id=events.ARTICLE, site_id=events.SITE, published=1)
    counts.version.CopyFrom(events.version(1))
    refuted = events.outcome(rating="mostly_refuted", headline="Mostly refuted", verdict_version=2)
    return [
        heard(ARTICLE, events.article(1)),
        heard(CLAIM, events.claim_sheet(1)),
        heard(VERDICT, progress),
        heard(VERDICT, events.verdict_sheet(1)),
        heard(VERDICT, events.verdict_sheet(2, refuted)),
        heard(COMMENT, events.comment(1)),
        heard(COMMENT, counts),
        heard(COMMENT, events.comment(1, 2, status="REMOVED")),
        heard(FACT_CHECK, imported()),
        heard(ARTICLE, events.article(1)),
        heard(VERDICT, events.verdict_sheet(1)),
        heard(ARTICLE, events.draft()),
        heard(ARTICLE, events.draft(2, withdrawn=True)),
        heard(CLAIM, events.draft_sheet()),
        heard(VERDICT, events.draft_verdicts(2, refuted)),
        heard(VERDICT, events.draft_verdicts(1)),
    ]


def imported() -> fact_check_pb2.FactCheck:
    found = fact_check_pb2.FactCheck(
        fact_check_id="f1",
        site_id=events.SITE,
        origin=fact_check_pb2.FACT_CHECK_ORIGIN_IMPORTED,
        claim=events.WORDS,
        title="Is the tower 300 metres high?",
        url="https://example.org/f1",
        publisher="Example",
        rating_label="True",
    )
    found.version.CopyFrom(events.version(1))
    found.reviewed_at.FromDatetime(events.WHEN)
    return found


def claims() -> list[Heard]:
    asked = request_pb2.VerificationRequest(
        request_id=str(uuid.UUID(int=9)), site_id=events.SITE, article_id=events.ARTICLE, version=events.version(1)
    )
    asked.requested_at.FromDatetime(events.WHEN)
    both = (events.claim(), events.claim(NEW_WORDS))
    return [
        heard(CLAIM, events.claim_sheet(1)),
        heard(REQUEST, asked),
        heard(CLAIM, events.claim_sheet(2, *both)),
        heard(CLAIM, events.claim_sheet(1, events.claim("Something older."))),
        heard(CLAIM, events.claim_sheet(3, events.claim(NEW_WORDS))),
        heard(CLAIM, events.draft_sheet(1, events.claim("The bridge cost 40 million euros."))),
    ]


def submission(number: int, counter: int = 1, *, parent: int = 0, **changed: Any) -> submission_pb2.CommentSubmission:
    found = submission_pb2.CommentSubmission(
        comment_id=str(uuid.UUID(int=number)),
        site_id=events.SITE,
        article_id=events.ARTICLE,
        version=events.version(counter),
        parent_comment_id=str(uuid.UUID(int=parent)) if parent else "",
        author_name="Wilma",
        author_key=f"key-{number}",
        body=f"I saw them from ferry number {number}.",
        **changed,
    )
    found.written_at.FromDatetime(events.WHEN)
    return found


def submissions() -> list[Heard]:
    removed = submission(1, 2, cms_decision=submission_pb2.CMS_DECISION_REMOVED)
    return [
        heard(SUBMISSION, submission(1)),
        heard(ARTICLE, events.article(1)),
        heard(SUBMISSION, submission(2, parent=3)),
        heard(SUBMISSION, submission(3)),
        heard(SUBMISSION, removed),
        heard(SUBMISSION, submission(1)),
        heard(ARTICLE, events.article(2, withdrawn=True)),
    ]


async def give_source(running: Running) -> None:
    found = running.resources
    await add_source(found.outbox, MASTER, found.clock, "wire", kind="kafka")


def from_the_cms() -> list[Heard]:
    structured = [("content-type", b"application/cloudevents+json")]
    said: list[tuple[str, dict[str, Any]]] = [
        (CMS_ARTICLES, cms.event(cms.article(), id="e1", source="/wire")),
        (CMS_ARTICLES, cms.event(cms.article(version=2), id="e2", source="/wire", type=cms.REVISED)),
        (CMS_ARTICLES, cms.event(cms.article(version=1), id="e3", source="/wire", type=cms.REVISED)),
        (CMS_ARTICLES, cms.event(cms.article(version=3, html=None), id="e4", source="/wire", type=cms.REVISED)),
        (CMS_COMMENTS, cms.event(cms.comment(), id="e5", source="/wire", type=cms.POSTED)),
        (CMS_COMMENTS, cms.event(cms.comment(), id="e6", source="/wire", type=cms.REMOVED)),
    ]
    return [
        Heard(topic, b"k", cms.as_json(event), structured, offset=number) for number, (topic, event) in enumerate(said)
    ]


def quick_extraction(_suffix: str) -> BaseSettings:
    return claim_extraction.Settings(encoder=False, syntax=False)


SCRIPTS = (
    Script("sheets", lambda _suffix: SMALL.sheet_maker, small_articles, of_order=SHEETS_OF_ORDER),
    Script("panels", lambda _suffix: SMALL.panel_maker, small_panels),
    Script("directory", lambda _suffix: SMALL.desk, directory_records),
    Script(
        "ingest",
        fixed(ingest.SPEC),
        from_the_cms,
        lambda _: ingest.Settings(),
        give_source,
        left_out=SEALED,
        of_order=INGEST_OF_ORDER,
    ),
    Script("claim_extraction", fixed(claim_extraction.SPEC), articles, quick_extraction, of_order=EXTRACTION_OF_ORDER),
    Script(
        "verification",
        fixed(verification.SPEC),
        claims,
        lambda _: verification.SPEC.settings(),
        of_order=VERIFICATION_OF_ORDER,
    ),
    Script("comment", fixed(comment.SPEC), submissions, lambda _: comment.Settings(), of_order=COMMENT_OF_ORDER),
    Script(
        "publish",
        fixed(publish.SPEC),
        published,
        lambda _: publish.Settings(),
        left_out=DRAWN,
        of_order=PUBLISH_OF_ORDER,
    ),
)
