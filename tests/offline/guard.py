"""Refuses and records every connection, datagram and name look-up of this process that would leave the machine.

An audit hook: it sees what goes through Python's own sockets. Programs that are no Python, and libraries that open their
sockets themselves (uvloop, gRPC, librdkafka), are outside its reach; for those there is `launch.py`.
Standard library alone and nothing imported that is not needed: every Python that a test starts loads this.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import sys
from typing import Any

RECORD = "PLUMBLINE_OFFLINE_RECORD"  # the file that attempts are added to
_SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_NAMING = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})


class Forbidden(OSError):
    """A test, or something it started, tried to leave this machine."""


def install() -> None:
    """Watch this process until it ends; an audit hook cannot be taken out again."""
    sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event in _SENDING:
        address = arguments[1]
        if isinstance(address, tuple) and address and not stays(address[0]):
            _refuse(event, f"{address[0]}:{address[1]}")
    elif event in _NAMING and not (_is_number(arguments[0]) or stays(arguments[0])):
        _refuse(event, str(arguments[0]))


def stays(host: object) -> bool:
    """Whether a host is this machine: a loopback or unspecified address, `localhost`, or its own name."""
    name = _text(host).rstrip(".").lower()
    if not name or name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name == os.uname().nodename.lower()
    mapped = getattr(address, "ipv4_mapped", None)
    return any(each.is_loopback or each.is_unspecified for each in (address, mapped) if each is not None)


def _is_number(host: object) -> bool:
    """Whether a host is an address in any spelling the C library reads (0x7f.1 too): nobody is asked for it."""
    name = _text(host).partition("%")[0]
    try:
        ipaddress.ip_address(name)
    except ValueError:
        try:
            sys.modules["_socket"].inet_aton(name)
        except (OSError, KeyError):
            return False
    return True


def _text(host: object) -> str:
    if isinstance(host, (bytes, bytearray)):
        return host.decode("ascii", "replace")
    return "" if host is None else str(host)


def _refuse(event: str, to: str) -> None:
    if record := os.environ.get(RECORD):
        test = os.environ.get("PYTEST_CURRENT_TEST", "no test")
        line = f"{test}: {' '.join(sys.argv[:3])[:120]}: {event} {to}\n"
        with open(record, "a", encoding="utf-8") as file:
            file.write(line)
    raise Forbidden(errno.ENETUNREACH, f"the tests may not leave this machine ({event} {to})")
