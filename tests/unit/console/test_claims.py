from __future__ import annotations

from services.console.model.claims import ClaimLine, Place, cuts, runs_of

TEXT = "Rents rose. Wages fell by 2 per cent."


def claim(start: int, end: int) -> ClaimLine:
    first = Place("b", start, end)
    return ClaimLine("c", TEXT[start:end], "statement", "active", "", "model", "", "", "", first)


def test_a_sentence_is_shown_in_runs_of_what_is_a_claim() -> None:
    sentence = Place("b", 12, len(TEXT))
    elsewhere, before, inside, overlapping = (
        Place("a", 12, 30),
        Place("b", 0, 11),
        Place("b", 12, 22),
        Place("b", 18, 27),
    )
    assert runs_of(TEXT, sentence, []) == [(TEXT[12:], False)]
    assert runs_of(TEXT, sentence, [elsewhere, before]) == [(TEXT[12:], False)]
    runs = runs_of(TEXT, sentence, [inside, overlapping])
    assert runs == [("Wages fell by 2", True), (" per cent.", False)]
    assert runs_of(TEXT, sentence, [Place("b", 0, len(TEXT))]) == [(TEXT[12:], True)]


def test_a_claim_is_cut_between_its_words() -> None:
    whole = claim(12, 27)
    found = cuts(whole, whole.text)
    assert [TEXT[each.start : each.end] for each in found] == ["Wages", "fell", "by", "2"]
    assert (found[2].until, found[2].since) == ("Wages fell by", "by 2")


def test_a_word_that_stands_inside_another_is_found_at_its_own_place() -> None:
    text = "Thea and the heat"
    places = [text[each.start - 12 : each.end - 12] for each in cuts(claim(12, 12 + len(text)), text)]
    assert places == text.split()


def test_long_words_are_shortened_in_a_list() -> None:
    long = ClaimLine("c", "word " * 40, "statement", "active", "", "model", "", "", "", None)
    assert len(long.short) <= 90
    assert long.short.endswith("…")
    assert cuts(long, "") == []
