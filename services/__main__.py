"""The `plumbline` command and the all-in-one process: the only file that knows every service."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
from importlib import import_module
from typing import Annotated

import typer
from rich.table import Table

from services.demo import DEMO, DemoFailed, Kept, Newsroom, Report
from shared.cli import FAILED, OK, Commands, Family, err, out, run
from shared.errors import Refused
from shared.host import Host
from shared.operator_cli import OperatorCommands
from shared.service import Resources, ServiceSpec
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
    cls=Family, no_args_is_help=True, pretty_exceptions_enable=False, help="Plumbline: fact checks from event to page."
)
commands.attach(app)
OperatorCommands(commands, all_specs).attach(app)
for owner in ("ingest", "console", "verification", "claim_extraction"):
    import_module(f"services.{owner}.commands").attach(app, commands)


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


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()
