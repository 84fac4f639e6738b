"""One front door with stand-ins behind it for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.integration.deploy.front_door import FrontDoor
from tests.integration.deploy.stand_ins import PartnerStandIn, WebStandIn

WEB = ("ingest", "comment", "publish", "console")
PARTNER = ("verification_partner", "publish_partner")


@dataclass(slots=True)
class House:
    """The door and who stands behind it, by the name of the cluster."""

    door: FrontDoor
    web: dict[str, WebStandIn]
    partner: dict[str, PartnerStandIn]


@pytest_asyncio.fixture(scope="session")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    web = {name: WebStandIn(name) for name in WEB}
    partner = {name: PartnerStandIn(name) for name in PARTNER}
    for web_stand_in in web.values():
        await web_stand_in.door.start()
    for stand_in in partner.values():
        await stand_in.start()
    backends = {name: ("127.0.0.1", one.door.port) for name, one in web.items()}
    backends |= {name: ("127.0.0.1", one.port) for name, one in partner.items()}
    try:
        async with FrontDoor(tmp_path_factory.mktemp("front_door"), backends) as door:
            yield House(door, web, partner)
    finally:
        for web_stand_in in web.values():
            await web_stand_in.door.stop(0.5)
        for stand_in in partner.values():
            await stand_in.stop()
