"""Evidence that people add: an address, a file, words typed from a source; and the passages they choose from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote as quoted

from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.staff.v1 import review_service_pb2 as pb
from starlette.responses import Response

from services.console.desk import Visit
from services.console.desk_forms import moment_of
from services.console.model.review import STANCES, marked
from services.console.pages.reviews import back, load
from services.console.review_wire import added_of, source_of
from shared.errors import Refused
from shared.web.forms import FormErrors

LARGEST_FILE = 1_500_000
KINDS = {"pdf": "application/pdf", "html": "text/html", "htm": "text/html", "txt": "text/plain", "md": "text/plain"}
SENTENCES = 60
FIELDS = ("url", "title", "publisher", "words", "published_at")


async def show(visit: Visit) -> Response:
    """Everything people added, newest first."""
    page = visit.request.query_params.get("page", "")
    found = await visit.desk.calls.act(visit.who, pb.ListSourcesRequest(page_size=50, page_token=page))
    rows = [added_of(one) for one in found.sources]
    return visit.page("sources.html", rows=rows, next_page=found.next_page_token)


async def ask(visit: Visit) -> Response:
    """The three ways to add a source."""
    return await _form(visit, "url")


async def add_url(visit: Visit) -> Response:
    """Have an address fetched."""
    return await _add(visit, "url", lambda: {"url": visit.one("url")}, "fetching")


async def add_typed(visit: Visit) -> Response:
    """Keep words typed from a source."""

    def said() -> dict[str, Any]:
        about = {name: visit.one(name) for name in ("title", "publisher", "words", "url")}
        return {"typed": pb.TypedSource(**about, published_at=_day(visit))}

    return await _add(visit, "typed", said, "added")


async def add_upload(visit: Visit) -> Response:
    """Keep the words of a file."""

    def said() -> dict[str, Any]:
        file = visit.files.get("file")
        if file is None or not file.content:
            raise Refused("FILE_REQUIRED", "Choose a file.", field="file")
        if len(file.content) > LARGEST_FILE:
            raise Refused("FILE_TOO_LARGE", f"Send at most {LARGEST_FILE / 1e6:g} MB.", field="file")
        about = {name: visit.one(name) for name in ("title", "publisher", "url")}
        kind = KINDS.get(file.name.rpartition(".")[2].lower(), file.content_type)
        sent = pb.UploadedSource(
            **about, file_name=file.name[:200], content_type=kind, content=file.content, published_at=_day(visit)
        )
        return {"upload": sent}

    return await _add(visit, "upload", said, "added")


async def read(visit: Visit) -> Response:
    """One snapshot, sentence by sentence, to choose a quotation from."""
    return await _picker(visit)


async def pick(visit: Visit) -> Response:
    """Keep the sentences that were ticked, or the words that were typed."""
    try:
        start, end, exact = _chosen(visit)
        stance = visit.one("stance")
        if stance not in dict(STANCES):
            raise Refused("STANCE_REQUIRED", "Say what the passage does to the claim.", field="stance")
        named = _named(visit)
        request = pb.PickQuotationRequest(
            claim_id=named["claim_id"],
            evidence_id=named["evidence_id"],
            start=start,
            end=end,
            exact=exact,
            stance=stance,
        )
        await visit.desk.calls.act(visit.who, request)
    except Refused as refused:
        if refused.status == 404:
            raise
        return await _picker(visit, refused)
    return back(visit, "quoted")


async def drop(visit: Visit) -> Response:
    """Forget a passage."""
    found = visit.request.path_params
    request = pb.DropQuotationRequest(claim_id=found["claim_id"], quotation_id=found["quotation_id"])
    await visit.desk.calls.act(visit.who, request)
    return back(visit, "dropped")


async def _add(visit: Visit, way: str, said: Callable[[], dict[str, Any]], done: str) -> Response:
    try:
        request = pb.AddSourceRequest(
            claim_id=visit.request.path_params["claim_id"], own_analysis=visit.one("own") == "1", **said()
        )
        await visit.desk.calls.act(visit.who, request)
    except Refused as refused:
        if refused.status == 404:
            raise
        return await _form(visit, way, refused)
    return back(visit, done)


async def _form(visit: Visit, way: str, refused: Refused | None = None) -> Response:
    typed = {name: visit.one(name) for name in FIELDS}
    return visit.page(
        "add_source.html",
        status=refused.status if refused else 200,
        review=await load(visit),
        way=way,
        typed=typed,
        own=visit.one("own") == "1",
        largest=f"{LARGEST_FILE / 1e6:g} MB",
        errors=FormErrors({refused.field: refused.message}) if refused else FormErrors(),
    )


async def _picker(visit: Visit, refused: Refused | None = None) -> Response:
    first, query = visit.asked("first"), visit.asked("q")
    request = pb.GetSnapshotRequest(
        **_named(visit),
        query=query,
        first=int(first) if first.isdecimal() and len(first) < 7 else 0,
        page_size=SENTENCES,
    )
    found = await visit.desk.calls.act(visit.who, request)
    here = visit.request.url.path
    rest = f"&q={quoted(query)}" if query else ""
    return visit.page(
        "quote.html",
        status=refused.status if refused else 200,
        review=await load(visit),
        source=source_of(found.evidence),
        sentences=[(each, marked(each.text, [query] if query else [])) for each in found.sentences],
        total=found.total,
        query=query,
        first=request.first,
        more=f"{here}?first={found.next_first}{rest}" if found.next_first else "",
        chosen=frozenset(visit.many("sentence")),
        words=visit.one("words"),
        stance=visit.one("stance"),
        stances=STANCES,
        errors=FormErrors({refused.field: refused.message}) if refused else FormErrors(),
    )


def _chosen(visit: Visit) -> tuple[int, int, str]:
    """(start, end, words): typed words where there are any, else from the first ticked sentence to the last."""
    if words := visit.one("words"):
        return 0, 0, words
    ticked = []
    for value in visit.many("sentence"):
        numbers = value.split(".")
        if len(numbers) != 3 or not all(part.isdecimal() and len(part) < 8 for part in numbers):
            raise Refused("INVALID_PLACE", "This is no sentence of the page.", field="exact", status=400)
        ticked.append(tuple(int(part) for part in numbers))
    if not ticked:
        raise Refused("NOTHING_CHOSEN", "Tick a sentence, or type the words.", field="exact")
    ticked.sort()
    if ticked[-1][0] - ticked[0][0] + 1 != len(ticked):
        raise Refused("NOT_ADJACENT", "Tick sentences that follow one another; keep others one by one.", field="exact")
    return ticked[0][1], ticked[-1][2], ""


def _named(visit: Visit) -> dict[str, str]:
    found = visit.request.path_params
    return {"claim_id": found["claim_id"], "evidence_id": found["evidence_id"]}


def _day(visit: Visit) -> Timestamp | None:
    at = moment_of(visit.one("published_at"), "published_at")
    if at is None:
        return None
    found = Timestamp()
    found.FromDatetime(at)
    return found
