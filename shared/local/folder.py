"""One owner per data folder: two processes on the same files would destroy them, or each other's run."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

LOCK_NAME = "owner.lock"


class FolderInUse(RuntimeError):
    """The data folder belongs to another running process, which is named."""


class FolderLock:
    """An exclusive claim on a folder that the operating system gives back when its holder dies, however it dies."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handle: int | None = None

    def take(self) -> None:
        """Claim the folder, making it where missing. Raises FolderInUse when another holder is alive."""
        self._folder.mkdir(parents=True, exist_ok=True)
        # O_CLOEXEC (Python's default) matters: a server we start must not keep the claim after we are gone.
        handle = os.open(self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            os.close(handle)
            raise FolderInUse(
                f"{self._folder} is in use by process {holder or 'unknown'}: stop it, or choose another data folder"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        self._handle = handle

    def release(self) -> None:
        """Give the folder back. Harmless when it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
