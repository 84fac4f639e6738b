"""What of a service's state may depend on the order in which it heard, or is drawn anew each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from plumbline.events.v1 import (
    claim_pb2,
    publication_pb2,
)

from shared.testing.state import Retell


@dataclass(frozen=True, slots=True)
class OfOrder:
    """What of a service's state may depend on the order in which it heard: counters, times, runs, and what was shown
    in between. Everything else must not."""

    tables: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    retell: Retell = field(default_factory=dict)


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
    columns={
        "publication": ("revision", "panel_epoch", "panel_counter"),
        "audio": ("opus",),
        "draft": ("revision",),
    },
    retell={("publication", "panel"): without_version},
)
