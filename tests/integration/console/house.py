"""The console as it runs, behind its real HTTP door, with the staff doors of two small services to call."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import aiohttp
from plumbline.staff.v1 import (
    claim_desk_service_pb2_grpc,
    moderation_service_pb2_grpc,
    review_service_pb2_grpc,
    source_rating_service_pb2_grpc,
)
from selectolax.lexbor import LexborHTMLParser

from services.console import app
from services.console.model.staff import StaffMember
from services.console.passwords import Passwords
from services.console.staffing import add_staff
from shared.clock import SystemClock
from shared.directory import StaffSigner
from shared.grpc import GrpcDoor, Rpc, StaffAuth
from shared.http import HttpDoor
from shared.ids import DEFAULT_SITE
from shared.kafka import Cluster
from shared.runtime import Running
from shared.service import ServiceSpec
from shared.telemetry.setup import Telemetry
from shared.testing.kit import Stage
from tests.integration.console.handed import HANDS, ClaimDesk
from tests.integration.console.rated import ROLES, SourceRatings
from tests.integration.console.staffed import METHODS, Moderation, Reviews

PASSWORD = "correct horse battery"


class _LateSigners:
    """The console's directory, known once it is open."""

    def __init__(self) -> None:
        self.directory: Any = None

    async def signer(self, signer_id: str) -> StaffSigner | None:
        found: StaffSigner | None = await self.directory.signer(signer_id)
        return found


class Browser:
    """A browser without scripts: it keeps cookies, reads pages and submits the forms it finds on them."""

    def __init__(self, url: str, address: str, login: Callable[[str], str]) -> None:
        self.url, self._login = url, login
        self.http = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), headers={"x-forwarded-for": address}
        )
        self.status = 0
        self.path = ""
        self.headers: Any = {}
        self.page = LexborHTMLParser("")

    async def get(self, path: str) -> Browser:
        async with self.http.get(self.url + path) as answer:
            return await self._see(answer)

    async def post(self, path: str, fields: list[tuple[str, str]]) -> Browser:
        async with self.http.post(self.url + path, data=fields) as answer:
            return await self._see(answer)

    async def submit(self, action: str, **typed: str | list[str]) -> Browser:
        """Post the form with this action as a browser would, some fields typed over; lists are checkboxes."""
        posts = self.page.css("form[method=post]")
        form = next(one for one in posts if one.attributes["action"] == action)
        fields: dict[str, list[str]] = {}
        for field_ in form.css("input, textarea, select"):
            name = field_.attributes.get("name")
            if name is None or (
                field_.attributes.get("type") in ("checkbox", "radio") and "checked" not in field_.attributes
            ):
                continue
            fields.setdefault(name, []).append(_value(field_))
        fields |= {name: value if isinstance(value, list) else [value] for name, value in typed.items()}
        return await self.post(action, [(name, value) for name, values in fields.items() for value in values])

    async def send_file(self, action: str, name: str, content: bytes, **typed: str) -> Browser:
        """Send the form with this action with a file chosen in it."""
        form = next(one for one in self.page.css("form") if one.attributes["action"] == action)
        assert form.attributes.get("enctype") == "multipart/form-data"
        data = aiohttp.FormData()
        for field_name, value in {"csrf": self.csrf, **typed}.items():
            data.add_field(field_name, value)
        data.add_field("file", content, filename=name, content_type="application/octet-stream")
        async with self.http.post(self.url + action, data=data) as answer:
            return await self._see(answer)

    async def sign_in(self, name: str, password: str = PASSWORD) -> Browser:
        await self.get("/console/sign-in")
        return await self.submit("/console/sign-in", name=self._login(name), password=password)

    def find(self, css: str) -> Any:
        """The first such element; fails when there is none."""
        found = self.page.css_first(css)
        assert found is not None, f"no {css} on {self.path}"
        return found

    def value(self, css: str) -> str:
        return str(self.find(css).attributes.get("value") or "")

    @property
    def csrf(self) -> str:
        """The token of the forms on this page."""
        return self.value("input[name=csrf]")

    @property
    def text(self) -> str:
        body = self.page.body
        return " ".join(body.text(separator=" ").split()) if body is not None else ""

    async def _see(self, answer: aiohttp.ClientResponse) -> Browser:
        self.status, self.path, self.headers = answer.status, answer.url.path_qs, answer.headers
        self.page = LexborHTMLParser(await answer.text())
        return self


def _value(node: Any) -> str:
    if node.tag == "textarea":
        return str(node.text()).removeprefix("\n").replace("\n", "\r\n")
    if node.tag == "select":
        chosen = node.css_first("option[selected]") or node.css_first("option")
        return str(chosen.attributes.get("value") or "")
    return str(node.attributes.get("value") or "")


