"""The doctor on servers that run, that are not as they should be, and that are not there."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from pydantic_settings import BaseSettings

from services.__main__ import all_specs
from services.ingest.app import SPEC as INGEST
from shared.doctor import Examined, State, examine
from shared.doctor.environment import settings_of
from shared.host import TOPICS
from shared.kafka import Cluster, Topics, read_topics
from shared.local.kafka import RealKafka
from shared.local.postgres import EmbeddedPostgres
from shared.local.process import free_port
from shared.retrieval.encoder import ensure_encoder
from shared.settings import KitSettings
from shared.testing.kit import Stage
from shared.vault import MasterKey, Vault
from tests.failure.instances import instances

SECRETS = ("hunter2",)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres_server: EmbeddedPostgres) -> dict[str, str]:
    """A process's settings: the session's Postgres, ports of its own, nothing else given."""
    for name in [name for name in os.environ if name.startswith(("PLUMBLINE_", "KAFKA_"))]:
        monkeypatch.delenv(name)
    found = {"PLUMBLINE_HOME": str(tmp_path / "home"), "PLUMBLINE_DATABASE_URL": postgres_server.dsn()}
    found |= {f"PLUMBLINE_{door}_PORT": str(free_port()) for door in ("HTTP", "PARTNER", "STAFF", "OPS", "OTLP")}
    (tmp_path / "home").mkdir()
    for name, value in found.items():
        monkeypatch.setenv(name, value)
    return found


def states(examined: Examined) -> dict[str, list[State]]:
    found: dict[str, list[State]] = {}
    for finding in examined.findings:
        found.setdefault(finding.what, []).append(finding.state)
    return found


async def test_what_is_wrong_comes_with_how_to_mend_it(
    stage: Stage, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (running,) = await instances(stage, INGEST, 1)
    found = states(await examine([INGEST], environ=environment))
    assert found["ingest"] == [State.GOOD]
    assert found["clock"] == [State.GOOD]
    assert State.WRONG in found["Postgres"], "the session's server runs without fsync, and the doctor says so"
    assert found["encoder"] == [State.WRONG]

    home = Path(environment["PLUMBLINE_HOME"])
    day = stage.clock.now().date()
    await Vault(MasterKey(b"x" * 32)).seal(running.resources.db, day, b"sealed with another key")
    MasterKey.open(home)
    examined = await examine([INGEST], environ=environment)
    (sealed,) = [finding for finding in examined.findings if finding.what == "ingest"]
    assert (sealed.state, sealed.seen) == (State.WRONG, "sealed with another master key")

    await running.resources.db.execute("DELETE FROM day_key")
    await running.resources.db.execute(
        """INSERT INTO dead_letter (dead_letter_id, kind, topic, sealed, sealed_day, error, reason, attempts, first_seen)
           VALUES (gen_random_uuid(), 'event', 't', '', current_date, 'E', 'r', 1, now())"""
    )
    await running.resources.db.execute("UPDATE schema_migration SET sha256 = '' WHERE name LIKE 'ingest/%'")
    examined = await examine([INGEST], environ=environment)
    (edited,) = [finding for finding in examined.findings if finding.what == "ingest"]
    assert edited.seen.startswith("edited after it ran: ingest/0001_init.sql")
    for finding in examined.findings:
        assert bool(finding.mend) == (finding.state is not State.GOOD), finding
    assert examined.exit_code == 1


async def test_a_new_installation_needs_nothing_but_a_start(environment: dict[str, str], unique_name: str) -> None:
    ensure_encoder(Path(environment["PLUMBLINE_HOME"]) / "models" / "encoder")
    examined = await examine([replace(INGEST, name=unique_name)], environ=environment)
    found = states(examined)
    assert found[unique_name] == [State.NOTE]
    assert found["encoder"] == found["ports"] == [State.GOOD]
    admin = await asyncpg.connect(environment["PLUMBLINE_DATABASE_URL"])
    assert not await admin.fetchval(
        "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", f"plumbline_{unique_name}"
    )
    await admin.close()


async def test_servers_that_are_away_are_said_to_be(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = {
        "PLUMBLINE_DATABASE_URL": f"postgresql://plumbline:hunter2@127.0.0.1:{free_port()}",
        "PLUMBLINE_KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}",
        "PLUMBLINE_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}",
    }
    for name, value in away.items():
        monkeypatch.setenv(name, value)
    examined = await examine([INGEST], environ=environment | away)
    found = states(examined)
    assert found["Postgres"] == found["Kafka"] == found["collector"] == [State.UNREACHABLE]
    assert examined.exit_code == 3
    printed = json.dumps(examined.as_json())
    assert not any(secret in printed for secret in SECRETS)


@pytest.mark.kafka
async def test_topics_are_compared(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, own_kafka: RealKafka, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLUMBLINE_KAFKA_BOOTSTRAP_SERVERS", own_kafka.bootstrap)
    await Topics(Cluster(own_kafka.bootstrap)).apply(read_topics(TOPICS))
    assert states(await examine([INGEST], environ=environment))["Kafka"] == [State.GOOD]
    more = tmp_path / "topics.yaml"
    more.write_text(TOPICS.read_text() + "  plumbline.planted.v1: {about: x, key: y, partitions: 1}\n")
    examined = await examine([INGEST], environ=environment, topics=more)
    (finding,) = [finding for finding in examined.findings if finding.what == "Kafka"]
    assert (finding.seen, finding.mend) == ("plumbline.planted.v1 is missing", "plumbline topics apply")


async def test_a_port_somebody_else_took_is_told_from_one_we_took(
    environment: dict[str, str], stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    stranger = await asyncio.start_server(deaf, "127.0.0.1", int(environment["PLUMBLINE_HTTP_PORT"]))
    async with stranger:
        examined = await examine([INGEST], environ=environment)
        (finding,) = [f for f in examined.findings if f.what.startswith("port ")]
        assert finding.what == f"port {environment['PLUMBLINE_HTTP_PORT']}"
        assert finding.mend == "Stop it, or set PLUMBLINE_HTTP_PORT."

    async def ours(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = b'{"ingest": ["no relay leads"], "comment": []}'
        writer.write(b"HTTP/1.1 503 Busy\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()

    own = await asyncio.start_server(ours, "127.0.0.1", int(environment["PLUMBLINE_OPS_PORT"]))
    async with own:
        examined = await examine([INGEST], environ=environment)
        (finding,) = [f for f in examined.findings if f.what == "running"]
        assert (finding.state, finding.seen) == (State.WRONG, "ingest: no relay leads")


def test_every_setting_of_every_service_is_shown(environment: dict[str, str]) -> None:
    kinds: list[type[BaseSettings]] = [KitSettings, *(spec.settings for spec in all_specs())]
    shown = [row.name for kind in kinds for row in settings_of(kind, kind(), environment)]
    assert len(shown) == len(set(shown)) == sum(len(kind.model_fields) for kind in kinds)
