"""Runs a command where the kernel itself knows no network but loopback: python tests/offline/launch.py COMMAND ...

Reaches what the guard cannot see: Java, Envoy, the browser, C libraries. Linux alone, and only where the kernel allows a
network namespace (root, or unprivileged user namespaces); elsewhere it says so and runs the command as it is.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys

SHUT_IN = "PLUMBLINE_OFFLINE_KERNEL"
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_SET_FLAGS, _GET_FLAGS, _UP = 0x8914, 0x8913, 0x1


def shut_in() -> bool:
    """Whether this process was started with no way out."""
    return os.environ.get(SHUT_IN) == "1"


def leave_the_network() -> None:
    """Put this process, and what it starts, into a network of its own. Raises OSError where the kernel forbids it."""
    if sys.platform != "linux":
        raise OSError("this is not Linux")
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK if user == 0 else _NEW_USER | _NEW_NETWORK):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    if user != 0:
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        asked = struct.pack("16sH22x", b"lo", 0)
        (flags,) = struct.unpack("16xH22x", fcntl.ioctl(plain, _GET_FLAGS, asked))
        fcntl.ioctl(plain, _SET_FLAGS, struct.pack("16sH22x", b"lo", flags | _UP))


def main(command: list[str]) -> None:
    """Become the command."""
    try:
        leave_the_network()
        os.environ[SHUT_IN] = "1"
    except OSError as error:
        print(f"offline: no network namespace here ({error}): Python's own sockets are watched", file=sys.stderr)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
