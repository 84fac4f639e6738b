"""Ports of doors that open later, kept from our own connections.

A system gives outgoing connections ports of a range (on Linux 32768 to 60999) that holds the ones gRPC is served on by
custom. A process that first dials its database and broker may so lose a door's port to itself. A bound socket keeps it:
no outgoing connection is given a port that somebody has bound.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable


def hold(addresses: Iterable[tuple[str, int]]) -> contextlib.ExitStack:
    """Keeps these (host, port) until closed. One that is taken, or is 0, is left alone: whoever opens it will say so."""
    held = contextlib.ExitStack()
    for host, port in addresses:
        if not port:
            continue
        with contextlib.suppress(OSError):
            family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            keeper = socket.socket(family, kind, protocol)
            held.callback(keeper.close)
            keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            keeper.bind(address)
    return held
