"""Commands about the archive of fact checks and the record of decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shared.cli import FAILED, Commands, err, out


def attach(app: typer.Typer, commands: Commands) -> None:
    """Add them to `app`."""
    taking_in = typer.Typer(no_args_is_help=True, help="Bring in what others checked.")
    audit = typer.Typer(no_args_is_help=True, help="The record of everything that decided.")
    app.add_typer(taking_in, name="import")
    app.add_typer(audit, name="audit")

    @taking_in.command("claimreview")
    def import_claimreview_(
        file: Annotated[Path, typer.Argument(help="A DataFeed or JSON-LD file, an HTML page, or a folder of these.")],
        base_url: Annotated[str, typer.Option(help="What {base} in the file stands for.")] = "",
    ) -> None:
        """Take other publishers' fact checks into the archive."""
        from services.verification.archive import import_claimreview

        with out.status("Importing ...") as status:
            counts = commands.with_service(
                "verification",
                lambda r: import_claimreview(
                    r.outbox, file, base_url=base_url, progress=lambda seen: status.update(f"Importing ... {seen:,}")
                ),
            )
        out.print(", ".join(f"{count:,} {what}" for what, count in counts.items()))

    @audit.command("verify")
    def verify_audit_() -> None:
        """Walk the hash chain of everything that decided; exit 1 and name the first broken entry."""
        from services.verification.store.audit import verify_audit

        broken = commands.with_service("verification", lambda r: verify_audit(r.db))
        if broken is not None:
            err.print(f"[red]row {broken.seq}: {broken.reason}[/red]")
            raise typer.Exit(FAILED)
        out.print("whole")
