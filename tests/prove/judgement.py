"""Breaches of what a verdict may rely on when time passes, and on what it is remembered (J3, J10, J11, J12, J14)."""

from __future__ import annotations

from tests.prove.breach import breach

RECHECKS = "tests/integration/verification/test_rechecks.py"
AFFECTED = "tests/unit/verification/test_affected.py"

JUDGEMENT = (
    breach(
        "J3",
        "a provider that failed is remembered as an answer",
        "services/verification/connectors/remembering.py",
        "KEPT = frozenset({StageStatus.FOUND, StageStatus.NOTHING})",
        "KEPT = frozenset(StageStatus)",
        "tests/integration/verification/test_shared_answers.py",
    ),
    breach(
        "J3",
        "a figure that is met supports whatever else the claim says",
        "services/verification/engine/entirety.py",
        "    return not unmet\n",
        "    return True\n",
        "tests/unit/panels",
    ),
    breach(
        "D4",
        "first sheets of one subject do not stand in line",
        "services/verification/store/subjects.py",
        "SELECT pg_advisory_xact_lock(hashtextextended('subject ' || $1, 0))",
        "SELECT $1",
        "tests/integration/verification/test_first_sheets.py",
    ),
    breach(
        "S4",
        "any reviewer changes the rating of a source",
        "services/verification/rating_rpc.py",
        '"RateSource": "admin"}',
        '"RateSource": "reviewer"}',
        "tests/integration/verification/test_ratings_desk.py",
    ),
    breach(
        "S3",
        "a host that is no name is looked up",
        "services/verification/address_guard.py",
        '    if not HOST.fullmatch(parsed.raw_host or ""):\n',
        "    if False:\n",
        "tests/unit/verification/test_fetch_addresses.py",
    ),
    breach(
        "J10",
        "a verdict is read as of now, whatever moment was asked for",
        "services/verification/model/timeline.py",
        "    verdict = verdict_as_of(verdicts, known_at)\n",
        "    verdict = verdicts[-1] if verdicts else None\n",
        "tests/unit/verification/test_timeline.py",
    ),
    breach(
        "J11",
        "a new fact check touches only claims that stood on it before",
        "services/verification/model/affected.py",
        "by_fact_check.get(fact_check_id, set()) | set(near.get(fact_check_id, ()))",
        "by_fact_check.get(fact_check_id, set())",
        AFFECTED,
    ),
    breach(
        "J11",
        "a source touches whoever's address ends alike",
        "services/verification/model/affected.py",
        'return host == domain or host.endswith("." + domain)',
        "return host.endswith(domain)",
        AFFECTED,
    ),
    breach(
        "J12",
        "a replay believes the record it is to check",
        "services/verification/replaying.py",
        "    outcome = decide(case.claim, stages, held, case.settings)\n",
        "    outcome = recorded\n",
        "tests/integration/verification/test_replay.py",
    ),
    breach(
        "J14",
        "the control is left out of the score report",
        "tests/bench/verdict.py",
        '        "claim_only_control": bootstrap(',
        '        "another": bootstrap(',
        "tests/unit/bench/test_verdict_bench.py",
    ),
)
