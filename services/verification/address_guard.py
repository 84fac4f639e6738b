"""Which network addresses evidence may be fetched from. Pure: vetting decides, the fetcher obeys at connect time.

`ipaddress.is_global` alone is no guard: it lets pass NAT64, 6to4, Teredo, IPv4-compatible and site-local forms that
lead back into the own network. So IPv6 is allowed from global unicast only, minus everything that embeds IPv4.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from yarl import URL

PORTS = frozenset({80, 443, 8080, 8443})
LONGEST_URL = 2_048
# What a name may be made of once it is written for the resolver. A "%" would be asked of the name server as it stands.
HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9._-]+)?")
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
FORBIDDEN_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        "2001::/23",  # Teredo, ORCHID, benchmarking and other protocol assignments
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 embeds any IPv4 address
        "3fff::/20",  # documentation
    )
)
FORBIDDEN_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, also a cloud's metadata service
        "168.63.129.16/32",  # a cloud's host service behind a public-looking address
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Exceptions an operator made: address and port pairs that may be reached although the rules forbid them, and ports
    besides the usual ones on which public addresses may be reached."""

    pairs: frozenset[tuple[str, int]] = frozenset()
    ports: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Allowed:
        """From entries such as "127.0.0.1:8099", "[::1]:8099" or "*:8000". Raises ValueError for anything else."""
        pairs: set[tuple[str, int]] = set()
        ports: set[int] = set()
        for entry in filter(None, (each.strip() for each in entries)):
            host, _, port = entry.rpartition(":")
            if host == "*":
                ports.add(int(port))
            else:
                pairs.add((str(ipaddress.ip_address(host.strip("[]"))), int(port)))
        return cls(frozenset(pairs), frozenset(ports))

    def port(self, port: int) -> bool:
        return port in PORTS or port in self.ports or any(port == allowed for _, allowed in self.pairs)

    def address(self, address: str, port: int) -> bool:
        return (address, port) in self.pairs


NO_EXCEPTIONS = Allowed()


def forbidden_address(address: str, port: int = 443, allowed: Allowed = Allowed()) -> str:
    """Why nothing is fetched from this IP address, in words; empty when it may be."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "not an IP address"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    if allowed.address(str(parsed), port):
        return ""
    if port not in PORTS and port not in allowed.ports:
        return f"port {port} is not a web port"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed not in GLOBAL_UNICAST or any(parsed in block for block in FORBIDDEN_V6) or not parsed.is_global:
            return "an address inside a network, not on the web"
        return ""
    if any(parsed in block for block in FORBIDDEN_V4) or not parsed.is_global:
        return "an address inside a network, not on the web"
    return ""


def forbidden_url(url: str, allowed: Allowed = Allowed()) -> str:
    """Why an address is not even looked up, in words; empty when it may be. The addresses behind it are vetted later."""
    if len(url) > LONGEST_URL:
        return "the address is too long"
    if any(ord(character) <= 32 or character in "\\\x7f" for character in url):
        return "the address holds a character that addresses do not have"
    try:
        parsed = URL(url)
        port, host = parsed.port, parsed.host
    except ValueError:
        return "not a web address"
    if parsed.scheme not in ("http", "https") or not host or port is None:
        return "not a web address"
    if not HOST.fullmatch(parsed.raw_host or ""):
        return "the address names no host"
    if parsed.user is not None or parsed.password is not None:
        return "the address holds a user name or password"
    if not allowed.port(port):
        return f"port {port} is not a web port"
    return ""
