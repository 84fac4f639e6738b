"""D12: retention is declared for every table there is, and what is declared is what happens."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest
import yaml

from services.__main__ import all_specs
from services.console.app import Settings as ConsoleSettings
from services.console.store.spans import SpanStore
from shared.directory import TOPIC as DIRECTORY
from shared.host import TOPICS
from shared.jobs import install_queue
from shared.kafka import read_topics
from shared.postgres import PLATFORM, Database, migrate
from shared.retention import (
    DECLARED,
    PLATFORM_TABLES,
    Kept,
    enforce,
    keep_tidy,
    kept_by,
    read_retention,
    retention_rows,
)
from shared.service import ServiceSpec
from shared.testing.fakes import SetClock
from shared.testing.kit import Observed, Stage, eventually
from shared.testing.servers import MakeDatabase
from shared.testing.state import RepeatedIds
from tests.failure.crash_points import one_by_one, undisturbed
from tests.failure.instances import instances
from tests.failure.scripts import SCRIPTS, Script

SPECS = {spec.name: spec for spec in all_specs()}
PRODUCT = [script for script in SCRIPTS if script.name in SPECS]
_COLUMNS = """
SELECT c.table_name AS table, c.column_name AS column, c.data_type AS kind
FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
"""
_REFERRED = "SELECT DISTINCT confrelid::regclass::text AS table FROM pg_constraint WHERE contype = 'f'"


async def fresh(spec: ServiceSpec, dsn: str) -> Database:
    db = await Database.connect(dsn, size=1)
    await migrate(db, ("platform", PLATFORM), (spec.name, spec.migrations))
    await install_queue(db)
    return db


@pytest.mark.parametrize("name", SPECS)
async def test_D12_every_table_is_declared_and_every_declared_table_is_there(database: str, name: str) -> None:
    db = await fresh(SPECS[name], database)
    kept = kept_by(read_retention(), name)
    tables = [one.table for one in kept]
    assert len(tables) == len(set(tables)), "declared twice"
    columns = await db.fetch(_COLUMNS)
    assert set(tables) == {row["table"] for row in columns}
    kinds = {(row["table"], row["column"]): row["kind"] for row in columns}
    referred = {row["table"] for row in await db.fetch(_REFERRED)}
    for one in kept:
        if one.days is not None:
            assert kinds[one.table, one.column] in {"timestamp with time zone", "date"}, one.table
            assert one.table not in referred, f"rows of {one.table} cannot go while others refer to them"
    await db.close()


async def test_D12_spans_are_kept_as_long_as_the_table_says(make_database: MakeDatabase) -> None:
    server = await make_database()
    (one,) = read_retention()["spans"]
    assert one.setting == "PLUMBLINE_CONSOLE_SPANS_DAYS"
    assert ConsoleSettings.model_fields["spans_days"].default == one.days
    name = f"{server.rpartition('/')[2]}_spans"
    store = await SpanStore.open(server, name)
    try:
        db = await Database.connect(f"{server.rpartition('/')[0]}/{name}", size=1)
        tables = {row["table"] for row in await db.fetch(_COLUMNS)}
        await db.close()
        assert tables - {"schema_migration"} == {one.table}
    finally:
        await store.close()
        admin = await asyncpg.connect(server)
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.close()


def test_D12_times_fit_together() -> None:
    days = {(service, one.table): one.days for service, kept in read_retention().items() for one in kept}
    topics = [topic for topic in read_topics(TOPICS) if topic.name != DIRECTORY]
    longest = max(int(topic.config["retention.ms"]) for topic in topics) / 86_400_000
    inbox, keys = days["platform", "inbox"], days["platform", "day_key"]
    assert inbox is not None
    assert inbox > longest, "a record that Kafka still has is still known"
    assert days["ingest", "delivery"] == keys == days["platform", "dead_letter"]
    personal = {topic.name: int(topic.config["retention.ms"]) for topic in topics if "comment" in topic.name}
    outbox = days["platform", "outbox"]
    assert outbox is not None
    assert all(outbox * 86_400_000 <= kept for kept in personal.values())


@pytest.mark.parametrize("script", PRODUCT, ids=lambda script: script.name)
async def test_D12_what_is_past_its_days_goes_and_everything_else_stays(stage: Stage, script: Script) -> None:
    stage.clock, stage.ids, stage.encoder = SetClock(script.now), RepeatedIds(), script.encoder
    (running,) = await instances(stage, script.spec("tidy"), 1)
    db, kept = running.resources.db, kept_by(read_retention(), script.name)
    await script.furnish(running)
    assert isinstance(stage.ids, RepeatedIds)
    await undisturbed(running, stage.ids, one_by_one(script.records()))
    limited = [one for one in kept if one.days is not None]
    await db.execute("UPDATE outbox SET published_at = now()")
    await db.execute("UPDATE inbox SET handled_at = now()")
    for one in limited:
        await db.execute(f"UPDATE {one.table} SET {one.column} = now() WHERE {one.column} IS NOT NULL")
    before = await sizes(db, kept)
    assert await enforce(db, kept) == {}
    assert await sizes(db, kept) == before

    pending = "INSERT INTO outbox (event_id, topic, key, type, headers, value) VALUES (gen_random_uuid(), 't', 'k', 'x', '', '')"
    await db.execute(pending)
    for one in limited:
        await db.execute(
            f"UPDATE {one.table} SET {one.column} = now() - make_interval(days => $1, hours => 36)", one.days
        ) if one.table != "outbox" else await db.execute(
            "UPDATE outbox SET published_at = now() - interval '400 days' WHERE published_at IS NOT NULL"
        )
    gone = await enforce(db, kept)
    after = await sizes(db, kept)
    for one in kept:
        if one.days is None:
            assert after[one.table] == before[one.table], one.table
        elif one.table == "outbox":
            assert after["outbox"] == 1, "what waits to be published stays, however old"
        elif not one.only:
            assert after[one.table] == 0, one.table
    assert gone["inbox"] == before["inbox"] > 0 or script.name == "ingest"


async def sizes(db: Database, kept: tuple[Kept, ...]) -> dict[str, int]:
    return {one.table: await db.fetchval(f"SELECT count(*) FROM {one.table}") for one in kept}


async def test_D12_an_open_dead_letter_stays_and_its_bytes_do_not(database: str) -> None:
    db = await fresh(SPECS["ingest"], database)
    letter = """INSERT INTO dead_letter (dead_letter_id, kind, topic, sealed, sealed_day, error, reason, attempts, first_seen,
                state, settled_at) VALUES (gen_random_uuid(), 'event', 't', '', '2020-01-01', 'E', 'r', 1, '2020-01-01', $1, $2)"""
    await db.execute(letter, "open", None)
    await db.execute(letter, "discarded", await db.fetchval("SELECT now() - interval '31 days'"))
    await db.execute(letter, "replayed", await db.fetchval("SELECT now() - interval '29 days'"))
    await db.execute("INSERT INTO day_key VALUES ('2020-01-01', 'x'), (current_date, 'y')")
    assert await enforce(db, kept_by(read_retention(), "ingest")) == {"dead_letter": 1, "day_key": 1}
    assert {row["state"] for row in await db.fetch("SELECT state FROM dead_letter")} == {"open", "replayed"}
    await db.close()


async def test_D12_a_recording_goes_with_its_withdrawn_article_alone(database: str) -> None:
    db = await fresh(SPECS["publish"], database)
    for withdrawn in (True, False):
        article = await db.fetchval(
            "INSERT INTO publication (article_id, site_id, withdrawn) VALUES (gen_random_uuid(), gen_random_uuid(), $1)"
            " RETURNING article_id",
            withdrawn,
        )
        audio = "INSERT INTO audio (article_id, text_sha256, state, made_at) VALUES ($1, '', 'ready', now() - interval '1 year')"
        await db.execute(audio, article)
    assert await enforce(db, kept_by(read_retention(), "publish")) == {"audio": 1}
    assert await db.fetchval("SELECT withdrawn FROM publication JOIN audio USING (article_id)") is False
    await db.close()


async def test_D12_many_rows_go_in_many_statements(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.retention.AT_ONCE", 10)
    db = await fresh(SPECS["console"], database)
    old = "INSERT INTO inbox SELECT gen_random_uuid(), 't', now() - interval '1 year' FROM generate_series(1, 35)"
    await db.execute(old)
    assert await enforce(db, kept_by(read_retention(), "console")) == {"inbox": 35}
    await db.close()


async def test_D12_a_running_service_keeps_its_own_database_tidy(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.retention.FIRST_AFTER_SECONDS", 0.0)
    monkeypatch.setattr("shared.retention.EVERY_SECONDS", 0.05)
    db, seen = await fresh(SPECS["console"], database), Observed("console")
    kept = (Kept("nobody", "planted", 1, "at"), *kept_by(read_retention(), "console"))
    broken = asyncio.create_task(keep_tidy(db, kept, seen.telemetry.log))
    whole = asyncio.create_task(keep_tidy(db, kept[1:], seen.telemetry.log))
    try:
        await db.execute("INSERT INTO inbox VALUES (gen_random_uuid(), 't', now() - interval '1 year')")
        await eventually(lambda: "retention.removed" in seen.log.getvalue())
        assert not broken.done(), "a rule the database refuses ends nothing"
        lines = [json.loads(line) for line in seen.log.getvalue().splitlines()]
        assert {"event": "retention.removed", "rows": {"inbox": 1}}.items() <= next(
            line for line in lines if line["event"] == "retention.removed"
        ).items()
        assert any(line["event"] == "retention.failed" for line in lines)
    finally:
        for task in (broken, whole):
            task.cancel()
        await asyncio.gather(broken, whole, return_exceptions=True)
        await db.close()


@pytest.mark.parametrize(
    "entry",
    [{"days": 3, "why": "x"}, {"days": 3, "column": "at"}, {"days": 3, "column": "at; DROP TABLE x", "why": "x"}, {}],
)
def test_a_declaration_that_says_too_little_is_refused(tmp_path: Path, entry: dict[str, object]) -> None:
    path = tmp_path / "retention.yaml"
    path.write_text(yaml.safe_dump({"platform": {"inbox": entry}}))
    with pytest.raises(ValueError, match="inbox"):
        read_retention(path)


def test_people_can_read_it() -> None:
    rows = retention_rows(read_retention())
    assert {"service": "platform", "table": "inbox", "kept": "15 days"}.items() <= rows[1].items()
    assert all(row["why"] for row in rows)
    assert DECLARED.name == "retention.yaml"
    assert {row["service"] for row in rows} == {PLATFORM_TABLES, "spans", *SPECS}
