"""Commands every installation needs, over whatever services it has: topics, dead letters, outboxes, migrations.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 not reachable.
"""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from shared.errors import Refused, Transient
from shared.host import TOPICS
from shared.kafka import Cluster, Topics, read_topics
from shared.local.folder import FolderInUse
from shared.local.process import ServerFailed
from shared.operating import operator, server
from shared.postgres import MigrationChanged
from shared.retrieval.errors import EncoderDamaged, EncoderUnavailable
from shared.service import Resources, ServiceSpec
from shared.settings import KitSettings, WrongSettings
from shared.vault import Forgotten

T = TypeVar("T")
OK, FAILED, WRONG_USE, NOT_REACHABLE = 0, 1, 2, 3
out = Console()
err = Console(stderr=True)

ServiceName = Annotated[str, typer.Argument(help="Name of the service, for instance ingest.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work; what went wrong becomes one line and an exit code."""
    try:
        return asyncio.run(work)
    except Refused as refused:
        err.print(f"[red]{refused.message}[/red]" + (f" (field: {refused.field})" if refused.field else ""))
        raise typer.Exit(WRONG_USE) from refused
    except WrongSettings as wrong:
        raise told(wrong) from wrong
    except (MigrationChanged, FolderInUse, ServerFailed, EncoderUnavailable, EncoderDamaged) as error:
        err.print(f"[red]{error}[/red]")
        raise typer.Exit(FAILED) from error
    except (Transient, OSError, KafkaError) as error:
        if isinstance(error, OSError) and (
            error.filename or isinstance(error, PermissionError)
        ):  # a file, not a server
            err.print(f"[red]{error.filename or ''} {error.strerror or error}[/red]".replace("[red] ", "[red]"))
            raise typer.Exit(FAILED) from error
        err.print(f"[red]not reachable:[/red] {type(error).__name__}: {error}")
        raise typer.Exit(NOT_REACHABLE) from error


def told(wrong: WrongSettings) -> typer.Exit:
    """Says which settings are wrong and why; the exit that ends the command."""
    for variable, why in wrong.problems:
        err.print(f"[red]{escape(variable)}: {escape(why)}[/red]")
    err.print("`plumbline doctor` looks at everything that is set.")
    return typer.Exit(WRONG_USE)


class LetterState(StrEnum):
    """Where a dead letter stands."""

    OPEN = "open"
    REPLAYED = "replayed"
    DISCARDED = "discarded"
    ALL = "all"


class Family(TyperGroup):
    """Commands of which none meets wrong settings with a stack trace."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except WrongSettings as wrong:
            raise told(wrong) from wrong


def person() -> str:
    """Who acts, for the record: the operating system's account."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):
        return "operator"


def print_rows(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool, title: str = "") -> None:
    """A table for people or a JSON array for programs."""
    if as_json:
        typer.echo(json.dumps([{c: r[c] for c in columns} for r in rows], default=str))
        return
    table = Table(*columns, title=title or None, title_justify="left")
    for row in rows:
        table.add_row(*("" if row[c] is None else str(row[c]) for c in columns))
    out.print(table if rows else "[dim]nothing[/dim]")


class Commands:
    """The platform's commands over the given services."""

    def __init__(self, names: Sequence[str], load: Callable[[str], ServiceSpec]) -> None:
        """`load` imports one service by name, so that a command about one does not pay for the models of another."""
        self._names, self._load = tuple(names), load

    def spec(self, name: str) -> ServiceSpec:
        """The service of that name (dashes and underscores alike); wrong use when there is none."""
        wanted = name.replace("-", "_")
        if wanted not in self._names:
            err.print(f"[red]no service {name!r}[/red]; there are: {', '.join(self._names)}")
            raise typer.Exit(WRONG_USE)
        return self._load(wanted)

    def with_service(self, name: str, work: Callable[[Resources], Awaitable[T]]) -> T:
        """Run `work` with the resources of one service, whether it runs or not."""
        spec, settings = self.spec(name), KitSettings()

        async def go() -> T:
            async with server(settings) as dsn, operator(spec, settings, dsn) as resources:
                return await work(resources)

        return run(go())

    def attach(self, app: typer.Typer) -> None:
        """Add every command to `app`."""
        app.command()(self.migrate)
        app.add_typer(self._topics(), name="topics", help="Kafka topics as declared in deploy/kafka/topics.yaml.")
        app.add_typer(self._dead_letters(), name="dlt", help="Dead letters of a service.")
        app.add_typer(self._outbox(), name="outbox", help="Events a service has not published yet.")

    def migrate(self) -> None:
        """Bring every service's database up to date."""
        for name in self._names:
            self.with_service(name, _nothing)
            out.print(f"{name}: up to date")

    def _topics(self) -> typer.Typer:
        app = typer.Typer(no_args_is_help=True)

        def cluster() -> Cluster:
            servers = KitSettings().kafka_bootstrap_servers
            if not servers:
                err.print("[red]set KAFKA_BOOTSTRAP_SERVERS[/red]; a local Kafka gets its topics at every start")
                raise typer.Exit(WRONG_USE)
            return Cluster(servers)

        @app.command()
        def apply() -> None:
            """Create missing topics and bring settings up to date."""
            changes = run(Topics(cluster()).apply(read_topics(TOPICS)))
            out.print("\n".join(changes) or "nothing to change")

        @app.command()
        def check() -> None:
            """Say how the cluster differs from the declaration; exit 1 when it does."""
            found = run(Topics(cluster()).check(read_topics(TOPICS)))
            out.print("\n".join(found) or "as declared")
            if found:
                raise typer.Exit(FAILED)

        return app

    def _dead_letters(self) -> typer.Typer:
        app = typer.Typer(no_args_is_help=True)

        @app.command("list")
        def list_(
            service: ServiceName,
            state: Annotated[LetterState, typer.Option(help="Where they stand.")] = LetterState.OPEN,
            limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
            as_json: AsJson = False,
        ) -> None:
            """What was set aside, oldest first."""
            rows = self.with_service(
                service,
                lambda r: r.dead_letters.find(state="" if state is LetterState.ALL else state.value, limit=limit),
            )
            columns = ("dead_letter_id", "topic", "type", "error", "reason", "attempts", "dead_at", "state")
            print_rows([dict(row) for row in rows], columns, as_json=as_json)

        @app.command()
        def show(service: ServiceName, dead_letter_id: UUID) -> None:
            """One dead letter with its headers and the size of its body."""
            try:
                row, headers, body = self.with_service(service, lambda r: r.dead_letters.show(dead_letter_id))
            except Forgotten as gone:
                err.print(f"[red]{gone}[/red]")
                raise typer.Exit(FAILED) from gone
            wanted = ("topic", "partition", "offset", "type", "error", "reason", "attempts", "trace_id", "first_seen")
            for name in wanted:
                out.print(f"{name:<12} {row[name]}")
            for name, value in headers:
                out.print(f"  {name}: {value.decode('utf-8', 'replace')}")
            out.print(f"body         {'none' if body is None else f'{len(body)} bytes'}")

        @app.command()
        def replay(service: ServiceName, dead_letter_id: UUID) -> None:
            """Send it back where it came from, with the same id; services that had it drop it."""
            self.with_service(service, lambda r: r.dead_letters.replay(r.outbox, dead_letter_id, person=person()))
            out.print("replayed")

        @app.command()
        def discard(service: ServiceName, dead_letter_id: UUID) -> None:
            """Give it up for good."""
            self.with_service(service, lambda r: r.dead_letters.discard(r.outbox, dead_letter_id, person=person()))
            out.print("discarded")

        return app

    def _outbox(self) -> typer.Typer:
        app = typer.Typer(no_args_is_help=True)

        @app.command()
        def status(as_json: AsJson = False) -> None:
            """How many events wait in each service, and for how long."""

            async def standing(r: Resources) -> Any:
                return await r.db.fetchrow(
                    "SELECT count(*) AS pending, coalesce(now() - min(created_at), '0'::interval) AS oldest"
                    " FROM outbox WHERE published_at IS NULL"
                )

            rows = [{"service": name, **dict(self.with_service(name, standing))} for name in self._names]
            print_rows(rows, ("service", "pending", "oldest"), as_json=as_json)

        return app


async def _nothing(_: Resources) -> None:
    return None
