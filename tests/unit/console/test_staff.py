"""What a name, a password and a role may be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.model.staff import Role, check_display_name, check_login, check_password, check_roles
from services.console.passwords import Passwords
from shared.errors import Refused


@given(st.text(max_size=60))
def test_a_login_is_kept_in_one_form_or_refused(text: str) -> None:
    try:
        kept = check_login(text)
    except Refused:
        return
    assert check_login(kept) == kept == kept.lower()
    assert kept.isascii()


@pytest.mark.parametrize(
    ("check", "field"),
    [
        (lambda: check_login("a"), "name"),
        (lambda: check_login("-ann"), "name"),
        (lambda: check_login("ann\x00"), "name"),
        (lambda: check_display_name("  "), "display"),
        (lambda: check_display_name("x" * 81), "display"),
        (lambda: check_display_name("a\u202eb"), "display"),
        (lambda: check_password("elevenchars", "ann"), "password"),
        (lambda: check_password("x" * 257, "ann"), "password"),
        (lambda: check_password("abababababababab", "ann"), "password"),
        (lambda: check_password("i am ANN of course", "ann"), "password"),
        (lambda: check_roles([]), "roles"),
        (lambda: check_roles(["reviewer", "owner"]), "roles"),
    ],
)
def test_S7_what_is_refused_names_its_field(check: Callable[[], object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        check()
    assert refused.value.field == field


def test_good_ones_pass() -> None:
    assert check_login(" Ann.Smith ") == "ann.smith"
    assert check_display_name("  Ann   Øst ") == "Ann Øst"
    assert check_roles(["admin", "admin"]) == {Role.ADMIN}
    check_password("correct horse battery", "ann")


async def test_S4_passwords_are_kept_as_argon2id_and_nobody_fits_nothing() -> None:
    passwords = Passwords()
    kept = await passwords.hash("correct horse battery")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert kept != await passwords.hash("correct horse battery")
    assert await passwords.verify(kept, "correct horse battery")
    assert not await passwords.verify(kept, "correct horse batterz")
    assert not await passwords.verify(None, "correct horse battery")
    assert not await passwords.verify("not a hash", "correct horse battery")
