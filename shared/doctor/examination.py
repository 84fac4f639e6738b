"""Everything the doctor looks at, in the order in which one thing explains the next."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings

from shared.doctor import broker, databases, environment, machine
from shared.doctor.environment import Setting
from shared.doctor.finding import Finding, State, good, note, unreachable
from shared.host import TOPICS
from shared.local.process import ServerFailed
from shared.operating import server
from shared.service import ServiceSpec
from shared.settings import KitSettings

DONE, FAILED, NOT_REACHABLE = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Examined:
    """The settings in force and what was found."""

    settings: tuple[Setting, ...]
    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> int:
        """3 when something cannot be reached, 1 when something is wrong, else 0; notes are no failure."""
        states = {finding.state for finding in self.findings}
        if State.UNREACHABLE in states:
            return NOT_REACHABLE
        return FAILED if State.WRONG in states else DONE

    def as_json(self) -> dict[str, Any]:
        """For programs: settings, findings, exit code."""
        return {
            "settings": [asdict(setting) for setting in self.settings],
            "findings": [asdict(finding) | {"state": finding.state.value} for finding in self.findings],
            "exit_code": self.exit_code,
        }


async def examine(
    specs: Sequence[ServiceSpec], *, environ: Mapping[str, str] = os.environ, topics: Path = TOPICS
) -> Examined:
    """Look at everything; nothing is changed, and nothing that is not there is made. Takes a few seconds."""
    kinds: list[type[BaseSettings]] = [KitSettings, *(spec.settings for spec in specs)]
    settings: list[Setting] = []
    findings: list[Finding] = []
    kit: KitSettings | None = None
    for kind in kinds:
        found, problems = environment.read(kind)
        findings += problems
        if found is not None:
            settings += environment.settings_of(kind, found, environ)
            kit = found if isinstance(found, KitSettings) else kit
    findings += environment.unread(kinds, environ)
    if kit is not None:
        findings += await _around(kit, specs, topics)
    return Examined(tuple(settings), tuple(findings))


async def _around(settings: KitSettings, specs: Sequence[ServiceSpec], topics: Path) -> list[Finding]:
    kafka, postgres, ports, spans = await asyncio.gather(
        broker.kafka(settings, topics),
        _postgres(settings, specs),
        machine.ports(settings),
        machine.collector(settings),
    )
    encoder = await asyncio.to_thread(machine.encoder, settings)
    here = [machine.home(settings), machine.master_key(settings), encoder, machine.audio()]
    return [*environment.doors(settings), *here, *postgres, *kafka, *spans, *ports]


async def _postgres(settings: KitSettings, specs: Sequence[ServiceSpec]) -> list[Finding]:
    if not settings.database_url and not (settings.home / "postgres").exists():
        mend = "The first start makes one; or set PLUMBLINE_DATABASE_URL."
        return [note("Postgres", "none given and none here yet", mend)]
    try:
        async with server(settings) as dsn:
            found = await databases.server(dsn, specs, settings)
            if any(finding.state is State.UNREACHABLE for finding in found):
                return found
            where = [] if settings.database_url else [good("Postgres", "the embedded one")]
            return [*where, *found, *await databases.databases(dsn, specs, settings)]
    except (ServerFailed, OSError) as error:
        return [unreachable("Postgres", f"the embedded one does not start: {error}", "See the log in the home folder.")]
