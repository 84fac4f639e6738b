"""Static files under addresses that carry their content's hash, so that a browser may keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHARED_STATIC = Path(__file__).parent / "static"

CONTENT_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}
_COMPRESSIBLE = frozenset({".css", ".js", ".svg", ".txt", ".webmanifest"})


class UnknownAsset(KeyError):
    """A template named a static file that no folder holds."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One static file: its bytes, the same bytes gzipped where that helps, and the address that names them."""

    name: str
    url: str
    content_type: str
    body: bytes
    gzipped: bytes | None
    sha256: str


class Assets:
    """Every static file of the given folders, read once.

    Later folders win over earlier ones, so a service can replace a shared file. Files are few and small
    (tens of kilobytes together), which is why they are held in memory.
    """

    def __init__(self, mount: str, *folders: Path) -> None:
        self.mount = "/" + mount.strip("/")
        self._by_name: dict[str, Asset] = {}
        for folder in (SHARED_STATIC, *folders):
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path.suffix in CONTENT_TYPES:
                    name = path.relative_to(folder).as_posix()
                    self._by_name[name] = _load(self.mount, name, path)
        self._by_url = {asset.url: asset for asset in self._by_name.values()}

    def url(self, name: str) -> str:
        """Address of one file; raises UnknownAsset when there is none, so a typing error fails the first render."""
        try:
            return self._by_name[name].url
        except KeyError:
            raise UnknownAsset(name) from None

    def find(self, url_path: str) -> Asset | None:
        """The file at this exact address. An address with an old hash is unknown, never silently the new content."""
        return self._by_url.get(url_path)

    def all(self) -> tuple[Asset, ...]:
        """Every file, ordered by name."""
        return tuple(self._by_name[name] for name in sorted(self._by_name))


def _load(mount: str, name: str, path: Path) -> Asset:
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()
    stem, dot, suffix = name.rpartition(".")
    gzipped = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSIBLE else None
    if gzipped is not None and len(gzipped) >= len(body):
        gzipped = None
    return Asset(
        name=name,
        url=f"{mount}/{stem}.{digest[:12]}{dot}{suffix}",
        content_type=CONTENT_TYPES[path.suffix],
        body=body,
        gzipped=gzipped,
        sha256=digest,
    )
