"""Commands about a site's policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from shared.cli import Commands, out, person
from shared.ids import DEFAULT_SITE
from shared.service import Resources

Site = Annotated[UUID, typer.Option(help="The site whose policy it is.")]


def attach(app: typer.Typer, commands: Commands) -> None:
    """Add them to `app`."""
    policy = typer.Typer(no_args_is_help=True, help="What the machine may conclude for a site.")
    app.add_typer(policy, name="policy")

    @policy.command("show")
    def show_policy_(site: Site = DEFAULT_SITE) -> None:
        """Print what holds, as a file to change and give to `policy set`."""
        from services.verification.model import PolicySettings
        from services.verification.policy_setting import as_shown
        from services.verification.store.policy import latest

        settings = commands.with_service("verification", lambda r: latest(r.db, site)) or PolicySettings()
        typer.echo(json.dumps(as_shown(settings), indent=1, ensure_ascii=False))

    @policy.command("set")
    def set_policy_(
        file: Annotated[Path, typer.Argument(help="JSON with the settings to change; the others stay.")],
        site: Site = DEFAULT_SITE,
    ) -> None:
        """Set a further version. It holds from the next check on; what was decided stays as it was decided."""
        from services.verification.policy_setting import read_wanted, set_policy

        async def work(r: Resources) -> int:
            wanted = read_wanted(file.read_bytes())
            return (await set_policy(r.outbox, site, wanted, by=person(), clock=r.clock)).version

        out.print(f"policy version {commands.with_service('verification', work)}")
