"""The operating-system account a server runs under. Postgres refuses to run as root, so root lends it another one."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Accounts a system usually has that are made for this; the first that exists is used.
UNPRIVILEGED = ("postgres", "nobody")


class NoAccount(RuntimeError):
    """Started as root, and no unprivileged account can be lent to the server; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class ServerAccount:
    """How to run a command as the server's account; without `uid`, as ourselves."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None

    def command(self, command: Sequence[str]) -> list[str]:
        """The command line that runs `command` under this account."""
        return [*self.prefix, *command]

    def give(self, path: Path) -> None:
        """Make the account the owner of a file or folder. Nothing to do when it is our own."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)


def account_for(folder: Path, programs: Iterable[Path]) -> ServerAccount:
    """The account for a server with its data under `folder`: ourselves, or as root an unprivileged one.

    No permission of any folder is widened. Where a folder on the way is closed to the account, it gets the one
    capability to look past that (and nothing else of root), which needs `setpriv` of util-linux.
    Raises NoAccount when there is no such account or no `setpriv`.
    """
    if os.geteuid() != 0:
        return ServerAccount()
    entry = _existing_owner(folder / "cluster") or _first_known()
    tool = shutil.which("setpriv")
    if entry is None or tool is None:
        missing = "setpriv (util-linux)" if tool is None else f"any of the accounts {', '.join(UNPRIVILEGED)}"
        raise NoAccount(f"Postgres refuses to run as root and this system lacks {missing}: start as another user")
    prefix = [tool, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"]
    if not all(_open_to_all(path) for path in (folder, *programs)):
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return ServerAccount(tuple(prefix), entry.pw_uid, entry.pw_gid)


def _existing_owner(cluster: Path) -> pwd.struct_passwd | None:
    try:
        owner = cluster.stat().st_uid
        return pwd.getpwuid(owner) if owner != 0 else None
    except (OSError, KeyError):
        return None


def _first_known() -> pwd.struct_passwd | None:
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _open_to_all(path: Path) -> bool:
    return all(_searchable(folder) for folder in (path, *path.parents))


def _searchable(folder: Path) -> bool:
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        return True
    return bool(mode & stat.S_IXOTH)
