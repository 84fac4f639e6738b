"""Breaches of what running an installation promises: backup and retention (D12), the front door (S5, S6)."""

from __future__ import annotations

from tests.prove.breach import breach

BACKUP = "tests/integration/operating/test_backup.py"
REPUBLISH = "tests/integration/operating/test_republish.py"
RETENTION = "tests/integration/operating/test_retention.py"
DOOR = "tests/integration/deploy/test_front_door.py"
DEPLOY = "tests/contract/test_deploy.py"
ENVOY = "deploy/envoy/envoy.yaml"
RESTORE = "shared/restore.py"

D12 = (
    breach("D12", "a restore stays in the old epoch", RESTORE, "epoch = 1 + max(", "epoch = max(", BACKUP),
    breach(
        "D12",
        "positions begin anew after a restore",
        RESTORE,
        "await connection.execute(_SETVAL, sequence, value)",
        "continue",
        BACKUP,
    ),
    breach("D12", "a restore fills a database in use", RESTORE, "connection.fetchval(_ANY_TABLE)", "connection.fetchval('SELECT false')", BACKUP),
    breach("D12", "rows that are missing go unnoticed", RESTORE, '[2]) != rows', '[2]) > rows', BACKUP),
    breach(
        "D12",
        "a backup is believed without its checksum",
        "shared/backup.py",
        "not path.is_file() or _sha256(path) != one.sha256",
        "not path.is_file()",
        BACKUP,
    ),
    breach(
        "D12",
        "the archive is not told again",
        "services/verification/telling_again.py",
        "TELLS_AGAIN = (verdict_sheets, archive)",
        "TELLS_AGAIN = (verdict_sheets,)",
        REPUBLISH,
    ),
    breach(
        "D12",
        "what is told again stays in the old epoch",
        "shared/republish.py",
        "return Version(max(version.epoch, epoch), version.counter)",
        "return version",
        REPUBLISH,
    ),
    breach(
        "D12",
        "a republish ends after its first page",
        "shared/republish.py",
        "more = total + told, bool(cursor)",
        "more = total + told, False",
        REPUBLISH,
    ),
    breach(
        "D12",
        "retention takes events that were never published",
        "deploy/retention.yaml",
        "outbox: {days: 7, column: published_at,",
        "outbox: {days: 7, column: created_at,",
        RETENTION,
    ),
    breach(
        "D12",
        "a table nobody declared is kept for ever",
        "deploy/retention.yaml",
        '  progress: {days: 2, column: heard_at, why: "how far a check is"}\n',
        "",
        RETENTION,
    ),
    breach(
        "D12",
        "retention ends with its first batch",
        "shared/retention.py",
        "while gone == AT_ONCE:",
        "if gone == AT_ONCE:",
        RETENTION,
    ),
)  # fmt: skip

S5 = (
    breach(
        "S5",
        "staff methods pass the front door",
        ENVOY,
        "&fact_checks {prefix: /plumbline.partner.v1.FactCheckService/}",
        "&fact_checks {prefix: /plumbline.}",
        DOOR,
    ),
    breach(
        "S5",
        "a cluster leads to a staff listener",
        ENVOY,
        "address: verification, port_value: 50051",
        "address: verification, port_value: 50052",
        DOOR,
    ),
    breach(
        "S5",
        "the plain partner port is published to everybody",
        "docker-compose.yml",
        '"127.0.0.1:50051:50051"',
        '"50051:50051"',
        DEPLOY,
    ),
)
S6 = (
    breach(
        "S6",
        "the door believes what a caller says about its address",
        ENVOY,
        '"%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"',
        '"%REQ(X-FORWARDED-FOR)%"',
        DOOR,
    ),
    breach(
        "S6",
        "services believe every proxy",
        "docker-compose.yml",
        "PLUMBLINE_TRUSTED_PROXIES: 172.30.7.2",
        "PLUMBLINE_TRUSTED_PROXIES: 0.0.0.0/0",
        DEPLOY,
    ),
)

OPERATING = (*D12, *S5, *S6)