@dataclass(slots=True)
class House:
    """A console ready to be visited."""

    stage: Stage
    running: Running
    door: HttpDoor
    staff_door: GrpcDoor
    reviews: Reviews
    moderation: Moderation
    claims: ClaimDesk
    ratings: SourceRatings
    browsers: list[Browser] = field(default_factory=list)
    turn: int = 0
    machines: int = 0

    @property
    def outbox(self) -> Any:
        return self.running.resources.outbox

    @property
    def spans_database(self) -> str:
        return self.running.spec.name.replace("console", "spans")

    @property
    def db(self) -> Any:
        return self.running.resources.db

    def login(self, name: str) -> str:
        """The login of this test's person of that name."""
        return f"{name}.{self.turn}"

    async def hire(self, name: str, *roles: str, site_id: UUID = DEFAULT_SITE) -> StaffMember:
        login, passwords = self.login(name), Passwords()
        return await add_staff(self.outbox, login, name.title(), PASSWORD, roles, site_id=site_id, passwords=passwords)

    def browser(self) -> Browser:
        """A browser on a machine of its own, as a proxy would tell."""
        self.machines += 1
        address = f"203.0.113.{self.machines % 250}"
        self.browsers.append(Browser(self.door.url, address, self.login))
        return self.browsers[-1]

    async def empty(self) -> None:
        """As before anybody worked here; the audit keeps what it has."""
        for browser in self.browsers:
            await browser.http.close()
        self.browsers.clear()
        self.reviews.reset()
        self.moderation.reset()
        self.claims.reset()
        self.ratings.reset()
        await self.db.execute("TRUNCATE staff, session")
        self.turn += 1

    async def visitor(self, name: str, *roles: str, site_id: UUID = DEFAULT_SITE) -> Browser:
        """Somebody of these roles, signed in."""
        await self.hire(name, *roles, site_id=site_id)
        return await self.browser().sign_in(name)


def console_spec(name: str, **settings: Any) -> ServiceSpec:
    """The console under a name of its own, so each test has its own databases."""
    made: Any = partial(app.Settings, spans_database=f"spans_{name}", **settings)
    return ServiceSpec(f"console_{name}", made, app.build, app.SPEC.migrations)


@contextlib.asynccontextmanager
async def open_house(stage: Stage, name: str) -> AsyncIterator[House]:
    """A console whose calls reach small services over real sockets; Kafka is not needed, so there is none."""
    signers, reviews, moderation, claims = _LateSigners(), Reviews(), Moderation(), ClaimDesk()
    ratings = SourceRatings()
    rpcs = [
        Rpc(
            "plumbline.staff.v1.ReviewService",
            partial(review_service_pb2_grpc.add_ReviewServiceServicer_to_server, reviews),
            dict.fromkeys(METHODS, "reviewer"),
        ),
        Rpc(
            "plumbline.staff.v1.ModerationService",
            partial(moderation_service_pb2_grpc.add_ModerationServiceServicer_to_server, moderation),
            dict.fromkeys(("ListHeldComments", "DecideComment"), "moderator"),
        ),
        Rpc(
            "plumbline.staff.v1.ClaimDeskService",
            partial(claim_desk_service_pb2_grpc.add_ClaimDeskServiceServicer_to_server, claims),
            dict.fromkeys(HANDS, "reviewer"),
        ),
        Rpc(
            "plumbline.staff.v1.SourceRatingService",
            partial(source_rating_service_pb2_grpc.add_SourceRatingServiceServicer_to_server, ratings),
            ROLES,
        ),
    ]
    auth = StaffAuth(signers, audience=frozenset({"verification", "comment", "claim-extraction"}), clock=SystemClock())
    telemetry: Telemetry = stage.watch("staffed")
    staff_door = GrpcDoor(rpcs, host="127.0.0.1", port=0, telemetry=telemetry, authenticate=auth)
    await staff_door.start()
    targets = dict.fromkeys(("review_target", "moderation_target", "claims_target"), staff_door.target)
    spec = console_spec(name, **targets)
    running = await stage.prepare(spec, stage.surroundings(Cluster("127.0.0.1:9", embedded=False), otlp_port=0))
    signers.directory = running.resources.directory
    door = HttpDoor(
        running.service.routes,
        host="127.0.0.1",
        port=0,
        telemetry=running.resources.telemetry,
        name="console",
        trusted_proxies=["127.0.0.1"],
    )
    await door.start()
    house = House(stage, running, door, staff_door, reviews, moderation, claims, ratings)
    try:
        yield house
    finally:
        for browser in house.browsers:
            await browser.http.close()
        await door.stop(1.0)
        await staff_door.stop(1.0)
        await stage.stop([running])
        await stage.server.drop_database(f"spans_{name}")
