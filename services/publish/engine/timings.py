"""When each sentence is spoken, as WebVTT metadata cues that carry W3C Web Annotation selectors."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cue:
    """The characters start..end (code points) of a block's text are spoken from start_ms to end_ms."""

    block_id: str
    start: int
    end: int
    start_ms: int
    end_ms: int


def to_webvtt(cues: Iterable[Cue]) -> str:
    """A metadata track: every cue's payload is JSON naming the block and, refined by position, its sentence."""
    lines = ["WEBVTT", ""]
    for number, cue in enumerate(cues, start=1):
        selector = {
            "type": "FragmentSelector",
            "value": cue.block_id,
            "refinedBy": {"type": "TextPositionSelector", "start": cue.start, "end": cue.end},
        }
        # A payload must not hold the arrow that ends it, so no ">" is written as it is.
        payload = json.dumps({"selector": selector}, separators=(",", ":")).replace(">", "\\u003e")
        lines += [f"s{number}", f"{_stamp(cue.start_ms)} --> {_stamp(cue.end_ms)}", payload, ""]
    return "\n".join(lines)


def _stamp(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{rest:03}"
