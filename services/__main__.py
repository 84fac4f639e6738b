"""The `plumbline` command and the all-in-one process: the only file that knows every service."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from services.demo import DEMO, DemoFailed, Kept, Newsroom, Report
from shared.cli import FAILED, OK, AsJson, Commands, err, out, person, print_rows, run
from shared.errors import Refused
from shared.host import Host
from shared.operator_cli import OperatorCommands
from shared.runtime import Resources, ServiceSpec
from shared.settings import KitSettings
from shared.telemetry.libraries import route_library_logs
from shared.telemetry.logs import make_log

# The console first: it is stopped last, because the others' last spans go there.
NAMES = ("console", "ingest", "claim_extraction", "verification", "comment", "publish")


def spec(name: str) -> ServiceSpec:
    """One service, imported now: a process that runs publish alone never loads verification's models."""
    found: ServiceSpec = import_module(f"services.{name}.app").SPEC
    return found


def all_specs() -> tuple[ServiceSpec, ...]:
    """Every service."""
    return tuple(spec(name) for name in NAMES)


commands = Commands(NAMES, spec)
app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="Plumbline: fact checks from event to page."
)
source_app = typer.Typer(no_args_is_help=True, help="Who may deliver articles and comments.")
staff_app = typer.Typer(no_args_is_help=True, help="People of the staff desk.")
partner_app = typer.Typer(no_args_is_help=True, help="Partner organisations and their keys.")
import_app = typer.Typer(no_args_is_help=True, help="Bring in what others checked.")
models_app = typer.Typer(no_args_is_help=True, help="Weights the product runs on.")
audit_app = typer.Typer(no_args_is_help=True, help="The record of everything that decided.")
for name, child in (
    ("source", source_app),
    ("staff", staff_app),
    ("partner", partner_app),
    ("import", import_app),
    ("models", models_app),
    ("audit", audit_app),
):
    app.add_typer(child, name=name)
commands.attach(app)
OperatorCommands(commands, all_specs).attach(app)


@app.command("run")
def run_service(
    service: Annotated[str, typer.Argument(help="all, or one of: " + ", ".join(NAMES))],
) -> None:
    """Run one service, or all of them in one process, until stopped."""
    specs = all_specs() if service == "all" else (commands.spec(service),)
    raise typer.Exit(run(_serve(Host(specs, KitSettings(), say=out.print))))


async def _serve(host: Host) -> int:
    route_library_logs(make_log("libraries", level=host.settings.log_level))
    stop = _stop_on_signals()
    await host.start()
    try:
        out.print("Running. Readiness and metrics: " + _address(host.settings.ops_port) + "/readyz")
        fatal = await host.wait(stop)
        if fatal:
            err.print(f"[red]{fatal}[/red]")
        return FAILED if fatal else OK
    finally:
        await host.stop()


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Show everything once, then stop.")] = False,
) -> None:
    """Run the whole platform with a sample article, its sources, comments and two reviewers."""
    settings = KitSettings()
    settings.home.mkdir(parents=True, exist_ok=True)
    raise typer.Exit(run(_demo(settings, once=once)))


async def _demo(settings: KitSettings, *, once: bool) -> int:
    from shared.local.site_server import SiteServer

    path = settings.home / "demo.json"
    kept = Kept.open(path)
    stop = _stop_on_signals()
    site = SiteServer(DEMO / "site", port=kept.site_port)
    await site.start()
    os.environ.setdefault("PLUMBLINE_VERIFICATION_FETCH_ALLOW", json.dumps([site.base_url.removeprefix("http://")]))
    log = (settings.home / "demo.log").open("a", buffering=1)
    route_library_logs(make_log("libraries", out=log))
    host = Host(all_specs(), settings, say=out.print, log_to=log)
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        with out.status("Starting six services ..."):
            await host.start()
            await host.until_ready()
        out.print(f"Six services ready after {loop.time() - started:.1f} s.")
        kept.site_port = int(site.base_url.rpartition(":")[2])
        await prepare(host, kept, site.base_url)
        kept.save(path)
        newsroom = Newsroom(_address(settings.http_port), kept, site.base_url, out.print)
        report = await newsroom.morning(lambda trace_id: services_of(host, trace_id))
        kept.save(path)
        _print_report(report, kept, settings)
        if not once:
            out.print("\nStays up until you press Ctrl-C.")
            fatal = await host.wait(stop)
            if fatal:
                err.print(f"[red]{fatal}[/red]")
                return FAILED
        return OK
    except (DemoFailed, TimeoutError, Refused) as failed:
        err.print(f"[red]The demonstration failed:[/red] {failed}")
        return FAILED
    finally:
        await host.stop()
        await site.stop()
        log.close()


