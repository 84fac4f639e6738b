"""Commands about the archive of fact checks and the record of decisions."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.markup import escape

from shared.cli import FAILED, Commands, err, out
from shared.ids import DEFAULT_SITE

REFUSALS_TOLD = 20


def attach(app: typer.Typer, commands: Commands) -> None:
    """Add them to `app`."""
    taking_in = typer.Typer(no_args_is_help=True, help="Bring in what others checked.")
    audit = typer.Typer(no_args_is_help=True, help="The record of everything that decided.")
    app.add_typer(taking_in, name="import")
    app.add_typer(audit, name="audit")
    credibility = typer.Typer(no_args_is_help=True, help="How far the newsroom trusts its sources.")
    app.add_typer(credibility, name="credibility")
    review = typer.Typer(no_args_is_help=True, help="What people decided at the staff desk.")
    app.add_typer(review, name="review")

    @review.command("export")
    def export_reviews_(
        file: Annotated[Path | None, typer.Argument(help="Where to write; standard output without it.")] = None,
        since: Annotated[datetime, typer.Option(help="Only what was decided from this day (UTC) on.")] = datetime(
            1970, 1, 1
        ),
        site: Annotated[UUID | None, typer.Option(help="Only this site.")] = None,
    ) -> None:
        """Write decisions beside what the machine had said, as JSON lines, without names of people."""
        from services.verification.labelled import Pseudonyms, write_labelled

        count = commands.with_service(
            "verification",
            lambda r: write_labelled(r.db, Pseudonyms(r.master), file, since=since.replace(tzinfo=UTC), site_id=site),
        )
        if file is not None:
            out.print(f"{count:,} decisions")

    @taking_in.command("claimreview")
    def import_claimreview_(
        file: Annotated[
            Path, typer.Argument(help="JSON-LD, a DataFeed, CSV, an HTML page, a .txt list of addresses, or a folder.")
        ],
        base_url: Annotated[str, typer.Option(help="What {base} in the file stands for.")] = "",
    ) -> None:
        """Take other publishers' fact checks into the archive. Says what it refuses and why; exit 1 when that is all."""
        from services.verification.archive import import_guarded

        told: list[str] = []

        def refused(where: str, why: str) -> None:
            if len(told) < REFUSALS_TOLD:
                told.append(f"{where}: {why}")

        with out.status("Importing ...") as status:
            counts = commands.with_service(
                "verification",
                lambda r: import_guarded(
                    r.outbox,
                    file,
                    base_url=base_url,
                    progress=lambda seen: status.update(f"Importing ... {seen:,}"),
                    refused=refused,
                ),
            )
        for line in told:
            err.print(f"[red]refused[/red] {escape(line)}", highlight=False)
        if counts["refused"] > len(told):
            err.print(f"[red]refused[/red] {counts['refused'] - len(told):,} more")
        out.print(", ".join(f"{count:,} {what}" for what, count in counts.items()))
        if counts["refused"] == sum(counts.values()):
            raise typer.Exit(FAILED)

    @credibility.command("rate")
    def rate_source_(
        domain: Annotated[str, typer.Argument(help="For instance example.org; what lies below it is meant too.")],
        rating: Annotated[str, typer.Argument(help="reliable, mixed, unreliable or unrated.")],
        note: Annotated[str, typer.Option(help="Why.")],
        provenance: Annotated[str, typer.Option(help="From where that is known.")],
    ) -> None:
        """Rate a source. Pages of an unreliable one are no evidence; the claims it carried are checked again."""
        from services.verification.rating_sources import rate_source

        rated = commands.with_service(
            "verification",
            lambda r: rate_source(
                r.outbox,
                DEFAULT_SITE,
                domain=domain,
                credibility=rating,
                note=note,
                provenance=provenance,
                by="operator",
                clock=r.clock,
            ),
        )
        out.print(f"{rated.domain}: {rated.credibility.value}, version {rated.version}")

    @audit.command("replay")
    def replay_audit_(
        latest: Annotated[int, typer.Option(min=1, max=100_000, help="How many of the latest decisions.")] = 100,
    ) -> None:
        """Decide past cases again from what was recorded; exit 1 when one ends differently, and name it."""
        from services.verification.replaying import replay

        report = commands.with_service("verification", lambda r: replay(r.db, latest))
        for difference in report.differing:
            err.print(f"[red]assessment {difference.assessment_id}: {difference.what}[/red]")
        out.print(f"{report.same:,} decisions gave the same result, {len(report.differing):,} another")
        if report.differing:
            raise typer.Exit(FAILED)

    @audit.command("verify")
    def verify_audit_() -> None:
        """Walk the hash chain of everything that decided; exit 1 and name the first broken entry."""
        from services.verification.store.audit import verify_audit

        broken = commands.with_service("verification", lambda r: verify_audit(r.db))
        if broken is not None:
            err.print(f"[red]row {broken.seq}: {broken.reason}[/red]")
            raise typer.Exit(FAILED)
        out.print("whole")
