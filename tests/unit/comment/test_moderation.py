"""Moderation fails held."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest

from services.comment.engine.rules import Case, History, Reason
from services.comment.engine.words import read_plain
from services.comment.model import Settings
from services.comment.moderation import Moderation
from shared.telemetry.logs import make_log

WORDS = read_plain("An ordinary comment, secret-canary.")


def broken(case: Case) -> tuple[Reason, ...]:
    raise RuntimeError("secret-canary")


def slow(case: Case) -> tuple[Reason, ...]:
    time.sleep(2.0)
    return ()


def rubbish(case: Case) -> tuple[Reason, ...]:
    return None  # type: ignore[return-value]


@pytest.mark.parametrize("judge", [broken, slow, rubbish])
async def test_C2_an_error_or_a_time_out_holds(judge: Callable[[Case], tuple[Reason, ...]]) -> None:
    log = io.StringIO()
    moderation = Moderation(make_log("comment", out=log), judge=judge, seconds=0.05)
    judgement = await moderation.judge(WORDS, "", History(), Settings())
    assert judgement.held
    assert [reason.rule for reason in judgement.reasons] == ["moderation_failed"]
    assert "canary" not in log.getvalue()


async def test_C2_an_ordinary_comment_is_published_and_held_where_everything_is_read_first() -> None:
    moderation = Moderation(make_log("comment", out=io.StringIO()))
    assert not (await moderation.judge(WORDS, "", History(), Settings())).held
    judgement = await moderation.judge(WORDS, "", History(), Settings(premoderated=True))
    assert judgement.held
    assert [reason.rule for reason in judgement.reasons] == ["premoderation"]
