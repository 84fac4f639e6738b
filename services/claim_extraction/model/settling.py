"""What becomes of a subject's claims when a new version of its text was read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from services.claim_extraction.model.anchoring import normalise, reanchor, words_hash
from services.claim_extraction.model.claim import (
    Anchor,
    Attribution,
    Block,
    Claim,
    ClaimLink,
    ClaimOrigin,
    ClaimSheet,
    ClaimState,
    Findings,
    FoundClaim,
    LinkKind,
)
from services.claim_extraction.model.hands import made
from shared.events import Version

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+")
_SUCCESSOR = (
    0.5  # share of words a sentence must keep to be called the changed form of another; a hint, never an identity
)


def settle_claims(
    known: ClaimSheet,
    found: Findings,
    *,
    article_version: Version,
    blocks: Sequence[Block],
    new_id: Callable[[str], str],
) -> ClaimSheet:
    """The sheet after this text was read; the caller gives it its own next version.

    - The same words keep their claim id, whatever happened around them; the words are compared letter for letter
      after `normalise`, never by likeness. Words that return take up their old id again.
    - Words that were changed are stale and name the claim that follows them, if one does; words that are gone are
      orphaned. Neither ever becomes active through other words.
    - Claims made by people are found again by their anchors and need no finding; dismissed claims stay dismissed.
    - A text older than the sheet's changes nothing.

    `new_id` gives the id for a new identity key; equal keys must get equal ids for a replay to end the same.
    """
    if article_version < known.article_version:
        return known
    fresh = {each.key: each for each in found.claims}
    ids = {claim.key: claim.claim_id for claim in known.claims}
    settled = [_carry(claim, fresh.get(claim.key), blocks) for claim in known.claims]
    settled += [
        made(each, ids.setdefault(key, new_id(key)), ClaimOrigin.MODEL) for key, each in fresh.items() if key not in ids
    ]
    linked = [_with_links(claim, fresh.get(claim.key), ids) for claim in settled]
    followed = _with_successors(linked, known, blocks)
    return replace(
        known,
        article_version=article_version,
        claims=in_reading_order(followed, blocks),
        language=found.language,
        note=found.note,
    )


def withdraw_claims(known: ClaimSheet, *, article_version: Version, reason: str = "article withdrawn") -> ClaimSheet:
    """Every claim withdrawn, dismissed ones too; who dismissed them and why is kept for the day the article returns."""
    if article_version < known.article_version:
        return known
    gone = tuple(replace(claim, state=ClaimState.WITHDRAWN, state_reason=reason) for claim in known.claims)
    return replace(known, article_version=article_version, claims=gone, note=reason)


def _carry(claim: Claim, again: FoundClaim | None, blocks: Sequence[Block]) -> Claim:
    """One known claim against the new text."""
    if again is not None:
        return _standing(_refreshed(claim, again))
    anchors = _surviving(claim.anchors, blocks)
    if _words_stand(claim, anchors):
        return _standing(replace(claim, anchors=anchors, attribution=_moved(claim.attribution, blocks)))
    if claim.dismissed_because:
        return replace(claim, state=ClaimState.DISMISSED, state_reason=claim.dismissed_because)
    if claim.state is ClaimState.STALE:
        return claim
    return replace(claim, state=ClaimState.ORPHANED, state_reason="its words are gone from the text")


def _standing(claim: Claim) -> Claim:
    if claim.dismissed_because:
        return replace(claim, state=ClaimState.DISMISSED, state_reason=claim.dismissed_because)
    return replace(claim, state=ClaimState.ACTIVE, state_reason="", successor="")


def _refreshed(claim: Claim, again: FoundClaim) -> Claim:
    """New places and readings of the same words. What a person set on their own claim stays theirs."""
    moved = replace(claim, anchors=again.anchors)
    if claim.origin is ClaimOrigin.STAFF:
        return moved
    return replace(
        moved,
        text=again.text,
        attribution=again.attribution,
        quantities=again.quantities,
        dates=again.dates,
        check_worthiness=again.check_worthiness,
    )


def _surviving(anchors: Sequence[Anchor], blocks: Sequence[Block]) -> tuple[Anchor, ...]:
    places = dict.fromkeys(each.anchor for anchor in anchors if (each := reanchor(anchor, blocks)).anchor)
    return tuple(anchor for anchor in places if anchor is not None)


def _words_stand(claim: Claim, anchors: Sequence[Anchor]) -> bool:
    """One place holds the claim's own words, or every piece of an interrupted claim is still there."""
    whole = any(words_hash(anchor.exact) == claim.text_hash for anchor in anchors)
    return whole or (bool(anchors) and len(anchors) == len(claim.anchors))


