from __future__ import annotations

import pytest

from services.verification.engine.quotes import Quoted, check_quote

SPEECH = (
    "“We will not raise taxes this year,” the minister said on Monday. “It is the worst budget in a decade, "
    "and the government knows it. The organisation didn't consult anybody before the vote, um, and that was wrong.”"
)


@pytest.mark.parametrize(
    "quoted",
    [
        "We will not raise taxes this year",
        "[W]e will not raise taxes",
        "the worst budget ... and the government knows it",
        "The organization did not consult anybody before the vote and that was wrong",
        "The organisation [the union] didn't consult anybody",
        "It is the worst budget in a decade - and the government knows it",
    ],
)
def test_fair_quotations_pass(quoted: str) -> None:
    check = check_quote(quoted, SPEECH)
    assert check.result is Quoted.VERBATIM
    assert check.start >= 0


@pytest.mark.parametrize(
    "quoted",
    [
        "We will raise taxes this year",
        "We will … raise taxes this year",
        "raise taxes this year",
        "the best budget in a decade",
        "The organisation [did] consult anybody",
        "The organisation didn't consult everybody",
    ],
)
def test_altered_quotations_are_caught(quoted: str) -> None:
    check = check_quote(quoted, SPEECH)
    assert check.result is Quoted.ALTERED
    assert check.explanation


def test_leaving_out_a_whole_sentence_is_fair_and_a_condition_is_not() -> None:
    source = "“I will stay. Nobody asked me to. I will stay if they pay me,” he said."
    assert check_quote("I will stay. … I will stay if they pay me", source).result is Quoted.VERBATIM
    assert check_quote("I will leave … in June", "“I will leave, if we lose, in June.”").result is Quoted.ALTERED


def test_words_the_source_never_had_are_not_found() -> None:
    assert check_quote("the moon is made of cheese", SPEECH).result is Quoted.NOT_FOUND
    assert check_quote("…", SPEECH).result is Quoted.NOT_FOUND


def test_every_changed_word_is_noticed() -> None:
    words = ["the", "government", "knows", "that", "the", "numbers", "do", "not", "add", "up"]
    source = f"“{' '.join(words).capitalize()},” the auditor wrote."
    for n in range(len(words)):
        changed = [*words[:n], "bananas", *words[n + 1 :]]
        assert check_quote(" ".join(changed), source).result is not Quoted.VERBATIM
