"""Commands for running an installation: doctor, backup, restore, republish, retention."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from shared.backup import backup
from shared.cli import AsJson, Commands, ServiceName, err, out, person, print_rows, run
from shared.doctor import Examined, State, examine
from shared.operating import server
from shared.republish import republish
from shared.restore import restore
from shared.retention import read_retention, retention_rows
from shared.service import Resources, ServiceSpec
from shared.settings import KitSettings

Folder = Annotated[Path, typer.Argument(help="Folder of the backup.")]
_COLOURS = {State.GOOD: "green", State.NOTE: "yellow", State.WRONG: "red", State.UNREACHABLE: "red"}


class OperatorCommands:
    """The commands over all services; `load` imports them when one is asked for."""

    def __init__(self, commands: Commands, load: Callable[[], Sequence[ServiceSpec]]) -> None:
        self._commands, self._load = commands, load

    def attach(self, app: typer.Typer) -> None:
        """Add every command to `app`."""
        for command in (self.doctor, self.backup, self.restore, self.republish, self.retention):
            app.command()(command)

    def doctor(
        self,
        as_json: AsJson = False,
        settings: Annotated[
            bool, typer.Option("--settings", help="Show every setting, not only changed ones.")
        ] = False,
    ) -> None:
        """Look at settings, databases, brokers, models and ports; say what is wrong and how to mend it.

        Exit codes: 0 nothing wrong, 1 something wrong, 3 something not reachable.
        """
        examined = run(examine(self._load()))
        if as_json:
            typer.echo(json.dumps(examined.as_json(), indent=1))
        else:
            _print(examined, every=settings)
        raise typer.Exit(examined.exit_code)

    def backup(self, folder: Folder) -> None:
        """Write every service's database into a new folder. Services may run meanwhile."""

        async def work() -> None:
            async with server(KitSettings()) as dsn:
                await backup(self._load(), dsn, folder, say=out.print)

        run(work())
        out.print(f"Backup in {folder}. The master key is not in it: keep a copy of it elsewhere.")

    def restore(
        self,
        folder: Folder,
        only: Annotated[list[str] | None, typer.Option(help="This service alone; may be given more than once.")] = None,
    ) -> None:
        """Bring a backup back into databases that are empty or not there, with all services stopped."""
        wanted = [name.replace("-", "_") for name in only or ()]

        async def work() -> None:
            async with server(KitSettings()) as dsn:
                await restore(self._load(), dsn, folder, person=person(), only=wanted, say=out.print)

        run(work())
        out.print("Restored. Start the services; docs/runbooks/backup-and-restore.md says what may follow.")

    def republish(self, service: ServiceName) -> None:
        """Tell everything a service knows again, at the version it has. The service may run."""
        spec = self._commands.spec(service)
        with out.status(f"{spec.name} ...") as status:

            async def work(resources: Resources) -> int:
                def say(told: int) -> None:
                    status.update(f"{spec.name}: {told} events")

                return await republish(resources, spec.tells_again, person=person(), say=say)

            told = self._commands.with_service(service, work)
        out.print(f"{spec.name}: {told} events told again; its relay publishes them.")

    def retention(self, as_json: AsJson = False) -> None:
        """How long every table keeps its rows, and why."""
        print_rows(retention_rows(read_retention()), ("service", "table", "kept", "why"), as_json=as_json)


def _print(examined: Examined, *, every: bool) -> None:
    changed = [setting for setting in examined.settings if every or setting.source != "default"]
    rows = [{"setting": one.name, "value": one.value, "from": one.source} for one in changed]
    print_rows(
        rows, ("setting", "value", "from"), as_json=False, title="Settings" if every else "Settings that were changed"
    )
    for finding in examined.findings:
        colour = _COLOURS[finding.state]
        out.print(
            f"[{colour}]{finding.state.value:<13}[/{colour}] [bold]{escape(finding.what)}[/bold]  {escape(finding.seen)}",
            highlight=False,
        )
        if finding.mend:
            out.print(f"{'':<13} -> {finding.mend}", highlight=False, markup=False)
    if examined.exit_code:
        err.print("[red]Something needs to be mended.[/red]")
