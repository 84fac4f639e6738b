"""The speaking process: `python -m services.publish.engine.speak`, a request on stdin, a recording on stdout.

stdin: one JSON object {language, words_per_minute, memory_mb, cpu_seconds, blocks: [{block_id, text}]}.
stdout: one line of JSON, then the bytes it announces. On success {cues, duration_ms, voice, opus, mp3} where the last
two are sizes; else {error, message} with a stable word: `language`, `no_text`, `failed`. The exit status is 0 whenever
the line of JSON is there.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

from services.publish.engine.encoding import MP3, OPUS, encode
from services.publish.engine.narration import NarratedBlock, NarratedSentence, cut
from services.publish.engine.timings import Cue
from services.publish.engine.voice import UnknownLanguage, Voice, VoiceFailed

PAUSE_MS = 220
PAUSE_AFTER_BLOCK_MS = 520


def speak(sentences: Iterable[NarratedSentence], voice: Voice) -> tuple[bytes, list[Cue]]:
    """Every sentence spoken by itself and joined with pauses.

    Start times are counted in samples, so they are exact whatever the voice does inside a sentence; a cue lasts until
    the next one begins, which keeps the highlight steady.
    """
    spoken = list(sentences)
    samples = bytearray()
    cues: list[Cue] = []
    for index, sentence in enumerate(spoken):
        begin = _milliseconds(samples, voice.sample_rate)
        samples += voice.say(sentence.spoken)
        following = spoken[index + 1].block_id if index + 1 < len(spoken) else ""
        samples += _silence(PAUSE_MS if following == sentence.block_id else PAUSE_AFTER_BLOCK_MS, voice.sample_rate)
        end = _milliseconds(samples, voice.sample_rate)
        cues.append(Cue(sentence.block_id, sentence.start, sentence.end, begin, end))
    return bytes(samples), cues


def answer(request: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """The line of JSON and the bytes after it."""
    sentences = cut(NarratedBlock(str(one["block_id"]), str(one["text"])) for one in request["blocks"])
    if not sentences:
        return {"error": "no_text", "message": "there is nothing to say"}, b""
    try:
        voice = Voice(str(request["language"]), int(request["words_per_minute"]))
        samples, cues = speak(sentences, voice)
    except UnknownLanguage as error:
        return {"error": "language", "message": f"no voice for {error}"}, b""
    except VoiceFailed as error:
        return {"error": "failed", "message": str(error)}, b""
    opus = encode(samples, voice.sample_rate, OPUS)
    mp3 = encode(samples, voice.sample_rate, MP3)
    head = {
        "cues": [[cue.block_id, cue.start, cue.end, cue.start_ms, cue.end_ms] for cue in cues],
        "duration_ms": _milliseconds(samples, voice.sample_rate),
        "voice": f"espeak-ng {voice.version} {voice.name}",
        "opus": len(opus),
        "mp3": len(mp3),
    }
    return head, opus + mp3


def limit(memory_mb: int, cpu_seconds: int) -> None:
    """Cap what this process may use. macOS does not enforce an address space limit, so only Linux sets one."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))


def main(source: BinaryIO, target: BinaryIO) -> None:
    """Answer one request."""
    request = json.loads(source.read())
    limit(int(request["memory_mb"]), int(request["cpu_seconds"]))
    head, body = answer(request)
    target.write(json.dumps(head).encode() + b"\n" + body)
    target.flush()


def _milliseconds(samples: bytes | bytearray, sample_rate: int) -> int:
    return round(len(samples) / 2 * 1000 / sample_rate)


def _silence(milliseconds: int, sample_rate: int) -> bytes:
    return bytes(2 * (sample_rate * milliseconds // 1000))


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
