"""The demonstration's claims against its own web and archive: what must be found, and what must not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.verification.model import Abstention, Outcome, OutcomeStatus, Rating
from services.verification.sandbox import Sandbox
from shared.local.site_server import SiteServer
from shared.retrieval.encoder import EncoderCache
from shared.testing.kit import Stage
from tests.integration.verification.room import Room, open_room

pytestmark = pytest.mark.postgres

SITE = Path("deploy/demo/site")
SUPPORTED = {
    "The ocean covers about 71 per cent of the Earth’s surface": "Northlight Fact Desk",
    "Jacques Piccard and Don Walsh reached the bottom of the Challenger Deep in the Trieste on 23 January 1960.": "",
    "Ships carry more than 80 per cent of world trade by volume": "",
    "The Indian Ocean tsunami of 26 December 2004 killed about 230,000 people.": "",
    "Lake Baikal holds about 20 per cent of the world’s unfrozen fresh surface water": "",
    "the Challenger Deep is about 10,935 metres deep": "",
    "By 1980 smallpox was eradicated worldwide.": "Northlight Fact Desk",
    "The last natural case of smallpox was recorded in Somalia in October 1977.": "",
    "Smallpox killed about 300 million people in the twentieth century": "",
    "about 1,500 people died when the Titanic sank in April 1912": "",
}
CONTRADICTED = {
    "more than 3,000 people died when the Titanic sank in April 1912": "Atlantic Wrecks Quarterly",
    "Only 5 per cent of the ocean floor has been mapped": "Northlight Fact Desk",
    "cases of wild polio have fallen by 60 per cent since 1988": "",
}
OPEN = [
    "the exhibition had cost 2.4 million pounds, twice the sum first agreed",
    "the infirmary had spent 40,000 pounds on the plaque and the ceremony",
    "Everest would fit into the trench and leave more than two kilometres of water above its summit.",
    "Entry is free for anyone under eighteen.",
]
LINKS = ("challenger-deep", "trade-by-sea", "tsunami-2004", "titanic", "seabed-survey", "smallpox")


@pytest_asyncio.fixture(scope="module")
async def outcomes(
    postgres_server: object, tmp_path_factory: pytest.TempPathFactory, encoder: EncoderCache, sandbox: Sandbox
) -> AsyncIterator[dict[str, Outcome]]:
    stage = Stage(postgres_server, tmp_path_factory.mktemp("demo"))  # type: ignore[arg-type]
    try:
        async with SiteServer(SITE) as web, open_room(stage, web.base_url, encoder, sandbox) as room:
            yield await checked(room)
    finally:
        await stage.close()


async def checked(room: Room) -> dict[str, Outcome]:
    counts = await room.archive(SITE / "factchecks.json")
    assert counts["refused"] == 0
    claims = [*SUPPORTED, *CONTRADICTED, *OPEN]
    return await room.check(room.sheet(1, *claims, links=tuple(f"/sources/{each}.html" for each in LINKS)))


@pytest.mark.parametrize("words", SUPPORTED)
def test_what_the_record_supports_is_suggested_as_supported(outcomes: dict[str, Outcome], words: str) -> None:
    outcome = outcomes[words]
    assert (outcome.status, outcome.rating) == (OutcomeStatus.ASSESSED, Rating.SUPPORTED), outcome.headline
    assert outcome.citations
    assert SUPPORTED[words] in outcome.headline


@pytest.mark.parametrize("words", CONTRADICTED)
def test_J4_what_the_record_contradicts_awaits_review(outcomes: dict[str, Outcome], words: str) -> None:
    outcome = outcomes[words]
    assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, None)
    assert outcome.abstention_code is Abstention.CONTRADICTION_NEEDS_PEOPLE, outcome.headline
    assert outcome.headline.startswith(f"Contradicted by {CONTRADICTED[words]}")


@pytest.mark.parametrize("words", OPEN)
def test_J3_what_nothing_states_gets_no_rating(outcomes: dict[str, Outcome], words: str) -> None:
    outcome = outcomes[words]
    assert (outcome.status, outcome.rating, outcome.citations) == (OutcomeStatus.NEEDS_REVIEW, None, ()), (
        outcome.headline
    )
