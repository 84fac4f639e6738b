"""An article's claims in its sentences, and people's hands on them: add, split, merge, dismiss, restore."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from plumbline.staff.v1 import claim_desk_service_pb2 as pb
from starlette.responses import Response

from services.console.claims_wire import article_claims_of, words_at
from services.console.desk import Visit
from services.console.model.claims import FOUND_BY, ArticleClaims, ClaimLine, Cut, Place, Sentence, cuts
from shared.errors import NotFound, Refused
from shared.web.forms import FormErrors

_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DONE = {
    "added": "The claim is added and will be checked.",
    "split": "The parts are claims now, and will be checked.",
    "merged": "The two are one claim now.",
    "dismissed": "It is no claim any more, and no later reading brings it back.",
    "restored": "The claim is back.",
}


async def find(visit: Visit) -> Response:
    """From an article's page or id to its claims: also where no claim was found."""
    named = _ID.search(visit.asked("article"))
    if named is None:
        raise Refused("NO_ARTICLE", "Give the address of an article's page here, or its id.", field="article")
    return visit.go(f"/console/articles/{named.group().lower()}/claims")


async def show(visit: Visit) -> Response:
    """The text by sentences, and every claim."""
    return _page(visit, await _load(visit))


async def add(visit: Visit) -> Response:
    """A claim of the ticked sentences, or of the words that were typed."""
    try:
        ticked = [_place(value) for value in visit.many("sentence")]
        sentences = (await _load(visit)).sentences if ticked else ()
        words = _chosen(ticked, visit.one("words"), sentences)
        return await _send(visit, pb.AddClaimRequest(**_seen(visit), words=words), "added")
    except Refused as refused:
        return await _again(visit, refused)


async def dismiss(visit: Visit) -> Response:
    """Say that a claim is none."""
    request = pb.DismissClaimRequest(**_seen(visit), claim_id=_claim_id(visit), reason=visit.one("reason"))
    return await _step(visit, request, "dismissed")


async def restore(visit: Visit) -> Response:
    """Take that back."""
    return await _step(visit, pb.RestoreClaimRequest(**_seen(visit), claim_id=_claim_id(visit)), "restored")


async def merge(visit: Visit) -> Response:
    """Say that two claims are one."""
    request = pb.MergeClaimsRequest(**_seen(visit), claim_id=visit.one("claim"), into=visit.one("into"))
    return await _step(visit, request, "merged")


async def ask_split(visit: Visit) -> Response:
    """Where to cut a claim."""
    return await _split_page(visit)


async def split(visit: Visit) -> Response:
    """Make claims of both sides of a cut."""
    ends, begins = visit.one("ends"), visit.one("begins")
    try:
        _, claim, places = await _cut(visit)
        assert claim.first is not None, "a claim that can be cut has a place"
        if ends not in {str(each.end) for each in places[:-1]} or begins not in {
            str(each.start) for each in places[1:]
        }:
            raise Refused("CUT_REQUIRED", "Choose where the first part ends and the second begins.", field="parts")
        if int(ends) > int(begins):
            raise Refused("OVERLAPPING", "The second part begins after the first one ends.", field="parts")
        first, block_id = claim.first, claim.first.block_id
        parts = [words_at(Place(block_id, first.start, int(ends))), words_at(Place(block_id, int(begins), first.end))]
        request = pb.SplitClaimRequest(**_seen(visit), claim_id=claim.claim_id, parts=parts)
        return await _send(visit, request, "split")
    except Refused as refused:
        if refused.status == 404:
            raise
        return await _split_page(visit, refused)


async def _step(visit: Visit, request: Any, done: str) -> Response:
    try:
        return await _send(visit, request, done)
    except Refused as refused:
        return await _again(visit, refused)


async def _send(visit: Visit, request: Any, done: str) -> Response:
    await visit.desk.calls.hand(visit.who, request)
    return visit.go(f"{_here(visit)}?done={done}")


async def _load(visit: Visit) -> ArticleClaims:
    request = pb.GetArticleClaimsRequest(article_id=visit.request.path_params["article_id"])
    return article_claims_of(await visit.desk.calls.hand(visit.who, request))