async def prepare(host: Host, kept: Kept, site_url: str) -> None:
    """What an operator does first; done once, kept for every later run."""
    from services.console.directory import add_partner
    from services.console.staffing import add_staff
    from services.ingest.sources import add_source
    from services.verification.archive import import_claimreview

    console, ingest = host.running["console"].resources, host.running["ingest"].resources
    await _introduce(console)
    if not kept.source_secret:
        kept.source_secret = await add_source(ingest.outbox, ingest.master, ingest.clock, "demo-cms", person="demo")
    for login, display, role in (
        ("reviewer.ann", "Ann Reviewer", "reviewer"),
        ("reviewer.ben", "Ben Reviewer", "reviewer"),
        ("moderator.mo", "Mo Moderator", "moderator"),
    ):
        if login not in kept.passwords:
            password = secrets.token_urlsafe(12)
            await add_staff(console.outbox, login, display, password, [role])
            kept.passwords[login] = password
    if not kept.partner_key:
        kept.partner_key = await add_partner(console.outbox, "Demo Partner", ["factchecks.read", "panels.read"], 600)
    with out.status("Importing the archive of fact checks ..."):
        outbox = host.running["verification"].resources.outbox
        counts = await import_claimreview(outbox, DEMO / "site" / "factchecks.json", base_url=site_url)
    out.print(f"Archive of fact checks: {', '.join(f'{count} {what}' for what, count in counts.items())}.")


def _print_report(report: Report, kept: Kept, settings: KitSettings) -> None:
    table = Table(title="The finished panel", title_justify="left", show_lines=True)
    for column in ("claim", "who said it", "before review", "after review", "evidence"):
        table.add_column(column, overflow="fold")
    for row in report.outcomes:
        table.add_row(row.claim, row.said_by, row.before, row.after, row.evidence)
    out.print(table)
    out.print(f"Comments shown: {report.comments}")
    out.print(f"Trace {report.trace_id} passed: {', '.join(report.services)}")
    out.print(f"From post to panel: {report.seconds:.2f} s")
    door = _address(settings.http_port)
    out.print(f"\nReader page  {door}/articles/{report.article_id}")
    out.print(f"Staff desk   {door}/console   (people and passwords: {settings.home / 'demo.json'})")
    out.print(f"Trace        {door}/console/traces/{report.trace_id}")
    out.print(f"Metrics      {_address(settings.ops_port)}/metrics")


async def _introduce(console: Resources) -> None:
    from services.console.directory import set_site
    from services.console.model.site import SiteIdentity

    identity = json.loads((DEMO / "publisher.json").read_text())
    await set_site(
        console.outbox,
        SiteIdentity(
            name=identity["name"],
            languages=tuple(identity["languages"]),
            publisher=identity["legal_name"],
            legal_footer=identity["legal_footer"],
            mission=identity["mission"],
            contact=identity["contact"],
            homepage=identity["homepage"],
            address=identity["address"],
            editor_in_chief=identity["editor_in_chief"],
            funding=identity["funding"],
            corrections_policy=identity["corrections_policy"],
        ),
    )


async def services_of(host: Host, trace_id: str) -> list[str]:
    """Services a trace passed, in the order of their first span."""
    from services.console.app import Settings as ConsoleSettings
    from services.console.store.spans import SpanStore

    assert host.parts is not None
    store = await SpanStore.open(host.parts.server_dsn, ConsoleSettings().spans_database)
    try:
        spans = await store.trace(trace_id)
    finally:
        await store.close()
    return list(dict.fromkeys(span.service for span in sorted(spans, key=lambda span: span.started_ns)))


@source_app.command("add")
def add_source_(name: str, public_key: str = "") -> None:
    """Let a CMS deliver; prints its secret, this once."""
    from services.ingest.sources import add_source

    secret = commands.with_service(
        "ingest",
        lambda r: add_source(r.outbox, r.master, r.clock, name, public_key=public_key, person=person()),
    )
    out.print(f"Source {name}: POST to /v1/ingest/{name}, signed with")
    typer.echo(secret)


@source_app.command("rotate")
def rotate_source_(name: str) -> None:
    """A new secret; the old one stays good for a day."""
    from services.ingest.sources import rotate_source

    typer.echo(
        commands.with_service("ingest", lambda r: rotate_source(r.outbox, r.master, r.clock, name, person=person()))
    )


