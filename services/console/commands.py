"""Commands about people of the staff desk and partner organisations."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from services.console.directory import add_partner, revoke_partner
from services.console.staffing import add_staff
from shared.cli import Commands, out
from shared.ids import DEFAULT_SITE


def attach(app: typer.Typer, commands: Commands) -> None:
    """Add them to `app`."""
    staff = typer.Typer(no_args_is_help=True, help="People of the staff desk.")
    partner = typer.Typer(no_args_is_help=True, help="Partner organisations and their keys.")
    app.add_typer(staff, name="staff")
    app.add_typer(partner, name="partner")

    @staff.command("add")
    def add_staff_(
        name: str,
        display: Annotated[str, typer.Option(help="Name shown to readers and colleagues.")],
        role: Annotated[list[str], typer.Option(help="reviewer, moderator or admin; may be given more than once.")],
        password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
        site: Annotated[UUID, typer.Option(help="The site they work for.")] = DEFAULT_SITE,
    ) -> None:
        """Give a person an account at the staff desk."""
        commands.with_service("console", lambda r: add_staff(r.outbox, name, display, password, role, site_id=site))
        out.print(f"{display} can sign in as {name}")

    @partner.command("add")
    def add_partner_(
        name: str,
        scope: Annotated[list[str], typer.Option(help="For instance factchecks.read or panels.read.")],
        rpm: Annotated[int, typer.Option(min=1, help="Calls a minute.")] = 600,
    ) -> None:
        """Give a partner organisation a key; prints it, this once."""
        typer.echo(commands.with_service("console", lambda r: add_partner(r.outbox, name, scope, rpm)))

    @partner.command("revoke")
    def revoke_partner_(key_id: str) -> None:
        """End a key; open streams end within five seconds."""
        commands.with_service("console", lambda r: revoke_partner(r.outbox, key_id))
        out.print("revoked")