def _moved(attribution: Attribution, blocks: Sequence[Block]) -> Attribution:
    """The spans that survive; a span that does not is dropped, the reading itself stays."""
    source = reanchor(attribution.source, blocks).anchor if attribution.source else None
    cue = reanchor(attribution.cue, blocks).anchor if attribution.cue else None
    return replace(attribution, source=source, cue=cue, contents=_surviving(attribution.contents, blocks))


_MACHINE_LINKS = frozenset({LinkKind.REPORTS, LinkKind.REPORTED_BY, LinkKind.PART_OF})


def _with_links(claim: Claim, again: FoundClaim | None, ids: Mapping[str, str]) -> Claim:
    """Identity keys become claim ids. Links a person or the archive set are kept; the machine's own are read anew."""
    if again is None or not (claim.links or again.links):
        return claim
    kept = {link for link in claim.links if link.kind not in _MACHINE_LINKS or claim.origin is ClaimOrigin.STAFF}
    read = {ClaimLink(link.kind, ids[link.claim_id]) for link in again.links if link.claim_id in ids}
    links = tuple(sorted(kept | read))
    return claim if links == claim.links else replace(claim, links=links)


def _with_successors(claims: Sequence[Claim], known: ClaimSheet, blocks: Sequence[Block]) -> list[Claim]:
    """Claims that lost their words to a changed sentence become stale and name it; each new claim follows one only."""
    before = {claim.claim_id: claim.state for claim in known.claims}
    if not before:
        return list(claims)  # a first reading: nothing was lost
    newcomers = _Newcomers([claim for claim in claims if claim.claim_id not in before])
    out: list[Claim] = []
    for claim in claims:
        if claim.state is ClaimState.ORPHANED and before.get(claim.claim_id) is ClaimState.ACTIVE:
            follower = newcomers.take(claim)
            if follower is not None or _reworded(claim, blocks):
                reason, successor = "its words were changed", follower.claim_id if follower else ""
                claim = replace(claim, state=ClaimState.STALE, state_reason=reason, successor=successor)
        out.append(claim)
    return out


class _Newcomers:
    """New claims by their words, so that finding the one most like a lost claim costs no look at all the others."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._claims = claims
        self._words = [_words(claim.text) for claim in claims]
        self._by_word: dict[str, list[int]] = {}
        for at, words in enumerate(self._words):
            for word in words:
                self._by_word.setdefault(word, []).append(at)
        self._taken: set[int] = set()

    def take(self, lost: Claim) -> Claim | None:
        """The newcomer most like the lost claim, if any is like it at all; nobody gets it twice."""
        words = _words(lost.text)
        shared = Counter(at for word in words for at in self._by_word.get(word, ()) if at not in self._taken)
        likest = [
            (_dice(count, words, self._words[at]), -at)
            for at, count in shared.items()
            if self._claims[at].kind is lost.kind
        ]
        likeness, at = max(likest, default=(0.0, 0))
        if likeness < _SUCCESSOR:
            return None
        self._taken.add(-at)
        return self._claims[-at]


def _reworded(claim: Claim, blocks: Sequence[Block]) -> bool:
    """A sentence like it stands in the claim's own block, though no claim was found in it."""
    homes = {anchor.block_id for anchor in claim.anchors[:1]}
    home = next((block.text for block in blocks if block.block_id in homes), "")
    words = _words(claim.text)
    others = map(_words, _SENTENCE_END.split(home))
    return any(_dice(len(words & other), words, other) >= _SUCCESSOR for other in others)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(normalise(text).casefold()))


def _dice(shared: int, one: frozenset[str], other: frozenset[str]) -> float:
    """Share of the words that both have, 0 to 1."""
    return 2 * shared / max(1, len(one) + len(other))


def in_reading_order(claims: Iterable[Claim], blocks: Sequence[Block]) -> tuple[Claim, ...]:
    """Claims in the order of the text, those without a place after them."""
    return tuple(sorted(claims, key=_reading_order(blocks)))


def _reading_order(blocks: Sequence[Block]) -> Callable[[Claim], tuple[int, int, int, str]]:
    place = {block.block_id: index for index, block in enumerate(blocks)}

    def key(claim: Claim) -> tuple[int, int, int, str]:
        first = claim.anchors[0] if claim.anchors and claim.shown else None
        if first is None or first.block_id not in place:
            return len(place), 0, 0, claim.claim_id
        return place[first.block_id], first.start, -first.end, claim.claim_id

    return key
