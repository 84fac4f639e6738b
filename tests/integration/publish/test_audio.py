"""Listen to the article: the real voice in its own process, measured on what comes out."""

from __future__ import annotations

import importlib.util
import io

import av
import pytest
import pytest_asyncio

from services.publish.engine import audio
from services.publish.engine.audio import AudioLimits, NoRecording, Recording, record
from services.publish.engine.narration import NarratedBlock

DRIFT_MS = 20
BLOCKS = (
    NarratedBlock("title", "What the new hall gets right"),
    NarratedBlock("b1", "The ocean covers about 71 per cent of the surface. Dr. Holm said so on 3 May."),
    NarratedBlock("b2", "The wreck lies at 3,800 metres; see https://source.example/wreck for more."),
)


@pytest_asyncio.fixture(scope="module")
async def recording() -> Recording:
    made = await record(BLOCKS)
    assert isinstance(made, Recording), made
    return made


def decoded_ms(file: bytes) -> float:
    with av.open(io.BytesIO(file)) as container:
        frames = list(container.decode(audio=0))
    return float(1000 * sum(frame.samples for frame in frames) / frames[0].sample_rate)


async def test_every_sentence_has_its_exact_characters_and_the_cues_cover_the_whole_recording(
    recording: Recording,
) -> None:
    texts = {block.block_id: block.text for block in BLOCKS}
    assert [texts[cue.block_id][cue.start : cue.end] for cue in recording.cues] == [
        "What the new hall gets right",
        "The ocean covers about 71 per cent of the surface.",
        "Dr. Holm said so on 3 May.",
        "The wreck lies at 3,800 metres; see https://source.example/wreck for more.",
    ]
    assert recording.cues[0].start_ms == 0
    assert recording.cues[-1].end_ms == recording.duration_ms
    for cue, following in zip(recording.cues, recording.cues[1:], strict=False):
        assert cue.start_ms < cue.end_ms == following.start_ms


async def test_both_files_are_as_long_as_the_timings_say(recording: Recording) -> None:
    for file in (recording.opus, recording.mp3):
        assert abs(decoded_ms(file) - recording.duration_ms) <= DRIFT_MS


async def test_a_minute_of_opus_stays_under_200_kilobytes(recording: Recording) -> None:
    assert len(recording.opus) / 1000 / (recording.duration_ms / 60_000) <= 200


async def test_the_language_chooses_the_voice_and_an_unknown_one_is_said_to_be_unknown() -> None:
    german = await record([NarratedBlock("b", "Guten Tag.")], "de-AT")
    assert isinstance(german, Recording)
    assert german.voice.endswith(" de")
    refused = await record([NarratedBlock("b", "Hello.")], "xx-zz")
    assert isinstance(refused, NoRecording)
    assert (refused.reason, refused.worth_another_try) == ("language", False)


@pytest.mark.parametrize("text", ["", "  \n ", "* * *", "\x00\ud800"])
async def test_S7_a_text_without_words_is_no_recording(text: str) -> None:
    refused = await record([NarratedBlock("b", text)])
    assert isinstance(refused, NoRecording)
    assert refused.reason == "no_text"


async def test_S7_odd_characters_are_spoken_around_and_offsets_stay() -> None:
    text = "Bad \ud800 words \x00 here. And 👩‍🚒 more."
    made = await record([NarratedBlock("b", text)])
    assert isinstance(made, Recording)
    assert [text[cue.start : cue.end] for cue in made.cues] == ["Bad \ud800 words \x00 here.", "And 👩‍🚒 more."]


async def test_limits_end_in_a_reason_and_never_in_an_exception() -> None:
    long = await record(BLOCKS, limits=AudioLimits(characters=10))
    slow = await record(BLOCKS, limits=AudioLimits(seconds=0.01))
    assert isinstance(long, NoRecording)
    assert isinstance(slow, NoRecording)
    assert (long.reason, slow.reason) == ("too_long", "took_too_long")
    assert slow.worth_another_try


@pytest.mark.skipif("sys.platform != 'linux'", reason="only Linux enforces the memory limit")
async def test_a_voice_that_runs_out_of_memory_takes_nothing_with_it() -> None:
    broken = await record(BLOCKS, limits=AudioLimits(memory_mb=40))
    assert isinstance(broken, NoRecording)
    assert broken.reason == "failed"


async def test_without_the_audio_extra_the_answer_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    absent = await record(BLOCKS)
    assert isinstance(absent, NoRecording)
    assert absent.reason == "not_installed"
    assert "audio is not available" in absent.message


def test_the_voice_sees_no_setting_and_no_secret() -> None:
    seen = audio._environment({"PATH": "/bin", "PLUMBLINE_MASTER_KEY": "secret", "PGPASSWORD": "secret"})
    assert set(seen) == {"PATH", "PYTHONPATH"}


def test_the_same_words_have_one_key_and_other_words_another() -> None:
    limits = AudioLimits()
    key = audio.recording_key(BLOCKS, "en", limits)
    assert key == audio.recording_key(list(BLOCKS), "en", limits)
    assert key != audio.recording_key(BLOCKS[:2], "en", limits)
    assert key != audio.recording_key(BLOCKS, "de", limits)
