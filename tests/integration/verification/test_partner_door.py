"""The partner door over the wire: what each method answers, and what it refuses."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc.aio
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from plumbline.events.v1 import claim_pb2
from plumbline.partner.v1 import fact_check_service_pb2 as pb

from services.verification.rating_sources import rate_source
from services.verification.rpc import SCOPES
from shared.clock import SystemClock
from shared.errors import Refused
from shared.ids import DEFAULT_SITE
from shared.testing.patience import PATIENCE
from tests.builders import events as make
from tests.integration.verification.partner_calls import EVERYTHING, Partner, partner_of
from tests.integration.verification.room import Room, claim_review, jsonl
from tests.integration.verification.test_checks import SOUND, WRONG_DEPTH
from tests.integration.verification.test_runs import SOUND_PAGE, WRECK

pytestmark = pytest.mark.postgres

ELSEWHERE = UUID(int=77)
SHARKS = "Sharks never sleep at all."
FUTURE = Timestamp(seconds=4_000_000_000)
WRONG: list[tuple[str, Any, str]] = [
    ("SearchFactChecks", pb.SearchFactChecksRequest(query="x" * 1001), "query"),
    ("SearchFactChecks", pb.SearchFactChecksRequest(ratings=["refuted", "nonsense"]), "ratings[1]"),
    ("SearchFactChecks", pb.SearchFactChecksRequest(page_token="made up"), "page_token"),
    (
        "SearchFactChecks",
        pb.SearchFactChecksRequest(reviewed_from=Timestamp(seconds=9), reviewed_before=Timestamp(seconds=8)),
        "reviewed_before",
    ),
    ("SearchFactChecks", pb.SearchFactChecksRequest(read_mask=FieldMask(paths=["secret"])), "read_mask"),
    ("GetFactCheck", pb.GetFactCheckRequest(name="claims/1"), "name"),
    ("SearchFactChecks", pb.SearchFactChecksRequest(read_mask=FieldMask(paths=[""])), "read_mask"),
    ("GetFactCheck", pb.GetFactCheckRequest(name="factChecks/1", read_mask=FieldMask(paths=["x.y"])), "read_mask"),
    ("BatchGetFactChecks", pb.BatchGetFactChecksRequest(), "names"),
    ("BatchGetFactChecks", pb.BatchGetFactChecksRequest(names=["factChecks/1"] * 101), "names"),
    ("BatchGetFactChecks", pb.BatchGetFactChecksRequest(names=["factChecks/1", "?"]), "names[1]"),
    ("MatchClaims", pb.MatchClaimsRequest(), "claims"),
    ("MatchClaims", pb.MatchClaimsRequest(claims=["a"] * 101), "claims"),
    ("MatchClaims", pb.MatchClaimsRequest(claims=["a", " "]), "claims[1]"),
    ("MatchClaims", pb.MatchClaimsRequest(claims=["a"], candidates=11), "candidates"),
    ("ImportFactChecks", pb.ImportFactChecksRequest(), "fact_checks"),
    ("GetVerdict", pb.GetVerdictRequest(name="verdicts/1"), "name"),
    ("GetVerdict", pb.GetVerdictRequest(name="claims/1", as_of=FUTURE), "as_of"),
    ("GetVerdict", pb.GetVerdictRequest(name="claims/1", as_of=Timestamp(nanos=-1)), "as_of"),
    ("ListVerdictHistory", pb.ListVerdictHistoryRequest(parent="1"), "parent"),
    ("ListVerdictHistory", pb.ListVerdictHistoryRequest(parent="claims/1", page_size=-1), "page_size"),
    ("GetEvidence", pb.GetEvidenceRequest(name="evidence/"), "name"),
    ("ListSources", pb.ListSourcesRequest(page_size=-2), "page_size"),
    ("WatchSubject", pb.WatchSubjectRequest(name="articles/1"), "name"),
    ("WatchSubject", pb.WatchSubjectRequest(name="subjects/1", resume_token="AAAA"), "resume_token"),
]


async def feed(room: Room, tmp_path: Path) -> None:
    """Three fact checks of two publishers."""
    other = {"@type": "Organization", "name": "Tidewater Checks"}
    await room.archive(
        jsonl(
            tmp_path / "feed.json",
            claim_review("https://desk.example/1", SHARKS, "Refuted", 1),
            claim_review("https://desk.example/2", "The reef lost 40 percent of its corals in 2016.", "True", 5),
            claim_review("https://tide.example/3", "Whales sing in the dark.", "True", 5, author=other),
        )
    )


async def test_S7_wrong_input_of_every_method_is_refused_naming_its_field(room: Room) -> None:
    assert {method for method, _, _ in WRONG} == set(SCOPES)
    async with partner_of(room) as partner:
        for method, request, field in WRONG:
            told = await partner.refused(method, request)
            assert (told.code, told.field) == (grpc.StatusCode.INVALID_ARGUMENT, field), (method, told)


async def test_S2_every_method_wants_its_own_scope(room: Room) -> None:
    for scope in sorted(EVERYTHING):
        async with partner_of(room, scopes=EVERYTHING - {scope}) as partner:
            for method in (each for each, wanted in SCOPES.items() if wanted == scope):
                request = next(asked for named, asked, _ in WRONG if named == method)
                assert (await partner.refused(method, request)).code is grpc.StatusCode.PERMISSION_DENIED


async def test_fact_checks_are_found_narrowed_read_and_masked(room: Room, tmp_path: Path) -> None:
    await feed(room, tmp_path)
    async with partner_of(room) as partner:
        found = await partner.ask("SearchFactChecks", pb.SearchFactChecksRequest(query="do sharks sleep"))
        assert found.matches[0].fact_check.claim == SHARKS
        refuted = pb.SearchFactChecksRequest(ratings=["refuted"])
        assert [m.fact_check.claim for m in (await partner.ask("SearchFactChecks", refuted)).matches] == [SHARKS]
        tide = pb.SearchFactChecksRequest(query="whales", publisher="Tidewater Checks")
        assert len((await partner.ask("SearchFactChecks", tide)).matches) == 1
        late = pb.SearchFactChecksRequest(
            reviewed_from=Timestamp(seconds=int(datetime(2025, 1, 1, tzinfo=UTC).timestamp()))
        )
        assert not (await partner.ask("SearchFactChecks", late)).matches
        name = found.matches[0].fact_check.name
        masked = await partner.ask(
            "GetFactCheck", pb.GetFactCheckRequest(name=name, read_mask=FieldMask(paths=["name", "rating"]))
        )
        assert masked == pb.FactCheck(name=name, rating="refuted")
        names = [
            match.fact_check.name
            for match in (await partner.ask("SearchFactChecks", pb.SearchFactChecksRequest())).matches
        ]
        batch = await partner.ask("BatchGetFactChecks", pb.BatchGetFactChecksRequest(names=names[::-1]))
        assert [each.name for each in batch.fact_checks] == names[::-1]
        missing = pb.BatchGetFactChecksRequest(names=[*names, "factChecks/none"])
        told = await partner.refused("BatchGetFactChecks", missing)
        assert (told.code, "factChecks/none" in told.message) == (grpc.StatusCode.NOT_FOUND, True)


async def test_J8_matching_says_why_a_candidate_is_another_claim(room: Room, tmp_path: Path) -> None:
    await feed(room, tmp_path)
    asked = [
        "The reef lost 40 percent of its corals in 2016.",
        "The reef lost 14 percent of its corals in 2016.",
        "The reef lost 40 percent of its corals in 2019.",
        "The reef did not lose 40 percent of its corals in 2016.",
    ]
    async with partner_of(room) as partner:
        matched = (await partner.ask("MatchClaims", pb.MatchClaimsRequest(claims=asked, candidates=1))).matches
    assert [each.claim for each in matched] == asked
    assert [bool(each.best) for each in matched] == [True, False, False, False]
    assert [each.candidates[0].difference for each in matched] == ["", "number", "date", "negation"]
    assert all(each.candidates[0].reason for each in matched[1:])


async def test_a_partner_imports_what_can_be_trusted_and_hears_why_the_rest_is_refused(room: Room) -> None:
    def item(**changed: Any) -> pb.ImportedFactCheck:
        good = {"claim": SHARKS, "url": "https://desk.example/1", "publisher": "Desk", "rating_label": "False"}
        return pb.ImportedFactCheck(**{**good, **changed})

    sent = [
        item(),
        item(claim=""),
        item(url="ftp://desk.example/1"),
        item(claim="Another.", publisher_url="https://someone.example/"),
        item(claim="Upside down.", rating_label="True", rating_value=1, best_rating=1, worst_rating=5),
        item(claim="At odds.", rating_label="True", rating_value=3, best_rating=5, worst_rating=1),
    ]
    async with partner_of(room) as partner:
        told = (await partner.ask("ImportFactChecks", pb.ImportFactChecksRequest(fact_checks=sent))).results
        assert [each.result for each in told] == ["new", "refused", "refused", "refused", "new", "new"]
        fields = ["", "fact_checks[1].claim", "fact_checks[2].url", "fact_checks[3].publisher_url", "", ""]
        assert [each.field for each in told] == fields
        assert [each.rating for each in told] == ["refuted", "", "", "", "supported", ""]
        assert "contradict" in told[5].reason
        again = (await partner.ask("ImportFactChecks", pb.ImportFactChecksRequest(fact_checks=[item()]))).results
        assert (again[0].result, again[0].name) == ("unchanged", told[0].name)
        back = await partner.ask("ImportFactChecks", pb.ImportFactChecksRequest(fact_checks=[item(withdrawn=True)]))
        assert back.results[0].result == "changed"
        assert (await partner.ask("GetFactCheck", pb.GetFactCheckRequest(name=told[0].name))).withdrawn
        listed = (await partner.ask("SearchFactChecks", pb.SearchFactChecksRequest())).matches
        assert SHARKS not in [match.fact_check.claim for match in listed]


async def test_a_verdict_its_history_and_its_evidence_are_read(room: Room) -> None:
    await room.check(room.sheet(1, WRONG_DEPTH, links=(WRECK,)))
    name = f"claims/{make.claim_id(WRONG_DEPTH)}"
    async with partner_of(room) as partner:
        open_still = await partner.ask("GetVerdict", pb.GetVerdictRequest(name=name))
        assert (open_still.status, open_still.rating, open_still.version) == ("needs_review", "", 0)
        await room.propose(WRONG_DEPTH, rating="refuted")
        await room.second(WRONG_DEPTH)
        decided = await partner.ask("GetVerdict", pb.GetVerdictRequest(name=name))
        assert (decided.status, decided.rating, decided.reviewed_by) == ("verdict", "refuted", "Ben Reviewer")
        cited = decided.citations[0]
        snapshot = await partner.ask("GetEvidence", pb.GetEvidenceRequest(name=cited.evidence))
        assert snapshot.text[cited.start : cited.end] == cited.exact
        early = Timestamp()
        early.FromDatetime(snapshot.record_time.ToDatetime(tzinfo=UTC) - timedelta(seconds=1))
        unknown = await partner.refused("GetEvidence", pb.GetEvidenceRequest(name=cited.evidence, as_of=early))
        assert unknown.code is grpc.StatusCode.NOT_FOUND
        history = await partner.ask("ListVerdictHistory", pb.ListVerdictHistoryRequest(parent=name))
        assert [(each.version, each.rating, each.claim) for each in history.verdicts] == [(1, "refuted", WRONG_DEPTH)]
        before = pb.ListVerdictHistoryRequest(parent=name, as_of=early)
        assert not (await partner.ask("ListVerdictHistory", before)).verdicts
    async with partner_of(room, site_id=ELSEWHERE) as stranger:
        for method, request in (
            ("GetVerdict", pb.GetVerdictRequest(name=name)),
            ("ListVerdictHistory", pb.ListVerdictHistoryRequest(parent=name)),
            ("GetEvidence", pb.GetEvidenceRequest(name=cited.evidence)),
        ):
            assert (await stranger.refused(method, request)).code is grpc.StatusCode.NOT_FOUND


async def test_sources_are_listed_as_they_were_rated_at_any_moment(room: Room) -> None:
    clock, outbox = SystemClock(), room.resources.outbox

    async def rate(domain: str, credibility: str, note: str = "Corrects its errors.") -> datetime:
        said: dict[str, Any] = {"credibility": credibility, "note": note, "provenance": "our desk", "by": "person-1"}
        return (await rate_source(outbox, DEFAULT_SITE, domain=domain, clock=clock, **said)).recorded_at

    first = await rate("https://www.Desk.example/", "reliable")
    await rate("tide.example", "mixed")
    await rate("desk.example", "unreliable", "Invented two interviews.")
    for wrong in ("", "no domain", "a" * 300 + ".example"):
        with pytest.raises(Refused):
            await rate(wrong, "reliable")
    with pytest.raises(Refused):
        await rate("desk.example", "splendid")
    at = Timestamp()
    at.FromDatetime(first)
    async with partner_of(room) as partner:
        page = await partner.ask("ListSources", pb.ListSourcesRequest(page_size=1))
        assert [(each.domain, each.credibility, each.version) for each in page.sources] == [
            ("desk.example", "unreliable", 2)
        ]
        rest = await partner.ask("ListSources", pb.ListSourcesRequest(page_size=1, page_token=page.next_page_token))
        assert [each.domain for each in rest.sources] == ["tide.example"]
        assert not rest.next_page_token
        then = await partner.ask("ListSources", pb.ListSourcesRequest(as_of=at))
        assert [(each.domain, each.credibility) for each in then.sources] == [("desk.example", "reliable")]


async def test_a_subject_is_watched_from_before_it_is_known_until_done_and_resumed(room: Room) -> None:
    request = pb.WatchSubjectRequest(name=f"subjects/{make.ARTICLE}")
    async with partner_of(room) as partner:
        stream = partner.watch(request)
        waiting = await stream.read()
        assert (waiting.state, waiting.claims) == ("waiting", 0)
        await room.hear(room.sheet(1, SOUND, links=(SOUND_PAGE,)))
        checking = await stream.read()
        assert (checking.state, checking.claims, checking.under_check) == ("checking", 1, 1)
        stream.cancel()
        await room.work()
        rest = [
            each
            async for each in partner.watch(
                pb.WatchSubjectRequest(name=request.name, resume_token=checking.resume_token)
            )
        ]
        assert [each.state for each in rest] == ["done"]
        assert [(each.claim, each.status) for each in rest[0].verdicts] == [(SOUND, "assessed")]
        other = pb.WatchSubjectRequest(name="subjects/other", resume_token=checking.resume_token)
        assert (await partner.refused("WatchSubject", other)).field == "resume_token"


@pytest.mark.parametrize(
    ("kind", "visibility", "owner", "site", "seen"),
    [
        (claim_pb2.SUBJECT_KIND_ARTICLE, claim_pb2.VISIBILITY_PUBLIC, "", DEFAULT_SITE, True),
        (claim_pb2.SUBJECT_KIND_TEXT, claim_pb2.VISIBILITY_OWNER, "p1", DEFAULT_SITE, True),
        (claim_pb2.SUBJECT_KIND_TEXT, claim_pb2.VISIBILITY_OWNER, "p2", DEFAULT_SITE, False),
        (claim_pb2.SUBJECT_KIND_TEXT, claim_pb2.VISIBILITY_OWNER, "", DEFAULT_SITE, False),
        (claim_pb2.SUBJECT_KIND_DRAFT, claim_pb2.VISIBILITY_OWNER, "p1", DEFAULT_SITE, False),
        (claim_pb2.SUBJECT_KIND_ARTICLE, claim_pb2.VISIBILITY_PUBLIC, "", ELSEWHERE, False),
    ],
)
async def test_S9_drafts_and_texts_of_others_are_never_heard_of(
    room: Room, kind: Any, visibility: Any, owner: str, site: UUID, seen: bool
) -> None:
    await room.check(room.sheet(1, SOUND, links=(SOUND_PAGE,), kind=kind, visibility=visibility, owner=owner))
    async with partner_of(room, site_id=site) as partner:
        first = await partner.watch(pb.WatchSubjectRequest(name=f"subjects/{make.ARTICLE}")).read()
        assert first.state == ("done" if seen else "waiting")
        assert bool(first.verdicts) is seen
        assert await _known(partner) is seen


async def _known(partner: Partner) -> bool:
    request = pb.GetVerdictRequest(name=f"claims/{make.claim_id(SOUND)}")
    try:
        return bool((await partner.ask("GetVerdict", request)).name)
    except grpc.aio.AioRpcError:
        return (await partner.refused("GetVerdict", request)).code is not grpc.StatusCode.NOT_FOUND


async def test_a_watch_ends_at_the_callers_deadline(room: Room) -> None:
    async with partner_of(room) as partner:
        stream = partner.watch(pb.WatchSubjectRequest(name="subjects/nobody-knows"), timeout=1.0)
        with pytest.raises(grpc.aio.AioRpcError) as ended:
            async with asyncio.timeout(PATIENCE):
                async for _ in stream:
                    pass
        assert ended.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
