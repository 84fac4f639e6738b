"""The whole directory told again. The console hears it as well, so its own rows follow into a new epoch."""

from __future__ import annotations

from plumbline.events.v1 import common_pb2

from services.console import contract
from services.console.store import directory as store
from shared.events import version_of
from shared.outbox import Unit
from shared.republish import in_epoch


async def directory(unit: Unit, epoch: int, after: str) -> tuple[int, str]:
    """Sites, partner keys and signers, all at once: they are few."""
    told = []
    for site in await store.sites(unit):
        version = in_epoch(version_of(site.version), epoch)
        site.version.CopyFrom(common_pb2.Version(epoch=version.epoch, counter=version.counter))
        told.append(contract.tell_site(site))
    told += [contract.tell_key(key, in_epoch(version, epoch)) for version, key in await store.keys(unit)]
    told += [contract.tell_signer(signer, in_epoch(version, epoch)) for version, signer in await store.signers(unit)]
    for event in told:
        unit.emit(event)
    return len(told), ""


TELLS_AGAIN = (directory,)