@source_app.command("revoke")
def revoke_source_(name: str) -> None:
    """Take nothing more from a source."""
    from services.ingest.sources import revoke_source

    commands.with_service("ingest", lambda r: revoke_source(r.outbox, name, person=person()))
    out.print("revoked")


@source_app.command("list")
def list_sources_(as_json: AsJson = False) -> None:
    """Every source."""
    from services.ingest.sources import list_sources

    rows = [dict(row) for row in commands.with_service("ingest", lambda r: list_sources(r.db))]
    print_rows(rows, tuple(rows[0]) if rows else (), as_json=as_json)


@staff_app.command("add")
def add_staff_(
    name: str,
    display: Annotated[str, typer.Option(help="Name shown to readers and colleagues.")],
    role: Annotated[list[str], typer.Option(help="reviewer, moderator or admin; may be given more than once.")],
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
) -> None:
    """Give a person an account at the staff desk."""
    from services.console.staffing import add_staff

    commands.with_service("console", lambda r: add_staff(r.outbox, name, display, password, role))
    out.print(f"{display} can sign in as {name}")


@partner_app.command("add")
def add_partner_(
    name: str,
    scope: Annotated[list[str], typer.Option(help="For instance factchecks.read or panels.read.")],
    rpm: Annotated[int, typer.Option(help="Calls a minute.")] = 600,
) -> None:
    """Give a partner organisation a key; prints it, this once."""
    from services.console.directory import add_partner

    typer.echo(commands.with_service("console", lambda r: add_partner(r.outbox, name, scope, rpm)))


@partner_app.command("revoke")
def revoke_partner_(key_id: str) -> None:
    """End a key; open streams end within five seconds."""
    from services.console.directory import revoke_partner

    commands.with_service("console", lambda r: revoke_partner(r.outbox, key_id))
    out.print("revoked")


@import_app.command("claimreview")
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


@app.command()
def check(
    text: Annotated[str, typer.Argument(help="A sentence, or a file with an article's text.")],
    as_json: AsJson = False,
) -> None:
    """Find the claims in a sentence or a file and show what was read from them. Nothing is stored or sent."""
    from services.claim_extraction.checking import check_text

    file = Path(text)
    words = file.read_text(errors="replace") if len(text) < 250 and file.is_file() else text
    if not words.strip():
        raise typer.Exit(run(_refuse("Give a sentence or the name of a file with text in it.")))
    rows = check_text(words, KitSettings().home / "models" / "encoder")
    columns = ("claim", "who", "numbers and dates", "worth checking", "why")
    print_rows(rows, columns, as_json=as_json, title="Claims")


async def _refuse(message: str) -> int:
    raise Refused("NO_TEXT", message, field="text")


@audit_app.command("verify")
def verify_audit_() -> None:
    """Walk the hash chain of everything that decided; exit 1 and name the first broken entry."""
    from services.verification.store.audit import verify_audit

    broken = commands.with_service("verification", lambda r: verify_audit(r.db))
    if broken is not None:
        err.print(f"[red]row {broken.seq}: {broken.reason}[/red]")
        raise typer.Exit(FAILED)
    out.print("whole")


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Only say what drifted; exit 1 when something did.")] = False,
) -> None:
    """Write the pages made from the code: docs/asyncapi.yaml and the table of topics."""
    from shared.catalogue.pages import drifted, write

    names = drifted(all_specs()) if check else write(all_specs())
    out.print("\n".join(names) or "as the code says")
    if check and names:
        raise typer.Exit(FAILED)


@models_app.command("build")
def build_models() -> None:
    """Build the sentence encoder from the installed weights (about half a minute)."""
    from shared.retrieval.encoder import build_encoder

    folder = KitSettings().home / "models" / "encoder"
    with out.status("Building the sentence encoder ..."):
        manifest = build_encoder(folder)
    out.print(f"built {folder} ({manifest})")


@models_app.command("check")
def check_models() -> None:
    """Whether the encoder is built and whole; exit 1 when it is not."""
    from shared.retrieval.encoder import Encoder

    folder = KitSettings().home / "models" / "encoder"
    try:
        out.print(f"encoder {Encoder(folder).model_hash}")
    except Exception as error:
        err.print(f"[red]the encoder is not usable[/red] ({type(error).__name__}): run `plumbline models build`")
        raise typer.Exit(FAILED) from error


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