async def _again(visit: Visit, refused: Refused) -> Response:
    """The page as it stands now, with what was refused."""
    if refused.status in (403, 404):
        raise refused
    return _page(visit, await _load(visit), refused)


def _page(visit: Visit, article: ArticleClaims, refused: Refused | None = None) -> Response:
    return visit.page(
        "article_claims.html",
        status=refused.status if refused else 200,
        article=article,
        here=_here(visit),
        found_by=FOUND_BY,
        chosen=frozenset(visit.many("sentence")),
        typed={name: visit.one(name) for name in ("words", "reason", "claim", "into")},
        acted=visit.request.path_params.get("claim_id", ""),
        errors=FormErrors({refused.field: refused.message}) if refused else FormErrors(),
        done="" if refused else DONE.get(visit.request.query_params.get("done", ""), ""),
    )


async def _split_page(visit: Visit, refused: Refused | None = None) -> Response:
    article, claim, places = await _cut(visit)
    return visit.page(
        "claim_split.html",
        status=refused.status if refused else 200,
        article=article,
        claim=claim,
        cuts=places,
        here=_here(visit),
        ends=visit.one("ends"),
        begins=visit.one("begins"),
        errors=FormErrors({refused.field: refused.message}) if refused else FormErrors(),
    )


async def _cut(visit: Visit) -> tuple[ArticleClaims, ClaimLine, list[Cut]]:
    """The article, the claim of this page and where it can be cut. Raises NotFound for a claim that does not stand."""
    request = pb.GetArticleClaimsRequest(article_id=visit.request.path_params["article_id"])
    wire = await visit.desk.calls.hand(visit.who, request)
    article = article_claims_of(wire)
    claim = article.claim(_claim_id(visit))
    if claim is None or not claim.active or claim.first is None:
        raise NotFound("claim in this text")
    place = claim.first
    text = next(block.text for block in wire.blocks if block.block_id == place.block_id)
    return article, claim, cuts(claim, text[place.start : place.end])


def _chosen(ticked: list[Place], words: str, sentences: tuple[Sentence, ...]) -> pb.ChosenWords:
    """Typed words where there are any, looked for in the ticked sentence first; else from the first ticked sentence to
    the last."""
    if not ticked:
        if not words:
            raise Refused("NOTHING_CHOSEN", "Tick a sentence, or type the words.", field="exact")
        return pb.ChosenWords(exact=words)
    if len({place.block_id for place in ticked}) > 1:
        raise Refused("SEVERAL_PARAGRAPHS", "Tick sentences of one paragraph.", field="exact")
    whole = Place(ticked[0].block_id, min(each.start for each in ticked), max(each.end for each in ticked))
    between = [each.place for each in sentences if each.place.block_id == whole.block_id]
    if any(whole.start <= each.start < whole.end and each not in ticked for each in between):
        raise Refused("NOT_ADJACENT", "Tick sentences that follow one another.", field="exact")
    if not words:
        return words_at(whole)
    for sentence in sentences:
        at = sentence.text.find(words)
        if sentence.place in ticked and at >= 0:
            start = sentence.place.start + at
            return words_at(Place(whole.block_id, start, start + len(words)), words)
    return pb.ChosenWords(exact=words, block_id=whole.block_id)


def _place(value: str) -> Place:
    start, _, rest = value.partition(".")
    end, _, block_id = rest.partition(".")
    if not (start.isdecimal() and end.isdecimal() and max(len(start), len(end)) < 8):
        raise Refused("INVALID_PLACE", "This is no sentence of the page.", field="exact", status=400)
    return Place(block_id, int(start), int(end))


def _seen(visit: Visit) -> dict[str, str]:
    return {"article_id": visit.request.path_params["article_id"], "version": visit.one("version")}


def _claim_id(visit: Visit) -> str:
    return str(visit.request.path_params["claim_id"])


def _here(visit: Visit) -> str:
    return f"/console/articles/{quote(visit.request.path_params['article_id'], safe='')}/claims"
