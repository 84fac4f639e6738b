"""Who writes, as far as we want to know: keyed hashes in place of an address and an agent."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.quota import TokenBuckets
from shared.vault import MasterKey


@dataclass(frozen=True, slots=True)
class Reader:
    """Who writes: two keyed hashes. Address and agent end here."""

    author_key: str
    network_key: str


def reader_of(master: MasterKey, site_id: UUID, address: str, agent: str, now: datetime) -> Reader:
    """Pseudonyms that hold for a calendar week: long enough to see a flood, too short for a profile."""
    year, week, _ = now.isocalendar()
    try:
        found = ipaddress.ip_address(address)
        mapped = getattr(found, "ipv4_mapped", None) or found
        network = str(ipaddress.ip_network((mapped, 64 if mapped.version == 6 else 32), strict=False))
    except ValueError:
        network = address[:100]
    pepper = master.derive("pepper", str(site_id))

    def key(*parts: str) -> str:
        return hmac.new(pepper, "\x00".join((f"{year}-{week}", *parts)).encode(), hashlib.sha256).hexdigest()[:32]

    return Reader(key("reader", network, agent[:300]), key("network", network))


class ReaderQuota:
    """How often one reader, and one network, may do something. An agent is easily invented, an address less so."""

    def __init__(self, *, per_minute: int, network_per_minute: int) -> None:
        self._readers, self._networks = TokenBuckets(), TokenBuckets()
        self._per_minute, self._network_per_minute = per_minute, network_per_minute

    def take(self, reader: Reader, now: float) -> None:
        """Count one; `now` in monotonic seconds. Raises TooMany when either has had its share."""
        self._networks.take(reader.network_key, self._network_per_minute, now)
        self._readers.take(reader.author_key, self._per_minute, now)
