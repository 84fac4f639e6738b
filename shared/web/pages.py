"""Rendering: one Jinja2 environment per service, strict about names and always escaping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from shared.web.assets import Assets
from shared.web.forms import Form

SHARED_TEMPLATES = Path(__file__).parent / "templates"

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go: words and address. `current` marks the page the reader is on."""

    text: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """What surrounds every page: whose it is, where one can go, and what stands at its foot."""

    name: str
    tagline: str
    language: str
    home: str
    nav: tuple[Link, ...] = ()
    footer_links: tuple[Link, ...] = ()
    footer_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """A page that says one thing: something was received, held, refused or not found, and what to do next."""

    title: str
    lines: tuple[str, ...]
    tone: Literal["done", "held", "problem"] = "done"
    reference: str = ""
    links: tuple[Link, ...] = ()


def make_environment(assets: Assets, *folders: Path) -> Environment:
    """Templates of `folders`, with the shared ones under the prefix `web/`.

    Escaping is on for every template whatever its name, and an undefined name raises instead of printing nothing.
    """
    environment = Environment(
        loader=ChoiceLoader(
            [FileSystemLoader([str(one) for one in folders]), PrefixLoader({"web": FileSystemLoader(SHARED_TEMPLATES)})]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["asset"] = assets.url
    environment.filters.update(day=day, moment=moment, iso=iso, clock=clock, plural=plural)
    return environment


def render_notice(environment: Environment, layout: Layout, notice: Notice) -> str:
    """A complete page around one message."""
    return environment.get_template("web/notice.html").render(layout=layout, notice=notice)


def render_form_page(environment: Environment, layout: Layout, title: str, form: Form) -> str:
    """A complete page around one form: where an answer with errors is shown again, with everything typed kept."""
    return environment.get_template("web/form_page.html").render(layout=layout, title=title, form=form)


def day(when: datetime) -> str:
    """`23 November 2026`, in UTC."""
    when = when.astimezone(UTC)
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def moment(when: datetime) -> str:
    """`23 November 2026, 12:40 UTC`."""
    return f"{day(when)}, {when.astimezone(UTC):%H:%M} UTC"


def iso(when: datetime) -> str:
    """Machine-readable, in UTC with a Z, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clock(milliseconds: int) -> str:
    """A duration as people read it on a player: `4:07`, or `1:02:09`."""
    seconds = max(0, round(milliseconds / 1000))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 comment`, `3 comments`, `No comments`."""
    words = one if count == 1 else (many or one + "s")
    return f"{count:,} {words}" if count else f"No {words}"


def render(environment: Environment, template: str, values: Mapping[str, object]) -> str:
    """One template with its values; a name the template needs and the values lack raises."""
    return environment.get_template(template).render(**values)
