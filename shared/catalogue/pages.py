"""The generated pages of `docs/`: written from the code by `plumbline docs`, compared with it by a test."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from shared.catalogue.asyncapi import generate
from shared.catalogue.built import on_paper
from shared.catalogue.topics import Topic, topics_of
from shared.hears import ANY_TYPE
from shared.service import Service, ServiceSpec

ROOT = Path(__file__).resolve().parents[2]
ASYNCAPI = Path("docs") / "asyncapi.yaml"
CONTRACTS = Path("docs") / "architecture" / "contracts.md"
_BEGIN, _END = "<!-- begin: topics, written by `plumbline docs` -->", "<!-- end: topics -->"
_DAY_MS = 86_400_000


def generated(specs: Sequence[ServiceSpec], root: Path = ROOT) -> dict[Path, str]:
    """Every generated page under `root` as it should read now."""
    services = [on_paper(spec) for spec in specs]
    topics = root / "deploy" / "kafka" / "topics.yaml"
    version = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    page = (root / CONTRACTS).read_text(encoding="utf-8")
    return {
        root / ASYNCAPI: generate(services, proto=root / "proto", topics=topics, version=version),
        root / CONTRACTS: with_table(page, topics_table(services, topics_of(services, topics))),
    }


def write(specs: Sequence[ServiceSpec], root: Path = ROOT) -> list[str]:
    """Bring the generated pages up to date; returns the names of those that changed."""
    changed = drifted(specs, root)
    for path, text in generated(specs, root).items():
        path.write_text(text, encoding="utf-8")
    return changed


def drifted(specs: Sequence[ServiceSpec], root: Path = ROOT) -> list[str]:
    """Names of generated pages that do not say what the code says."""
    return [
        str(path.relative_to(root))
        for path, text in generated(specs, root).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def topics_table(services: Sequence[Service], topics: Sequence[Topic]) -> str:
    """The topics as a Markdown table; whoever every service hears is said once."""
    everybody = {service.name for service in services}
    rows = ["| topic | key | kept | event type | said by | heard by |", "|---|---|---|---|---|---|"]
    for topic in topics:
        days = int(topic.settings.config["retention.ms"]) // _DAY_MS
        kept = "newest per key" if topic.settings.config["cleanup.policy"] == "compact" else f"{days} days"
        lead = f"`{topic.name}` | {topic.key} | {kept}"
        for type_ in topic.types or (ANY_TYPE,):
            said = ", ".join(name for name, types in topic.said.items() if type_ in types)
            said = said or ("the CMS" if type_ == ANY_TYPE else "nobody yet")
            heard = {name for name, types in topic.heard.items() if type_ in types}
            names = "every service" if heard == everybody else ", ".join(sorted(heard)) or "nobody yet"
            rows.append(f"| {lead} | {type_.rpartition('.')[2] or 'CloudEvents in JSON'} | {said} | {names} |")
            lead = " | |"
    return "\n".join(rows)


def with_table(page: str, table: str) -> str:
    """The page with `table` between its marks. Raises ValueError when the marks are gone."""
    before, begin, rest = page.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{CONTRACTS.name} lost its marks for the table of topics")
    return f"{before}{_BEGIN}\n{table}\n{_END}{after}"
