"""Listen to the article: text in, recordings and sentence timings out. The voice runs in a process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from services.publish.engine.narration import NarratedBlock, length
from services.publish.engine.timings import Cue

PROCESS = "services.publish.engine.speak"
_POLITELY = (shutil.which("nice") or "", "-n", "10") if shutil.which("nice") else ()
_ROOT = Path(__file__).resolve().parents[3]
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "DYLD_LIBRARY_PATH", "LD_LIBRARY_PATH")

Reason = Literal["not_installed", "too_long", "no_text", "language", "took_too_long", "failed"]


@dataclass(frozen=True, slots=True)
class AudioLimits:
    """What one recording may cost. The defaults hold for a text of 100,000 characters on a slow core."""

    characters: int = 120_000
    seconds: float = 300
    memory_mb: int = 1536
    words_per_minute: int = 165


@dataclass(frozen=True, slots=True)
class Recording:
    """One article spoken: two encodings of the same samples, and when each sentence is said."""

    opus: bytes
    mp3: bytes
    cues: tuple[Cue, ...]
    duration_ms: int
    voice: str


@dataclass(frozen=True, slots=True)
class NoRecording:
    """Why there is none. `took_too_long` and `failed` may be tried again, the others stay as they are."""

    reason: Reason
    message: str

    @property
    def worth_another_try(self) -> bool:
        """Whether the same text could be recorded later."""
        return self.reason in ("took_too_long", "failed")


def audio_installed() -> bool:
    """Whether the optional `audio` extra is there."""
    return all(importlib.util.find_spec(name) is not None for name in ("espeakng_loader", "av"))


def recording_key(blocks: Sequence[NarratedBlock], language: str, limits: AudioLimits) -> str:
    """Identity of a recording: the same words, language and speed need not be spoken again.

    It is taken over what goes in, because the samples that come out differ slightly from one run to the next.
    """
    said = json.dumps([[one.block_id, one.text] for one in blocks], ensure_ascii=False)
    return hashlib.sha256(f"espeak-ng\n{language}\n{limits.words_per_minute}\n{said}".encode()).hexdigest()


async def record(
    blocks: Sequence[NarratedBlock], language: str = "en", limits: AudioLimits | None = None
) -> Recording | NoRecording:
    """Speak the blocks in order. Never raises for a text, a missing voice or a voice that crashed or hung."""
    limits = limits or AudioLimits()
    if not audio_installed():
        return NoRecording("not_installed", "audio is not available: the audio extra is not installed")
    if length(blocks) > limits.characters:
        return NoRecording("too_long", f"only texts of up to {limits.characters} characters are recorded")
    request = {
        "language": language or "en",
        "words_per_minute": limits.words_per_minute,
        "memory_mb": limits.memory_mb,
        "cpu_seconds": max(1, int(limits.seconds)),
        "blocks": [asdict(block) for block in blocks],
    }
    # Plain JSON escapes carry any string, lone surrogates included, so offsets stay those of the text.
    return await _run(json.dumps(request).encode(), limits.seconds)


async def _run(request: bytes, seconds: float) -> Recording | NoRecording:
    # The voice is in no hurry: checks and pages go first.
    process = await asyncio.create_subprocess_exec(
        *_POLITELY,
        sys.executable,
        "-m",
        PROCESS,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=_environment(os.environ),
    )
    try:
        answer, complaints = await asyncio.wait_for(process.communicate(request), seconds)
    except TimeoutError:
        return NoRecording("took_too_long", f"the voice did not finish within {seconds:g} seconds")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        return NoRecording("failed", f"the voice ended with status {process.returncode}: {_last_line(complaints)}")
    return _read(answer)


def _read(answer: bytes) -> Recording | NoRecording:
    line, _, body = answer.partition(b"\n")
    head: dict[str, Any] = json.loads(line)
    if "error" in head:
        return NoRecording(head["error"], str(head["message"]))
    opus, mp3 = int(head["opus"]), int(head["mp3"])
    if len(body) != opus + mp3:
        return NoRecording("failed", "the voice was cut off")
    return Recording(
        opus=body[:opus],
        mp3=body[opus:],
        cues=tuple(Cue(*cue) for cue in head["cues"]),
        duration_ms=int(head["duration_ms"]),
        voice=str(head["voice"]),
    )


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """What the voice may see: where programs and modules are, and none of the service's settings or secrets."""
    kept = {name: own[name] for name in _KEPT_VARIABLES if name in own}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), own.get("PYTHONPATH", ""))))}


def _last_line(complaints: bytes) -> str:
    lines = complaints.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no message"
