"""Verification as it runs: on a broker with its own jobs, behind its doors, in a database it does not rule."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import grpc.aio
import pytest
from plumbline.events.v1 import verdict_pb2
from plumbline.partner.v1 import fact_check_service_pb2, fact_check_service_pb2_grpc
from plumbline.staff.v1 import review_service_pb2, review_service_pb2_grpc

from services.verification import contract
from services.verification.app import SPEC, build
from services.verification.sandbox import Sandbox
from services.verification.settings import Settings
from shared.assertions import AssertionSigner
from shared.clock import SystemClock
from shared.directory import PartnerKey, StaffSigner
from shared.events import Outgoing, version_of
from shared.grpc import GrpcDoor, PartnerAuth, StaffAuth
from shared.ids import DEFAULT_SITE
from shared.local.broker import EmbeddedBroker
from shared.local.postgres import EmbeddedPostgres
from shared.local.site_server import SiteServer
from shared.outbox import Outbox
from shared.partner_keys import NewKey, new_key
from shared.postgres import PLATFORM
from shared.retrieval.encoder import EncoderCache
from shared.service import Resources, Service
from shared.testing.kit import Stage, eventually
from shared.testing.patience import PATIENCE
from tests.builders import events as make
from tests.integration.verification.room import ANN, Room, claim_review, jsonl
from tests.integration.verification.test_checks import SOUND, WRONG_DEPTH
from tests.integration.verification.test_runs import WRECK

pytestmark = pytest.mark.postgres

RECORDED = ("audit", "verdict", "verdict_citation", "assessment", "policy", "snapshot", "evidence")


async def test_a_sheet_on_the_broker_becomes_a_published_verdict_sheet(
    stage: Stage, embedded_broker: EmbeddedBroker, web: SiteServer, encoder: EncoderCache, sandbox: Sandbox
) -> None:
    place = web.base_url.removeprefix("http://")

    def built(settings: Settings, resources: Resources) -> Service:
        return build(settings.model_copy(update={"fetch_allow": (place,)}), resources, sandbox=sandbox)

    topics = [contract.CLAIM_TOPIC, contract.REQUEST_TOPIC, contract.VERDICT_TOPIC, contract.FACT_CHECK_TOPIC]
    around = await stage.around(embedded_broker, topics)
    around.encoder = lambda: encoder
    running = await stage.prepare(replace(SPEC, build=built), around)
    stage.bound(around, [running])
    await running.start()
    sheet = Room(running, web.base_url, stage.observed[SPEC.group]).sheet(1, SOUND, links=("/sources/sound.html",))
    await tell(running.resources.outbox, sheet)
    row = await eventually(
        lambda: running.resources.db.fetchrow(
            "SELECT value FROM outbox WHERE type = $1 AND published_at IS NOT NULL",
            verdict_pb2.VerdictSheet.DESCRIPTOR.full_name,
        )
    )
    (outcome,) = verdict_pb2.VerdictSheet.FromString(row["value"]).outcomes
    assert (outcome.status, outcome.rating) == (verdict_pb2.OUTCOME_STATUS_ASSESSED, "supported")
    assert "archive" not in " ".join(await running.problems())


async def tell(outbox: Outbox, sheet: Any) -> None:
    """Put a claim sheet on the broker through the service's own outbox."""
    async with outbox.transaction() as unit:
        unit.emit(
            Outgoing(contract.CLAIM_TOPIC, make.ARTICLE, make.ARTICLE, DEFAULT_SITE, version_of(sheet.version), sheet)
        )


class Signers:
    """One signer of the default site."""

    def __init__(self) -> None:
        self.signer_ = AssertionSigner("s1", b"k" * 32)

    async def signer(self, signer_id: str) -> StaffSigner | None:
        return StaffSigner("s1", DEFAULT_SITE, self.signer_.public_key, False)


class Keys:
    """One partner with one scope."""

    def __init__(self, key: NewKey, scope: str) -> None:
        self._key, self._scope = key, scope

    async def partner_key(self, key_id: str) -> PartnerKey | None:
        scopes = frozenset({self._scope})
        return PartnerKey(
            self._key.key_id, DEFAULT_SITE, "p1", "Partner", self._key.secret_sha256, scopes, 600, False, None
        )


