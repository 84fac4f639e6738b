"""The client shown to partners does what it says, at the real doors of both services it calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from services.verification.rpc import SCOPES
from shared.clock import SystemClock
from shared.grpc import GrpcDoor, PartnerAuth
from shared.ids import DEFAULT_SITE
from shared.partner_keys import new_key
from shared.testing.kit import Stage
from shared.testing.patience import PATIENCE
from tests.integration.claim_extraction.newsdesk import open_newsdesk
from tests.integration.verification.all_jobs import run_all
from tests.integration.verification.partner_calls import OneKey
from tests.integration.verification.room import Room

pytestmark = pytest.mark.postgres

EXAMPLE = Path("docs/examples/check_a_text.py")
TEXT = "The wreck of the Marianne lies at a depth of about 3,800 metres. Sound travels at 1,500 metres per second in water."


async def test_the_example_sends_a_text_and_watches_it_until_every_claim_has_its_outcome(
    room: Room, stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    check: Callable[..., str] = run_path(str(EXAMPLE))["check"]
    key = new_key()
    auth = PartnerAuth(
        OneKey(key, DEFAULT_SITE, "p1", frozenset(SCOPES.values()) | {"claims.write"}), clock=SystemClock()
    )
    async with open_newsdesk(stage, None) as desk:
        services = (*desk.running.service.partner, *room.service.partner)
        telemetry = room.resources.telemetry
        door = GrpcDoor(services, host="127.0.0.1", port=0, telemetry=telemetry, authenticate=auth)
        await door.start()
        client = asyncio.create_task(asyncio.to_thread(check, door.target, key.plain, TEXT))
        try:
            sheet = await _sent(desk)
            await room.hear(sheet)
            await run_all(room)
            token = await asyncio.wait_for(client, PATIENCE)
        finally:
            await door.stop(0)
    said = capsys.readouterr().out
    assert token
    assert f"subjects/{sheet.subject_id}: {len(sheet.claims)} claims" in said
    assert f"done: {len(sheet.claims)} of {len(sheet.claims)} checked" in said
    assert all(f"- {claim.text}\n" in said for claim in sheet.claims)


async def _sent(desk: Any) -> Any:
    """The claim sheet of what the client sent in, once it did."""
    async with asyncio.timeout(PATIENCE):
        while not (told := await desk.told()):
            await asyncio.sleep(0.05)
    return told[-1]
