"""Text to sentences to cues: exact characters, nothing unspeakable, and a track a browser can read."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from services.publish.engine.narration import NarratedBlock, cut, narration, speakable
from services.publish.engine.timings import Cue, to_webvtt


def test_sentences_know_their_characters_and_abbreviations_do_not_cut_them() -> None:
    text = "Dr. Holm came from the U.S. on 3 May. “It cost 5.2 million,” she said."
    sentences = cut([NarratedBlock("b1", text)])
    assert [text[one.start : one.end] for one in sentences] == [
        "Dr. Holm came from the U.S. on 3 May.",
        "“It cost 5.2 million,” she said.",
    ]


@given(st.lists(st.text(max_size=120), max_size=4))
def test_sentences_never_overlap_and_never_start_or_end_in_space(texts: list[str]) -> None:
    blocks = [NarratedBlock(f"b{number}", text) for number, text in enumerate(texts)]
    by_id = {block.block_id: block.text for block in blocks}
    before = ("", 0)
    for one in cut(blocks):
        words = by_id[one.block_id][one.start : one.end]
        assert words == words.strip() != ""
        assert one.block_id != before[0] or one.start >= before[1]
        before = (one.block_id, one.end)


def test_headline_and_standfirst_are_read_first_and_empty_ones_left_out() -> None:
    blocks = narration("Title", "", [NarratedBlock("b1", "Text.")])
    assert [block.block_id for block in blocks] == ["title", "b1"]


def test_addresses_are_not_spelled_out() -> None:
    assert speakable("See https://example.org/a?b=c for  more") == "See web address for more"


def test_ornaments_are_not_spoken() -> None:
    assert cut([NarratedBlock("b1", "* * *"), NarratedBlock("b2", "…")]) == ()


def test_a_track_carries_selectors_and_no_payload_can_end_its_cue() -> None:
    track = to_webvtt([Cue("b-->1", 3, 40, 0, 1500), Cue("b2", 0, 9, 3_661_250, 3_662_000)])
    parts = track.split("\n\n")
    assert parts[0] == "WEBVTT"
    assert parts[1].splitlines()[1] == "00:00:00.000 --> 00:00:01.500"
    assert parts[2].splitlines()[1] == "01:01:01.250 --> 01:01:02.000"
    payload = parts[1].splitlines()[2]
    assert "-->" not in payload
    selector = json.loads(payload)["selector"]
    assert selector["value"] == "b-->1"
    assert selector["refinedBy"] == {"type": "TextPositionSelector", "start": 3, "end": 40}