async def test_S2_the_review_door_lets_in_reviewers_alone(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    signers, clock = Signers(), SystemClock()
    auth = StaffAuth(signers, audience="verification", clock=clock)
    door = GrpcDoor(room.service.staff, host="127.0.0.1", port=0, telemetry=room.resources.telemetry, authenticate=auth)
    await door.start()
    try:
        async with grpc.aio.insecure_channel(door.target) as channel:
            stub = review_service_pb2_grpc.ReviewServiceStub(channel)

            async def listed(role: str) -> Any:
                person = replace(ANN, roles=frozenset({role}))
                token = signers.signer_.sign(person, audience="verification", now=datetime.now(UTC))
                return await stub.ListReviews(
                    review_service_pb2.ListReviewsRequest(),
                    metadata=[("authorization", f"Staff {token}")],
                    timeout=PATIENCE,
                )

            assert [each.claim_text for each in (await listed("reviewer")).reviews] == [WRONG_DEPTH]
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await listed("moderator")
            assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    finally:
        await door.stop(0)


async def test_S2_partners_search_with_their_scope_and_get_clear_errors(room: Room, tmp_path: Path) -> None:
    review = claim_review("https://desk.example/1", "Sharks never sleep.", "Refuted", 1)
    await room.archive(jsonl(tmp_path / "feed.json", review))
    for scope, code in (("factchecks.read", grpc.StatusCode.OK), ("panels.read", grpc.StatusCode.PERMISSION_DENIED)):
        key = new_key()
        auth = PartnerAuth(Keys(key, scope), clock=SystemClock())
        door = GrpcDoor(
            room.service.partner, host="127.0.0.1", port=0, telemetry=room.resources.telemetry, authenticate=auth
        )
        await door.start()
        try:
            async with grpc.aio.insecure_channel(door.target) as channel:
                stub = fact_check_service_pb2_grpc.FactCheckServiceStub(channel)
                metadata = [("authorization", f"Bearer {key.plain}")]
                request = fact_check_service_pb2.SearchFactChecksRequest(query="sharks")
                assert await code_of(stub.SearchFactChecks(request, metadata=metadata, timeout=PATIENCE)) is code
                if code is grpc.StatusCode.OK:
                    wrong = fact_check_service_pb2.SearchFactChecksRequest(page_size=-1)
                    got = await code_of(stub.SearchFactChecks(wrong, metadata=metadata, timeout=PATIENCE))
                    assert got is grpc.StatusCode.INVALID_ARGUMENT
        finally:
            await door.stop(0)


async def code_of(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


@pytest.fixture
async def ordinary(postgres_server: EmbeddedPostgres, unique_name: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of a role that owns its database and is no superuser, as in production; one row of everything."""
    role, name = f"role_{unique_name[-8:]}", f"owned_{unique_name[-8:]}"
    admin = await asyncpg.connect(postgres_server.dsn())
    await admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
    await admin.execute(f"CREATE DATABASE {name} OWNER {role}")
    connection = await asyncpg.connect(postgres_server.dsn(name), user=role, password="secret")
    try:
        for file in (PLATFORM / "0001_platform.sql", SPEC.migrations / "0001_init.sql"):
            await connection.execute(file.read_text())
        yield connection
    finally:
        await connection.close()
        await admin.execute(f"DROP DATABASE {name}")
        await admin.execute(f"DROP ROLE {role}")
        await admin.close()


async def test_J12_an_ordinary_role_can_add_to_the_record_and_never_change_it(ordinary: asyncpg.Connection) -> None:
    site = f"'{DEFAULT_SITE}'"
    for statement in (
        f"INSERT INTO subject (subject_id, site_id, article_id, claims_epoch, claims_counter, body) VALUES ('s', {site}, 's', 1, 1, '{{}}')",
        f"INSERT INTO claim VALUES ('c', 's', {site}, 0, 't', 'h', 'active', 'author', '', false, false)",
        "INSERT INTO snapshot (sha256, text) VALUES (encode(sha256('hello world'), 'hex'), 'hello world')",
        "INSERT INTO evidence (evidence_id, site_id, sha256, url, title, publisher, published_at_source, fetched_at, evidence_class, origin)"
        f" SELECT 'e', {site}, sha256, 'u', 't', 'p', '', now(), 'real_time_source', 'fetched' FROM snapshot",
        f"INSERT INTO verdict VALUES ('c', 1, {site}, 'h', 'supported', 'x', 'review', 'A', '', 'a', '', now(), now(), '', '', 1)",
        f"INSERT INTO verdict_citation VALUES ('c', 1, {site}, 0, 'e', 0, 5, 'hello', 'supports')",
        f"INSERT INTO assessment (claim_id, site_id, text_hash, run_id, outcome, inputs) VALUES ('c', {site}, 'h', 'r', '{{}}', '{{}}')",
        f"INSERT INTO policy VALUES ({site}, 1, '{{}}', 'p')",
        "SELECT append_audit('{}')",
    ):
        await ordinary.execute(statement)
    columns = {"audit": "entry", "snapshot": "text"}
    for table in RECORDED:
        column = columns.get(table, "site_id")
        for statement in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
                await ordinary.execute(statement)


async def test_a_snapshot_is_named_by_its_words(room: Room) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await room.resources.db.execute("INSERT INTO snapshot (sha256, text) VALUES (repeat('0', 64), 'words')")
