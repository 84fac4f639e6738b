"""What a scrape of several services in one process is answered."""

from __future__ import annotations

from collections.abc import Sequence


def declared_once(rendered: Sequence[bytes]) -> list[bytes]:
    """Metrics of several services as one exposition: samples brought together under a single declaration."""
    order: list[bytes] = []
    families: dict[bytes, list[bytes]] = {}
    for text in rendered:
        family, first_seen = b"", False
        for line in text.splitlines(keepends=True):
            if line.startswith(b"# HELP "):
                family = line.split(b" ", 3)[2]
                first_seen = family not in families
                if first_seen:
                    order.append(family)
                    families[family] = []
            if first_seen or not line.startswith(b"#"):
                families[family].append(line)
    return [line for family in order for line in families[family]]
