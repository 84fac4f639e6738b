"""Which texts are copies of one another. A wire story printed by five papers is one source."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from services.verification.engine.addresses import site_of
from services.verification.model import Evidence

SHINGLE = 5
COPIED = 0.5  # share of the shorter text's five-word runs found in the other
COPIED_SAME_AGENCY = 0.25  # rewrites of one agency's story keep less
AGENCY = re.compile(
    r"\((AP|Reuters|AFP|dpa|PA|ANSA|EFE|TASS|Xinhua|UPI|Bloomberg|ANI|PTI)\)|"
    r"\b(?:Associated Press|Agence France-Presse|Reuters|Press Association)\b"
)
WORD = re.compile(r"[^\W_]+", re.UNICODE)


def shingles(text: str) -> frozenset[int]:
    """The text's five-word runs, hashed; order and repetition do not count."""
    words = WORD.findall(text.lower())
    if len(words) < SHINGLE:
        return frozenset({zlib.crc32(" ".join(words).encode())}) if words else frozenset()
    return frozenset(zlib.crc32(" ".join(words[i : i + SHINGLE]).encode()) for i in range(len(words) - SHINGLE + 1))


def overlap(a: frozenset[int], b: frozenset[int]) -> float:
    """Share of the smaller set that stands in the other."""
    return len(a & b) / min(len(a), len(b)) if a and b else 0.0


def is_copy(text: str, of: str) -> bool:
    """True when most of the shorter of the two texts stands word for word in the other."""
    return overlap(shingles(text), shingles(of)) >= COPIED


def independent_groups(evidence: Sequence[Evidence]) -> list[list[str]]:
    """Evidence ids grouped so that members of one group count as one source: copies, or pages of one site."""
    prints = [shingles(item.text) for item in evidence]
    agencies = [_agency(item.text) for item in evidence]
    group = list(range(len(evidence)))
    for i in range(len(evidence)):
        for j in range(i):
            bar = COPIED_SAME_AGENCY if agencies[i] and agencies[i] == agencies[j] else COPIED
            if _same_house(evidence[i], evidence[j]) or overlap(prints[i], prints[j]) >= bar:
                old, new = group[i], group[j]
                group = [new if member == old else member for member in group]
    groups: dict[int, list[str]] = {}
    for item, member in zip(evidence, group, strict=True):
        groups.setdefault(member, []).append(item.evidence_id)
    return list(groups.values())


def _same_house(a: Evidence, b: Evidence) -> bool:
    if a.evidence_id == b.evidence_id:
        return True
    if a.url and b.url:
        return site_of(a.url) == site_of(b.url)
    return bool(a.publisher) and a.publisher.casefold() == b.publisher.casefold()


def _agency(text: str) -> str:
    found = AGENCY.search(text[:300])
    return found[0].strip("()").casefold() if found else ""
