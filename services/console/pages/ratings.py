"""How far the newsroom trusts its sources: every source that checks stand on, its rating, and who gave it why."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from plumbline.staff.v1 import source_rating_service_pb2 as pb
from starlette.responses import Response

from services.console.desk import Visit
from services.console.model.ratings import CREDIBILITY
from services.console.model.staff import Role
from services.console.ratings_wire import rated_of
from shared.errors import Refused
from shared.web.forms import FormErrors

FIELDS = ("credibility", "note", "provenance", "link")


async def show(visit: Visit) -> Response:
    """The sources by domain."""
    query, page = visit.asked("q"), visit.request.query_params.get("page", "")
    request = pb.ListSourceRatingsRequest(page_size=50, page_token=page, query=query)
    found = await visit.desk.calls.ratings(visit.who, request)
    more = urlencode({"q": query, "page": found.next_page_token}) if found.next_page_token else ""
    rows = [rated_of(one) for one in found.sources]
    return visit.page("ratings.html", rows=rows, query=query, more=more, names=CREDIBILITY)


async def find(visit: Visit) -> Response:
    """From a domain, or an address on it, to its page: also where nobody rated it yet."""
    found = await visit.desk.calls.ratings(visit.who, pb.GetSourceRatingRequest(domain=visit.asked("domain")))
    return visit.go(f"/console/ratings/{quote(found.domain, safe='')}")


async def read(visit: Visit) -> Response:
    """One source with every version of its rating."""
    return await _page(visit)


async def rate(visit: Visit) -> Response:
    """One more version; the claims that stand on the source are checked again."""
    seen = visit.one("version")
    request = pb.RateSourceRequest(
        domain=_domain(visit),
        **{name: visit.one(name) for name in FIELDS},
        version=int(seen) if seen.isdecimal() and len(seen) < 7 else -1,
    )
    try:
        await visit.desk.calls.ratings(visit.who, request)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        return await _page(visit, refused)
    return visit.go(f"/console/ratings/{quote(_domain(visit), safe='')}?done=rated")


async def _page(visit: Visit, refused: Refused | None = None) -> Response:
    source = rated_of(await visit.desk.calls.ratings(visit.who, pb.GetSourceRatingRequest(domain=_domain(visit))))
    typed = {name: visit.one(name) for name in FIELDS}
    # a rating given meanwhile has to be read before it can be replaced: the form then stands on the newest version
    return visit.page(
        "rating.html",
        status=refused.status if refused else 200,
        source=source,
        typed=typed,
        names=CREDIBILITY,
        may_rate=Role.ADMIN in visit.who.roles,
        overtaken=refused is not None and refused.status == 409,
        done=visit.asked("done", ("rated",)),
        errors=FormErrors({refused.field: refused.message}) if refused else FormErrors(),
    )


def _domain(visit: Visit) -> str:
    return str(visit.request.path_params["domain"])
