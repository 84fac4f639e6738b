"""How work travelled through the services."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from services.console.desk import Visit
from services.console.model.trace import waterfall
from shared.errors import NotFound


async def latest(visit: Visit) -> Response:
    """The newest traces; `?all=1` lists those of relays and jobs too."""
    everything = visit.request.query_params.get("all") == "1"
    lines = await visit.desk.spans.latest(everything=everything)
    return visit.page("traces.html", rows=[(line, _moment(line.started_ns)) for line in lines], everything=everything)


async def show(visit: Visit) -> Response:
    """One trace: every span of every service it passed, on one time line."""
    trace_id = visit.request.path_params["trace_id"].lower()
    picture = waterfall(await visit.desk.spans.trace(trace_id))
    if picture is None:
        raise NotFound("trace")
    colours = {service: n % 8 for n, service in enumerate(picture.services)}
    return visit.page("trace.html", trace=picture, started=_moment(picture.started_ns), colours=colours)


def _moment(nanoseconds: int) -> datetime:
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
