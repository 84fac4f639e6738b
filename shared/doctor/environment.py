"""The settings in force, where each comes from, and variables nobody reads."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import AliasChoices, SecretStr
from pydantic_settings import BaseSettings

from shared.doctor.finding import Finding, good, note, wrong
from shared.settings import FromEnvironment, KitSettings, WrongSettings

PREFIX = "PLUMBLINE_"
TESTS_ALONE = frozenset({"PLUMBLINE_CHROMIUM"})
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})
_SECRET = re.compile(r"password|secret|token|(^|_)key$")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it holds now; what is secret shows only whether it is set."""

    name: str
    value: str
    source: str


def settings_of(kind: type[BaseSettings], found: BaseSettings, environment: Mapping[str, str]) -> Iterator[Setting]:
    """Every setting of one kind with its value, redacted, and where it comes from."""
    for field in kind.model_fields:
        names = names_of(kind, field)
        given = next((name for name in names if name in environment), None)
        yield Setting(names[0], shown(field, getattr(found, field)), given or "default")


def names_of(kind: type[BaseSettings], field: str) -> list[str]:
    """Variables a setting is read from, the first one first; the last one names a file that holds the value."""
    alias = kind.model_fields[field].validation_alias
    plain = f"{kind.model_config.get('env_prefix', '')}{field}".upper()
    names = [str(choice) for choice in alias.choices] if isinstance(alias, AliasChoices) else [plain]
    return [*names, f"{plain}_FILE"] if issubclass(kind, FromEnvironment) else names


def shown(field: str, value: Any) -> str:
    """A value as people may see it: no password, no key, no credentials inside an address."""
    plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    if isinstance(value, SecretStr) or _SECRET.search(field):
        return "(set)" if plain else ""
    parts = urlsplit(plain) if "://" in plain else None
    if parts is None or not (parts.password or "=" in parts.query):
        return plain
    user = f"{parts.username}:(set)@" if parts.password else ""
    query = re.sub(r"(password|key|token)=[^&]*", r"\1=(set)", parts.query, flags=re.IGNORECASE)
    return urlunsplit((parts.scheme, user + parts.netloc.rpartition("@")[2], parts.path, query, parts.fragment))


def read(kind: type[BaseSettings]) -> tuple[BaseSettings | None, list[Finding]]:
    """The settings, or what is wrong with them."""
    try:
        return kind(), []
    except WrongSettings as error:
        return None, [wrong(name, why, f"Correct or unset {name}.") for name, why in error.problems]


def unread(kinds: Sequence[type[BaseSettings]], environment: Mapping[str, str]) -> list[Finding]:
    """Variables of ours that nobody reads, each with the one that may have been meant."""
    known = {name for kind in kinds for field in kind.model_fields for name in names_of(kind, field)} | TESTS_ALONE
    found = []
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            (*_, meant) = ["", *difflib.get_close_matches(name, known, 1, 0.75)]
            mend = f"Did you mean {meant}?" if meant else "Remove it."
            found.append(note(name, "nobody reads this variable", mend))
    return found


def doors(settings: KitSettings) -> list[Finding]:
    """Whether the listeners are where they should be."""
    found = []
    for name, host in (("PLUMBLINE_STAFF_HOST", settings.staff_host), ("PLUMBLINE_OPS_HOST", settings.ops_host)):
        if host not in LOCAL:
            mend = "See that nothing but the front door and the console can reach it."
            found.append(note(name, f"listens on {host}, beyond this machine's loopback", mend))
    ports = [getattr(settings, name) for name in KitSettings.model_fields if name.endswith("_port")]
    if len(set(ports)) < len(ports):
        found.append(
            wrong("ports", "two doors have the same port", "Give each PLUMBLINE_..._PORT a number of its own.")
        )
    return found or [good("doors", f"public on {settings.host}; staff and operations on loopback")]
