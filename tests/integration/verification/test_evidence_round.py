"""A claim, checked by the job with connectors switched on: lead, fetch, snapshot, citation, outcome."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from plumbline.events.v1 import claim_pb2

from services.verification.model import (
    Abstention,
    EvidenceClass,
    Lookup,
    Outcome,
    OutcomeStatus,
    Rating,
    Stage,
    StageStatus,
    Stance,
)
from services.verification.sandbox import Sandbox
from shared.local.site_server import SiteServer
from shared.retrieval.encoder import EncoderCache
from shared.testing.kit import Stage as Kit
from tests.integration.verification.room import open_room
from tests.integration.verification.test_checks import SOUND
from tests.integration.verification.worlds import BY_NAME, ITEM, RSS, ProviderServer, status

pytestmark = pytest.mark.postgres

POPULATION = "In 2022, the population of Germany was 120 million people."
RIGHT = "In 2022, the population of Germany was 83.8 million people."
DEPTH = "The wreck of the Marianne lies at a depth of about 3,800 metres."
WRONG_DEPTH = "The wreck of the Marianne lies at a depth of about 5,200 metres."
RUMOUR = "The claim that the wreck of the Marianne lies at a depth of about 3,800 metres is false, the survey said."


class Rooms:
    """Opens verification with some connectors switched on, all of them at one server."""

    def __init__(self, stage: Kit, web: SiteServer, encoder: EncoderCache, sandbox: Sandbox, port: int) -> None:
        self.stage, self.web, self.encoder, self.sandbox, self.port = stage, web, encoder, sandbox, port

    def open(self, **settings: Any) -> Any:
        allow = {"provider_allow": (f"127.0.0.1:{self.port}",), **settings}
        return open_room(self.stage, self.web.base_url, self.encoder, self.sandbox, **allow)


@pytest.fixture
def rooms(stage: Kit, web: SiteServer, encoder: EncoderCache, sandbox: Sandbox, server: ProviderServer) -> Rooms:
    return Rooms(stage, web, encoder, sandbox, server.port)


def lookups(outcome: Outcome) -> dict[str, Lookup]:
    (stage,) = [each for each in outcome.stages if each.stage is Stage.RETRIEVAL]
    return {each.connector: each for each in stage.lookups}


def item(web: SiteServer, path: str, title: str) -> str:
    return ITEM.replace("Population of Germany reached 84 million in 2022", title).format(url=f"{web.base_url}{path}")


async def test_a_lead_of_a_feed_is_fetched_snapshotted_and_cited(
    rooms: Rooms, server: ProviderServer, web: SiteServer
) -> None:
    server.sends({"/rss": RSS.format(items=item(web, "/sources/wreck.html", "The wreck of the Marianne was surveyed"))})
    async with rooms.open(feeds=(f"{server.base_url}/rss",)) as room:
        outcome = (await room.check(room.sheet(1, WRONG_DEPTH)))[WRONG_DEPTH]
        assert lookups(outcome)["feeds"].status is StageStatus.FOUND
        assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, None)
        assert outcome.headline == "Contradicted by Wreck Survey Quarterly, awaiting review."
        (citation,) = outcome.citations
        assert "3,800 metres" in citation.exact
        (told,) = await room.sheets()
        assert [each.evidence_id for each in told.evidence] == [citation.evidence_id]
        stored = await room.resources.db.fetchrow(
            "SELECT s.text, e.published_at_source FROM evidence e JOIN snapshot s USING (sha256) WHERE evidence_id = $1",
            citation.evidence_id,
        )
        assert stored["text"][citation.start : citation.end] == citation.exact
        assert stored["published_at_source"] == "markup"  # the page's own word stands before its feed's
        assert web.hits["/sources/wreck.html"] == 1


async def test_the_date_a_feed_gives_is_kept_as_the_feeds_and_apart_from_the_fetching(
    rooms: Rooms, server: ProviderServer, web: SiteServer
) -> None:
    page = f"<html><body><article><p>{DEPTH} It was surveyed twice.</p><p>{'Nothing else is known. ' * 20}</p></article></body></html>"
    (web.folder / "sources" / "undated.html").write_text(page)
    await web.stop()
    await web.start()
    server.sends(
        {"/rss": RSS.format(items=item(web, "/sources/undated.html", "The wreck of the Marianne was surveyed"))}
    )
    async with rooms.open(feeds=(f"{server.base_url}/rss",)) as room:
        await room.check(room.sheet(1, DEPTH))
        row = await room.resources.db.fetchrow("SELECT published_at, published_at_source, fetched_at FROM evidence")
        assert (row["published_at"], row["published_at_source"]) == (
            datetime.fromisoformat("2023-01-19T07:00:00+00:00"),
            "feed",
        )
        assert row["fetched_at"] > row["published_at"]


async def test_figures_of_a_dataset_are_compared_by_code(rooms: Rooms, server: ProviderServer) -> None:
    server.sends(BY_NAME["statistics"].found)
    async with rooms.open(statistics_url=f"{server.base_url}/v2") as room:
        outcomes = await room.check(room.sheet(1, POPULATION, RIGHT, SOUND))
        assert outcomes[POPULATION].headline == "Contradicted by World Bank, awaiting review."
        assert outcomes[POPULATION].rating is None
        assert "83,797,985" in outcomes[POPULATION].explanation
        assert (outcomes[RIGHT].status, outcomes[RIGHT].rating) == (OutcomeStatus.ASSESSED, Rating.SUPPORTED)
        assert lookups(outcomes[SOUND])["statistics"].status is StageStatus.NOT_ASKED


async def test_J3_each_connector_answers_for_itself_and_a_failure_is_tried_again(
    rooms: Rooms, server: ProviderServer
) -> None:
    server.sends({**BY_NAME["statistics"].found, **BY_NAME["wikidata"].nothing})
    base = server.base_url
    async with rooms.open(
        statistics_url=f"{base}/v2", wikidata_url=base, gdelt_url=f"{base}/absent", analyses_folder=Path("/nowhere")
    ) as room:
        outcome = (await room.check(room.sheet(1, SOUND)))[SOUND]
        found = {name: each.status for name, each in lookups(outcome).items()}
        assert found == {
            "analyses": StageStatus.FAILED,
            "statistics": StageStatus.NOT_ASKED,
            "wikidata": StageStatus.NOT_ASKED,
            "gdelt": StageStatus.FAILED,
        }
        assert (outcome.rating, outcome.abstention_code) == (None, Abstention.LOOKUP_FAILED)
        assert len(await room.queued()) == 1  # another round is set for later
        counted = room.observed.telemetry.metrics.render().decode()
        assert 'plumbline_lookups_total{answer="failed",connector="gdelt",service="verification"} 1.0' in counted


async def test_J3_leads_that_nobody_can_read_have_found_nothing_out(rooms: Rooms, server: ProviderServer) -> None:
    gone = {
        "type": "search",
        "web": {"results": [{"url": "http://127.0.0.1:9/2026/05/marianne-wreck-depth", "title": "t"}]},
    }
    server.sends({"/web/search": gone})
    async with rooms.open(brave_key="k", brave_url=server.base_url) as room:
        outcome = (await room.check(room.sheet(1, DEPTH)))[DEPTH]
        assert lookups(outcome)["brave"].status is StageStatus.NOTHING  # a forbidden address will never answer
        assert outcome.rating is None


async def test_what_others_checked_is_matched_and_cited_from_its_page_in_the_same_round(
    rooms: Rooms, server: ProviderServer, web: SiteServer
) -> None:
    review = {
        "text": "Only 5 percent of the ocean floor has been mapped.",
        "claimReview": [
            {
                "publisher": {"name": "Northlight Fact Desk"},
                "url": f"{web.base_url}/factchecks/ocean-floor.html",
                "title": "How much of the ocean floor is mapped?",
                "reviewDate": "2024-07-02",
                "textualRating": "False",
                "languageCode": "en",
            }
        ],
    }
    server.sends({"/claims:search": {"claims": [review]}})
    words = "Only five per cent of the ocean floor has been mapped."
    async with rooms.open(google_fact_check_key="k", google_fact_check_url=server.base_url) as room:
        outcome = (await room.check(room.sheet(1, words)))[words]
        assert outcome.headline == "Contradicted by Northlight Fact Desk, awaiting review."
        assert outcome.rating is None
        assert outcome.citations
        assert len(await room.fact_checks()) == 1


async def test_J5_an_analysis_of_the_newsroom_is_cited_and_labelled_and_refutes_nothing_alone(
    rooms: Rooms, tmp_path: Path
) -> None:
    folder = tmp_path / "analyses"
    folder.mkdir()
    text = "---\ntitle: How deep the Marianne lies\nauthor: Ada Keller\ndate: 2026-03-02\n---\n\n# Depth\n\n" + DEPTH
    (folder / "depth.md").write_text(text)
    async with rooms.open(analyses_folder=folder) as room:
        outcome = (await room.check(room.sheet(1, WRONG_DEPTH)))[WRONG_DEPTH]
        assert outcome.abstention_code is Abstention.ONLY_OWN_ANALYSIS
        assert outcome.rating is None
        (told,) = await room.sheets()
        (held,) = told.evidence
        assert (held.evidence_class, held.publisher) == (EvidenceClass.NEWSROOM_ANALYSIS.value, "Ada Keller")
        assert (held.title, held.published_at_source) == ("How deep the Marianne lies", "markup")
        assert held.published_at.ToDatetime().isoformat() == "2026-03-02T00:00:00"


async def test_a_page_that_only_repeats_a_claim_vouches_for_nothing(
    rooms: Rooms, server: ProviderServer, web: SiteServer
) -> None:
    page = (
        f"<html><body><article><p>{RUMOUR}</p><p>{'Divers spoke about the weather. ' * 20}</p></article></body></html>"
    )
    (web.folder / "sources" / "rumour.html").write_text(page)
    await web.stop()
    await web.start()
    server.sends({"/rss": RSS.format(items=item(web, "/sources/rumour.html", "The wreck of the Marianne: a rumour"))})
    async with rooms.open(feeds=(f"{server.base_url}/rss",)) as room:
        outcome = (await room.check(room.sheet(1, DEPTH)))[DEPTH]
        assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, None)
        assert all(each.stance is not Stance.SUPPORTS for each in outcome.citations)


async def test_S9_a_draft_is_told_to_nobody_outside(rooms: Rooms, server: ProviderServer) -> None:
    server.sends(BY_NAME["statistics"].found)
    async with rooms.open(statistics_url=f"{server.base_url}/v2") as room:
        outcome = (await room.check(room.sheet(1, POPULATION, visibility=claim_pb2.VISIBILITY_OWNER)))[POPULATION]
        assert lookups(outcome)["statistics"].status is StageStatus.NOT_ASKED
        assert server.requests == 0


async def test_a_provider_that_fails_costs_no_other_evidence(
    rooms: Rooms, server: ProviderServer, web: SiteServer
) -> None:
    server.trouble = status(500)
    async with rooms.open(gdelt_url=f"{server.base_url}/doc") as room:
        outcome = (await room.check(room.sheet(1, SOUND, links=("/sources/sound.html",))))[SOUND]
        assert (outcome.status, outcome.rating) == (OutcomeStatus.ASSESSED, Rating.SUPPORTED)
        assert lookups(outcome)["gdelt"].status is StageStatus.FAILED
