"""A short life of each service: what it hears, in an order that makes it use every handler it has."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from google.protobuf.message import Message
from plumbline.events.v1 import (
    claim_pb2,
    comment_pb2,
    directory_pb2,
    fact_check_pb2,
    publication_pb2,
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
from shared.directory import TOPIC as DIRECTORY
from shared.events import version_of
from shared.ids import DEFAULT_SITE
from shared.runtime import Running
from shared.service import ServiceSpec
from shared.testing.fakes import HashEncoder
from shared.testing.kit import MASTER
from shared.testing.records import Heard, record
from shared.testing.state import Retell
from tests.builders import cms, events
from tests.sample.newsroom import Newsroom
from tests.sample.newsroom import article as small_article

ARTICLE, CLAIM, VERDICT = "plumbline.article.v1", "plumbline.claim.v1", "plumbline.verdict.v1"
FACT_CHECK, COMMENT, REQUEST = "plumbline.factcheck.v1", "plumbline.comment.v1", "plumbline.request.v1"
SUBMISSION = "plumbline.submission.v1"
NEW_WORDS = "The tower is 330 metres high."


async def nothing(_running: Running) -> None:
    """This service needs nothing before it hears."""


@dataclass(frozen=True, slots=True)
class OfOrder:
    """What of a service's state may depend on the order in which it heard: counters, times, runs, and what was shown
    in between. Everything else must not."""

    tables: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    retell: Retell = field(default_factory=dict)


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
    of_order: OfOrder = OfOrder()
    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def spec(self, role: str) -> ServiceSpec:
        """The service under a name, and so with a database, of its own."""
        suffix = f"{role}_{uuid.uuid4().hex[:8]}"
        base, settings = self.base(suffix), self.settings(suffix)
        return replace(
            base, name=f"{base.name[:30]}_{suffix}", build=lambda _settings, found: base.build(settings, found)
        )


def heard(topic: str, message: Any) -> Heard:
    """A record of a contract message, with the same event id each time it is built."""
    version = version_of(message.version)
    names = ("article_id", "comment_id", "fact_check_id", "request_id", "site_id")
    subject = next(str(getattr(message, name)) for name in names if getattr(message, name, ""))
    text = f"{topic} {message.DESCRIPTOR.full_name} {message.SerializeToString(deterministic=True).hex()}"
    return record(topic, message, subject=subject, version=version, event_id=uuid.uuid5(uuid.NAMESPACE_OID, text))


def fixed(service: ServiceSpec) -> Callable[[str], ServiceSpec]:
    return lambda _suffix: service


# -- the small newsroom of these tests, and the directory every service hears

SMALL = Newsroom("small")


def small_articles() -> list[Heard]:
    newer = [small_article("a1", 1, "One"), small_article("a1", 2, "Two"), small_article("a2", 1, "Three")]
    return [heard(SMALL.articles, each) for each in (*newer, small_article("a1", 1, "One, late"))]


def small_panels() -> list[Heard]:
    from tests.sample.newsroom import _sheet

    articles = [small_article("a1", n, f"Title {n}") for n in (1, 2)]
    sheets = [_sheet(SMALL.sheets, each, version_of(each.version)).message for each in articles]
    return [heard(SMALL.articles, each) for each in articles] + [heard(SMALL.sheets, each) for each in sheets]


def directory_records() -> list[Heard]:
    found: list[Message] = []
    for counter, name in ((1, "Courier"), (3, "Harbour Courier"), (2, "Courier, late")):
        site = directory_pb2.Site(site_id=str(DEFAULT_SITE), name=name, version=events.version(counter))
        key = directory_pb2.PartnerKey(
            key_id="k1",
            site_id=str(DEFAULT_SITE),
            partner_id="p1",
            partner_name=name,
            secret_sha256=b"\x01" * 32,
            scopes=["panels.read"],
            requests_per_minute=60,
            revoked=counter == 3,
            version=events.version(counter),
        )
        signer = directory_pb2.StaffSigner(
            signer_id="s1", site_id=str(DEFAULT_SITE), public_key=bytes([counter]) * 32, version=events.version(counter)
        )
        found += [site, key, signer]
    return [heard(DIRECTORY, each) for each in found]


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


def without_version(panel: str | None) -> str | None:
    """A stored panel (hex of bytea) as text, without the version and moment it was told at."""
    if panel is None:
        return None
    message = publication_pb2.Panel.FromString(bytes.fromhex(panel.removeprefix("\\x")))
    message.ClearField("version")
    message.ClearField("updated_at")
    return str(message)


def sheet_without_version(body: Any) -> Any:
    """A stored sheet without the version it was told at."""
    return {name: value for name, value in body.items() if name != "version"}


def told_without_version(told: str | None) -> str | None:
    """A sheet as it was told (hex of bytea) as text, without its version."""
    if told is None:
        return None
    message = claim_pb2.ClaimSheet.FromString(bytes.fromhex(told.removeprefix("\\x")))
    message.ClearField("version")
    return str(message)


SEALED = {"delivery": ("sealed",), "source": ("sealed_current",)}
"""Encrypted anew each time."""
DRAWN = {"publication": ("revision",), "publication_log": ("revision",), "audio": ("opus",)}
"""Revisions come from a sequence, which leaves gaps where a transaction ended badly; Ogg streams have random serials."""

SHEETS_OF_ORDER = OfOrder(columns={"sheet": ("counter",)})
INGEST_OF_ORDER = OfOrder(tables=("delivery", "submission", "seen_delivery"), columns=SEALED)
EXTRACTION_OF_ORDER = OfOrder(
    # A claim that stood only in between leaves traces: the version of its sheet, and what is known of its words.
    columns={"sheet": ("counter", "answer"), "known": ("vector",)},
    retell={("sheet", "body"): sheet_without_version, ("sheet", "told"): told_without_version},
)
VERIFICATION_OF_ORDER = OfOrder(
    tables=("assessment", "audit", "audit_head"),
    columns={"subject": ("epoch", "counter", "last_run_id", "checked_at")},
)
COMMENT_OF_ORDER = OfOrder(columns={"thread": ("epoch", "counter"), "comment": ("epoch", "counter")})
PUBLISH_OF_ORDER = OfOrder(
    # A correction is said when readers saw the words before: whether they did is a matter of order.
    tables=("publication_log", "correction"),
    columns={"publication": ("revision", "panel_epoch", "panel_counter"), "audio": ("opus",)},
    retell={("publication", "panel"): without_version},
)

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
        lambda _: verification.Settings(),
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
