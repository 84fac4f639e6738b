"""A door's port is not given to a connection of our own while everything else starts."""

from __future__ import annotations

import errno
import socket
import struct

import pytest

from shared.held_ports import hold

IP_LOCAL_PORT_RANGE = 51  # Linux 6.3: the ports one socket may be given


def free_port() -> int:
    """One of the range outgoing connections are given."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def dial_from(port: int, server: socket.socket) -> bool:
    """Whether the system gives this port to a connection that may have no other."""
    with socket.socket() as client:
        try:
            client.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, struct.pack("I", port | port << 16))
        except OSError:
            pytest.skip("this kernel cannot say which port a connection is given")
        try:
            client.connect(server.getsockname())
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            return False
        return True


def test_a_held_port_is_given_to_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = free_port()
        with hold([("127.0.0.1", port)]):
            assert not dial_from(port, server)
        assert dial_from(port, server)


def test_a_port_that_is_taken_is_left_to_whoever_has_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, hold([("127.0.0.1", server.getsockname()[1]), ("::1", 0)]):
        socket.create_connection(server.getsockname()).close()
