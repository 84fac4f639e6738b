"""What the kit's own little services hear, and what every service hears of the directory."""

from __future__ import annotations

from google.protobuf.message import Message
from plumbline.events.v1 import (
    directory_pb2,
)

from shared.directory import TOPIC as DIRECTORY
from shared.events import version_of
from shared.ids import DEFAULT_SITE
from shared.testing.records import Heard
from tests.builders import events
from tests.failure.hearing import heard
from tests.sample.newsroom import Newsroom
from tests.sample.newsroom import article as small_article

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
