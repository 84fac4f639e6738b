"""What the console tells every service: sites, partner keys, signers. Row, event and audit entry stand or fall together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from services.console import contract
from services.console.model.site import SiteIdentity, check_identity, check_partner
from services.console.signing import Unsealable, make_signer, open_signer
from services.console.store import audit
from services.console.store import directory as store
from shared.assertions import AssertionSigner
from shared.directory import PartnerKey, StaffSigner
from shared.errors import NotFound
from shared.events import NEVER, Version
from shared.ids import DEFAULT_SITE
from shared.outbox import Outbox, Unit
from shared.partner_keys import new_key
from shared.vault import MasterKey


async def set_site(
    outbox: Outbox, identity: SiteIdentity, *, site_id: UUID = DEFAULT_SITE, by: str = audit.OPERATOR
) -> None:
    """Say who the newsroom is. Nothing happens when it said so already. Raises Refused naming the field."""
    check_identity(identity)
    async with outbox.transaction() as tx:
        found = await store.lock_site(tx, site_id)
        if found is None:
            raise NotFound("site")
        version, site = found
        if version != NEVER and contract.identity_of(site) == identity:
            return
        await _tell_new_site(tx, site_id, version.next(outbox.epoch), identity, by)


async def add_partner(
    outbox: Outbox,
    name: str,
    scopes: Iterable[str],
    rpm: int,
    *,
    site_id: UUID = DEFAULT_SITE,
    expires_at: datetime | None = None,
) -> str:
    """Give a partner organisation a key and return it, this once: only its hash is kept. Raises Refused (the field)."""
    partner, wanted = check_partner(name, scopes, rpm)
    made = new_key()
    key = PartnerKey(
        key_id=made.key_id,
        site_id=site_id,
        partner_id=str(uuid4()),
        partner_name=partner,
        secret_sha256=made.secret_sha256,
        scopes=frozenset(wanted),
        requests_per_minute=rpm,
        revoked=False,
        expires_at=expires_at,
    )
    version = NEVER.next(outbox.epoch)
    async with outbox.transaction() as tx:
        await store.add_key(tx, key, version)
        tx.emit(contract.tell_key(key, version))
        await audit.record(tx, site_id, audit.OPERATOR, "partner.added", key.key_id, scopes=wanted, rpm=rpm)
    return made.plain


async def revoke_partner(outbox: Outbox, key_id: str) -> None:
    """End a key; a second time changes nothing. Raises NotFound."""
    async with outbox.transaction() as tx:
        found = await store.lock_key(tx, key_id)
        if found is None:
            raise NotFound("partner key")
        version, key = found[0].next(outbox.epoch), found[1]
        if key.revoked:
            return
        await store.revoke_key(tx, key_id, version)
        tx.emit(contract.tell_key(replace(key, revoked=True), version))
        await audit.record(tx, key.site_id, audit.OPERATOR, "partner.revoked", key_id)


async def first_start(
    outbox: Outbox, master: MasterKey, identity: SiteIdentity, *, site_id: UUID = DEFAULT_SITE
) -> AssertionSigner:
    """Make sure the site is told and has a signer; returns the signer.

    A signer that the master key does not open (a restore without the old key) is revoked and replaced.
    """
    async with outbox.transaction() as tx:
        found = await store.lock_site(tx, site_id)  # held, so that two replicas do not both begin
        if found is None:
            raise NotFound("site")
        if found[0] == NEVER:
            await _tell_new_site(tx, site_id, NEVER.next(outbox.epoch), check_identity(identity), audit.SYSTEM)
        return await _signer(tx, outbox.epoch, master, site_id)


class SiteSigners:
    """The signer of each site, looked up or made when somebody of that site first acts."""

    def __init__(self, outbox: Outbox, master: MasterKey, known: dict[UUID, AssertionSigner]) -> None:
        self._outbox, self._master, self._known = outbox, master, known

    async def of(self, site_id: UUID) -> AssertionSigner:
        """Raises NotFound for a site that is not ours."""
        if site_id not in self._known:
            async with self._outbox.transaction() as tx:
                if await store.lock_site(tx, site_id) is None:
                    raise NotFound("site")
                self._known[site_id] = await _signer(tx, self._outbox.epoch, self._master, site_id)
        return self._known[site_id]


async def _signer(tx: Unit, epoch: int, master: MasterKey, site_id: UUID) -> AssertionSigner:
    """The site's signer, or a new one where there is none that the master key opens. The site is locked."""
    known = await store.own_signer(tx, site_id)
    if known is not None:
        version, signer, sealed = known
        try:
            return open_signer(signer.signer_id, sealed, master)
        except Unsealable:
            await _revoke_signer(tx, signer, version.next(epoch))
    return await _new_signer(tx, site_id, NEVER.next(epoch), master)


async def tell_again(outbox: Outbox) -> int:
    """Tell the whole directory once more, same versions; returns how many events. A broker that forgot learns it again."""
    async with outbox.transaction() as tx:
        told = [contract.tell_site(site) for site in await store.sites(tx)]
        told += [contract.tell_key(key, version) for version, key in await store.keys(tx)]
        told += [contract.tell_signer(signer, version) for version, signer in await store.signers(tx)]
        for event in told:
            tx.emit(event)
    return len(told)


async def _tell_new_site(tx: Unit, site_id: UUID, version: Version, identity: SiteIdentity, by: str) -> None:
    site = contract.site_message(site_id, version, identity)
    await store.keep_site(tx, site)
    tx.emit(contract.tell_site(site))
    await audit.record(tx, site_id, by, "site.changed", str(site_id), version=str(version))


async def _new_signer(tx: Unit, site_id: UUID, version: Version, master: MasterKey) -> AssertionSigner:
    made, sealed = make_signer(str(uuid4()), master)
    signer = StaffSigner(made.signer_id, site_id, made.public_key, revoked=False)
    await store.add_signer(tx, signer, version, sealed)
    tx.emit(contract.tell_signer(signer, version))
    await audit.record(tx, site_id, audit.SYSTEM, "signer.made", made.signer_id)
    return made


async def _revoke_signer(tx: Unit, signer: StaffSigner, version: Version) -> None:
    await store.revoke_signer(tx, signer.signer_id, version)
    tx.emit(contract.tell_signer(replace(signer, revoked=True), version))
    await audit.record(tx, signer.site_id, audit.SYSTEM, "signer.revoked", signer.signer_id)
