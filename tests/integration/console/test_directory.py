"""What the console tells every service, and that row, event and audit entry stand or fall together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from plumbline.events.v1 import directory_pb2

from services.console import directory
from services.console.model.site import DEFAULT_SCHEME, SiteIdentity
from services.console.staffing import add_staff
from shared.assertions import verify
from shared.errors import NotFound, Refused
from shared.ids import DEFAULT_SITE
from shared.outbox import Outbox, Unit
from shared.partner_keys import hash_secret, split_key
from shared.vault import MasterKey
from tests.integration.console.house import PASSWORD, House

KINDS = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (directory_pb2.Site, directory_pb2.PartnerKey, directory_pb2.StaffSigner)
}


async def told(house: House, *, after: int = 0) -> list[tuple[str, Any]]:
    """Key and message of every directory event, in order."""
    rows = await house.db.fetch("SELECT key, type, value FROM outbox WHERE position > $1 ORDER BY position", after)
    return [(row["key"], KINDS[row["type"]].FromString(row["value"])) for row in rows]


async def so_far(house: House) -> int:
    return int(await house.db.fetchval("SELECT coalesce(max(position), 0) FROM outbox"))


async def test_first_start_tells_the_site_and_a_signer_and_readiness_follows(house: House) -> None:
    (site_key, site), (signer_key, signer) = (await told(house))[:2]
    assert site_key == f"site/{DEFAULT_SITE}"
    assert (site.version.epoch, site.version.counter, site.name) == (1, 1, "Newsroom")
    assert [(r.rating, r.label) for r in site.rating_scheme.ratings] == [(r.rating, r.label) for r in DEFAULT_SCHEME]
    assert signer_key == f"staff-signer/{signer.signer_id}"
    assert len(signer.public_key) == 32
    assert await house.running.resources.directory.missing() == []


async def test_a_start_tells_everything_again_with_new_ids_and_the_same_versions(house: House) -> None:
    plain = await directory.add_partner(house.outbox, "Again Org", ["panels.read"], 60)
    await directory.revoke_partner(house.outbox, (split_key(plain) or ("", ""))[0])
    known = dict(await told(house))
    before = await so_far(house)
    assert await directory.tell_again(house.outbox) == len(known)
    again = await told(house, after=before)
    assert dict(again) == known
    ids = [row["event_id"] for row in await house.db.fetch("SELECT event_id FROM outbox")]
    assert len(set(ids)) == len(ids)
    signer = await directory.first_start(house.outbox, house.running.resources.master, SiteIdentity("Other"))
    assert await so_far(house) == before + len(known), "a second start makes no second signer and no new site version"
    assert f"staff-signer/{signer.signer_id}" in known


async def test_a_signer_the_master_key_does_not_open_is_revoked_and_replaced(own_house: House) -> None:
    master = own_house.running.resources.master
    old = await directory.first_start(own_house.outbox, master, SiteIdentity("x"))
    before = await so_far(own_house)
    other = MasterKey(bytes(32))
    new = await directory.first_start(own_house.outbox, other, SiteIdentity("x"))
    assert new.signer_id != old.signer_id
    events = dict(await told(own_house, after=before))
    assert events[f"staff-signer/{old.signer_id}"].revoked
    assert events[f"staff-signer/{old.signer_id}"].version.counter == 2
    assert not events[f"staff-signer/{new.signer_id}"].revoked
    sealed = await own_house.db.fetchval("SELECT sealed FROM signer_secret WHERE signer_id = $1", new.signer_id)
    assert new._key.private_bytes_raw() not in sealed
    assert await own_house.db.fetchval("SELECT count(*) FROM signer_secret WHERE signer_id = $1", old.signer_id) == 0


async def test_a_partner_key_is_shown_once_and_only_its_hash_is_kept(house: House) -> None:
    before = await so_far(house)
    plain = await directory.add_partner(house.outbox, "Fact  Org", ["panels.read", "factchecks.read"], 120)
    key_id, secret = split_key(plain) or ("", "")
    ((key, message),) = await told(house, after=before)
    assert key == f"partner-key/{key_id}"
    assert message.secret_sha256 == hash_secret(secret)
    assert (message.partner_name, message.requests_per_minute) == ("Fact Org", 120)
    assert list(message.scopes) == ["factchecks.read", "panels.read"]
    everything = await house.db.fetchval(
        "SELECT string_agg(o::text, '') || (SELECT string_agg(a::text, '') FROM audit a)"
        " || (SELECT string_agg(k::text, '') FROM partner_key k) FROM outbox o"
    )
    assert secret not in everything
    await directory.revoke_partner(house.outbox, key_id)
    ((_, revoked),) = await told(house, after=before + 1)
    assert (revoked.revoked, revoked.version.counter) == (True, 2)
    await directory.revoke_partner(house.outbox, key_id)
    assert await so_far(house) == before + 2
    with pytest.raises(NotFound):
        await directory.revoke_partner(house.outbox, "unknown")


@pytest.mark.parametrize(
    ("name", "scopes", "rpm", "field"),
    [
        ("", ["panels.read"], 60, "name"),
        ("A\x00B", ["panels.read"], 60, "name"),
        ("Org", [], 60, "scopes"),
        ("Org", ["staff.write"], 60, "scopes"),
        ("Org", ["panels.read"], 0, "requests_per_minute"),
    ],
)
async def test_S7_a_refused_partner_names_the_field_and_tells_nothing(
    house: House, name: str, scopes: list[str], rpm: int, field: str
) -> None:
    before = await so_far(house)
    with pytest.raises(Refused) as refused:
        await directory.add_partner(house.outbox, name, scopes, rpm)
    assert refused.value.field == field
    assert await so_far(house) == before


async def test_set_site_tells_a_change_once(house: House) -> None:
    identity = SiteIdentity("The Ledger", ("en", "pt-BR"), "Ledger Ltd", "Registered", "To check", "ed@ledger", "")
    await directory.set_site(house.outbox, identity)
    before = await so_far(house)
    await directory.set_site(house.outbox, identity)
    assert await so_far(house) == before
    for broken, field in (
        (replace(identity, name=" "), "name"),
        (replace(identity, languages=("english!",)), "languages"),
        (replace(identity, homepage="javascript:x"), "homepage"),
        (replace(identity, mission="x" * 3000), "mission"),
    ):
        with pytest.raises(Refused) as refused:
            await directory.set_site(house.outbox, broken)
        assert refused.value.field == field
    _, site = (await told(house, after=before - 1))[-1]
    assert (site.publisher, list(site.languages), site.name) == ("Ledger Ltd", ["en", "pt-BR"], "The Ledger")


async def test_D2_a_crash_before_the_commit_leaves_neither_row_nor_event_nor_audit(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await so_far(house)
    audited = await house.db.fetchval("SELECT count(*) FROM audit")

    async def crash(self: Unit) -> bool:
        raise RuntimeError("gone before the commit")

    with monkeypatch.context() as patched:
        patched.setattr(Unit, "flush", crash)
        with pytest.raises(RuntimeError):
            await directory.add_partner(house.outbox, "Crash Org", ["panels.read"], 60)
        with pytest.raises(RuntimeError):
            await add_staff(house.outbox, "crash", "Crash", PASSWORD, ["admin"])
    assert await house.db.fetchval("SELECT count(*) FROM partner_key WHERE partner_name = 'Crash Org'") == 0
    assert await house.db.fetchval("SELECT count(*) FROM staff WHERE login = 'crash'") == 0
    assert (await so_far(house), await house.db.fetchval("SELECT count(*) FROM audit")) == (before, audited)


async def test_the_audit_is_only_ever_added_to_and_holds_no_names(house: House) -> None:
    member = await house.hire("ann", "reviewer")
    for statement in ("UPDATE audit SET act = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
        with pytest.raises(asyncpg.RaiseError):
            await house.db.execute(statement)
    rows = await house.db.fetch("SELECT act, person, subject, detail FROM audit ORDER BY entry")
    assert ("staff.added", "operator", str(member.staff_id)) in {(r["act"], r["person"], r["subject"]) for r in rows}
    assert not any("Ann" in str(dict(row)) for row in rows)


async def test_the_console_signs_what_its_directory_tells(house: House) -> None:
    """The public half that other services hear opens what the private half signed."""
    ann = await house.visitor("ann", "reviewer")
    assert ann.status == 200
    person, _ = house.reviews.heard[-1]
    assert person.name == "Ann"
    outbox: Outbox = house.outbox
    signer = await directory.first_start(outbox, house.running.resources.master, SiteIdentity("x"))
    now = house.running.resources.clock.now()
    token = signer.sign(person, audience="verification", now=now)
    known = await verify(token, audience="verification", now=now, signers=house.running.resources.directory)
    assert known == (person, signer.signer_id)
