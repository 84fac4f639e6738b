"""Moderation by rule: what speaks, where, and what stays quiet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.comment.engine.rules import Case, History, Limits, judge
from services.comment.engine.words import read_cms, read_plain

DEMO = Path(__file__).parents[3] / "deploy" / "demo" / "comments.json"


def case(text: str, **changed: Any) -> Case:
    words = read_plain(text)
    return Case(**{"text": words.text, "raw": words.raw, "name": "", "links": words.links, **changed})


def rules(text: str, **changed: Any) -> list[str]:
    return [reason.rule for reason in judge(case(text, **changed))]


def spotted(text: str, **changed: Any) -> list[tuple[str, str]]:
    return [(reason.rule, text[reason.start : reason.end]) for reason in judge(case(text, **changed))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "http://a.example http://b.example and http://c.example!",
            ("links", "http://a.example http://b.example and http://c.example!"),
        ),
        ("Write to me at jo.smith+x@mail.example please", ("email", "jo.smith+x@mail.example")),
        ("Call +44 20 7946 0018 now", ("phone", "+44 20 7946 0018")),
        ("Call (0171) 123-45678 now", ("phone", "(0171) 123-45678")),
        ("Please CLICK  here today", ("suspect_word", "CLICK  here")),
        ("Best c\u200blick h3re", ("suspect_word", "c\u200blick h3re")),
        ("the Саsіnо bonus", ("suspect_word", "Саsіnо bonus")),
        ("the cаt sat", ("mixed_script", "cаt")),
        ("so\u202e txet neddih", ("invisible", "\u202e")),
        ("Z\u0310\u0311\u0312\u0313\u0314a", ("stacked_marks", "\u0310\u0311\u0312\u0313\u0314")),
        ("hello <script>alert(1)</script>", ("markup", "<script")),
        ("<img src=x onerror=alert(1)>", ("markup", "onerror=")),
    ],
)
def test_C3_a_rule_that_speaks_says_where(text: str, expected: tuple[str, str]) -> None:
    assert expected in spotted(text)


@pytest.mark.parametrize(
    "text",
    [
        "The Titanic lies at 3,800 metres, not 5 200 metres.",
        "On 26 December 2004 about 230,000 people died; see 2004-12-26 00:58.",
        "It cost 2 400 000 000 pounds between 1998-2004, 10.935.000 or so.",
        "Two links: http://a.example and https://b.example",
        "NASA and the BBC said so in the USA",
        "Это хороший вопрос, спасибо.",
        "Ένα καλό ερώτημα.",
        "Naïve café, coöperation, Ångström – “quoted” 👩‍🚒",
        "once = twice? I clicked. Here we go!",
        "می‌خواهم",
        "",
    ],
)
def test_ordinary_comments_stay_quiet(text: str) -> None:
    assert rules(text) == []


def test_of_the_sample_comments_only_the_advertisement_is_held() -> None:
    held = [
        one["comment_id"]
        for one in json.loads(DEMO.read_text("utf-8"))
        if rules(one["body"], name=one["author_name"] or "")
    ]
    assert held == ["c7"]


def test_shouting_is_a_share_of_letters() -> None:
    (reason,) = judge(case("THIS IS ALL WRONG AND YOU KNOW IT"))
    assert (reason.rule, reason.score, reason.threshold) == ("shouting", 1.0, 0.7)
    assert rules("THIS IS wrong and you know it, I think") == []
    assert rules("YES INDEED") == []


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (History(repeated=1), ["repeated"]),
        (History(copies=2), []),
        (History(copies=3), ["copied"]),
        (History(recent=4), []),
        (History(recent=5), ["flooding"]),
        (History(repeated=2, copies=4, recent=9), ["repeated", "copied", "flooding"]),
    ],
)
def test_what_the_author_did_before_counts(history: History, expected: list[str]) -> None:
    assert rules("An ordinary comment.", history=history) == expected


def test_every_site_has_its_own_lists_and_limits() -> None:
    limits = Limits(links=1, length=10, banned_words=("Pier Gang",), suspect_words=())
    assert rules("the pier  gang http://a.example", limits=limits) == ["links", "banned_word", "too_long"]
    assert rules("click here", limits=limits) == []
    assert rules("the pier gangs", limits=Limits(banned_words=("pier gang",))) == []


def test_names_are_looked_at_too() -> None:
    assert rules("Nice.", name="casino bonus") == ["name_suspect_word"]
    assert rules("Nice.", name="www.a.example") == ["name"]
    assert rules("Nice.", name="x@mail.example") == ["name"]


def test_every_rule_keeps_speaking_whatever_spoke_before() -> None:
    text = "CLICK HERE RIGHT NOW OR ELSE AND BUY OUR WATCHES <SCRIPT> ME@MAIL.EXAMPLE http://a.example http://b.example http://c.example"
    assert set(rules(text, history=History(repeated=3))) == {
        "links", "repeated", "shouting", "suspect_word", "email", "markup",
    }  # fmt: skip


def test_a_rule_names_a_few_spots_not_thousands() -> None:
    assert rules("a@mail.example " * 300) == ["email"] * 5


@given(st.text(max_size=300), st.text(max_size=30))
def test_spans_lie_in_the_text_and_scores_reach_thresholds(text: str, name: str) -> None:
    for words in (read_plain(text), read_cms(f"<p>{text}</p>")):
        for reason in judge(Case(words.text, words.raw, name, words.links)):
            within = name if reason.rule.startswith("name") else words.text
            assert 0 <= reason.start <= reason.end <= len(within)
            assert reason.score >= reason.threshold
