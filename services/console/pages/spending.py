"""What paid providers cost, day by day, and what a day may cost."""

from __future__ import annotations

from plumbline.staff.v1 import review_service_pb2 as pb
from starlette.responses import Response

from services.console.desk import Visit

DAYS = 30


async def show(visit: Visit) -> Response:
    """The last thirty days; today first, also when nothing was spent."""
    found = await visit.desk.calls.act(visit.who, pb.GetSpendingRequest(days=DAYS))
    rows = [(each.day, each.micros, tuple((one.provider, one.micros) for one in each.providers)) for each in found.days]
    today = next((micros for day, micros, _ in rows if day == found.today), 0)
    return visit.page(
        "spending.html",
        rows=rows,
        today=found.today,
        spent=today,
        budget=found.day_budget,
        total=sum(micros for _, micros, _ in rows),
        full=today >= found.day_budget,
        days=DAYS,
    )
