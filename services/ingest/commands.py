"""Commands about who may deliver articles and comments."""

from __future__ import annotations

import typer

from services.ingest.sources import add_source, list_sources, revoke_source, rotate_source
from shared.cli import AsJson, Commands, out, person, print_rows


def attach(app: typer.Typer, commands: Commands) -> None:
    """Add them to `app`."""
    source = typer.Typer(no_args_is_help=True, help="Who may deliver articles and comments.")
    app.add_typer(source, name="source")

    @source.command("add")
    def add_source_(name: str, public_key: str = "") -> None:
        """Let a CMS deliver; prints its secret, this once."""
        secret = commands.with_service(
            "ingest",
            lambda r: add_source(r.outbox, r.master, r.clock, name, public_key=public_key, person=person()),
        )
        out.print(f"Source {name}: POST to /v1/ingest/{name}, signed with")
        typer.echo(secret)

    @source.command("rotate")
    def rotate_source_(name: str) -> None:
        """A new secret; the old one stays good for a day."""
        typer.echo(
            commands.with_service("ingest", lambda r: rotate_source(r.outbox, r.master, r.clock, name, person=person()))
        )

    @source.command("revoke")
    def revoke_source_(name: str) -> None:
        """Take nothing more from a source."""
        commands.with_service("ingest", lambda r: revoke_source(r.outbox, name, person=person()))
        out.print("revoked")

    @source.command("list")
    def list_sources_(as_json: AsJson = False) -> None:
        """Every source."""
        rows = [dict(row) for row in commands.with_service("ingest", lambda r: list_sources(r.db))]
        print_rows(rows, tuple(rows[0]) if rows else (), as_json=as_json)
