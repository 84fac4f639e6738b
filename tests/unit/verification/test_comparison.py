from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.verification.engine.comparison import compare_claims
from services.verification.model import Sameness

NEAR = 0.93  # as near as vectors put claims that differ in one detail


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        ("number", "Rents rose by 12 percent last year.", "Rents rose by 21 percent last year."),
        ("number", "The dam cost 1.2 billion dollars.", "The dam cost 1.2 million dollars."),
        ("number", "One in five children goes hungry.", "One in nine children goes hungry."),
        ("number", "It is the third largest exporter.", "It is the fifth largest exporter."),
        ("date", "The bridge collapsed in August 2018.", "The bridge collapsed in August 2008."),
        ("date", "The minister resigned on Monday.", "The minister resigned on Thursday."),
        ("name", "Angela Merkel met the union.", "Olaf Scholz met the union."),
        ("name", "Germany exports more cars than steel.", "France exports more cars than steel."),
        ("negation", "Vaccines cause autism.", "Vaccines do not cause autism."),
        ("negation", "Nobody was injured.", "People were injured."),
        ("direction", "The bank raised interest rates.", "The bank cut interest rates."),
        ("role", "Russia invaded Ukraine.", "Ukraine invaded Russia."),
        ("role", "The police officer shot the driver.", "The driver shot the police officer."),
        ("quantifier", "All of the victims were women.", "Some of the victims were women."),
        ("certainty", "Red meat causes cancer.", "Red meat may cause cancer."),
        ("unit", "The rate rose by 2 percent.", "The rate rose by 2 percentage points."),
    ],
)
def test_J8_another_number_date_name_or_negation_is_another_claim(kind: str, a: str, b: str) -> None:
    for one, two in ((a, b), (b, a)):
        found = compare_claims(one, two, NEAR)
        assert found.sameness is Sameness.DIFFERENT
        assert found.kind == kind
        assert found.explanation


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Rents rose by 12 percent last year.", "Last year, rents increased by 12%."),
        ("Vaccines cause autism.", "Autism is caused by vaccines."),
        ("The dam is not safe.", "The dam is unsafe."),
        ("The river is 100 km long.", "The river is about 62 miles long."),
        ("Britain left the EU in 2020.", "In 2020 the United Kingdom left the European Union."),
        ("Half of all households own a pet.", "50% of households own a pet."),
        ("Sales doubled in 2020.", "Sales rose by 100 percent in 2020."),
        ("The city has 1,203,456 inhabitants.", "The city has about 1.2 million inhabitants."),
        ("The trial lasted 18 months.", "The trial lasted a year and a half."),
    ],
)
def test_the_same_claim_in_other_words_or_units_stays_the_same(a: str, b: str) -> None:
    assert compare_claims(a, b, NEAR).sameness is Sameness.SAME
    assert compare_claims(b, a, NEAR).sameness is Sameness.SAME


def test_a_claim_that_says_more_is_not_comparable() -> None:
    found = compare_claims("Rents rose by 12 percent.", "Rents rose.", NEAR)
    assert found.sameness is Sameness.NOT_COMPARABLE


def test_far_texts_are_not_comparable_however_few_details_clash() -> None:
    assert compare_claims("Rents rose.", "The zoo has a new lion.", 0.1).sameness is Sameness.NOT_COMPARABLE


TEXTS = st.text(alphabet="0123456789.,%$€£ -–'’\"()/aeinort AThNMBillion½\n", max_size=60)


@given(TEXTS, TEXTS)
def test_no_text_breaks_the_comparison_and_it_is_the_same_both_ways(a: str, b: str) -> None:
    one, two = compare_claims(a, b, NEAR), compare_claims(b, a, NEAR)
    assert (one.sameness is Sameness.SAME) == (two.sameness is Sameness.SAME)
    assert compare_claims(a, a, 1.0).sameness is Sameness.SAME
