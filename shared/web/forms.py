"""Forms as plain values: what was asked, what came back, and an error that names the field it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["text", "textarea", "email", "url", "search", "password", "select", "checkbox"]


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form. `error` is a whole sentence; without one the field is fine."""

    name: str
    label: str
    kind: Kind = "text"
    value: str = ""
    hint: str = ""
    error: str = ""
    required: bool = False
    max_length: int | None = None
    autocomplete: str = "off"
    options: tuple[tuple[str, str], ...] = ()
    rows: int = 5


@dataclass(frozen=True, slots=True)
class FormErrors:
    """Errors by field name; the empty name stands for the form as a whole."""

    by_field: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.by_field)

    def of(self, name: str) -> str:
        """The error of one field, or an empty string."""
        return self.by_field.get(name, "")


@dataclass(frozen=True, slots=True)
class Form:
    """A form that posts without JavaScript. `id` prefixes every element id, so two forms can share a page."""

    id: str
    action: str
    submit: str
    fields: tuple[Field, ...]
    method: Literal["post", "get"] = "post"
    hidden: tuple[tuple[str, str], ...] = ()
    note: str = ""
    error: str = ""

    @property
    def failed(self) -> bool:
        """Whether anything is wrong with what was sent."""
        return bool(self.error) or any(one.error for one in self.fields)

    def filled(self, values: Mapping[str, str], errors: FormErrors | None = None) -> Form:
        """The same form with what the person typed kept in place (nothing has to be entered twice) and errors shown."""
        errors = errors or FormErrors()
        return replace(
            self,
            fields=tuple(
                replace(one, value=values.get(one.name, one.value), error=errors.of(one.name)) for one in self.fields
            ),
            error=errors.of(""),
        )
