"""Samples to files: Ogg/Opus and MP3 by the encoders inside PyAV. Only loaded in the speaking process."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction

import av

_SECONDS_AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class Format:
    """A container, its codec, and the bits and samples per second it is written with."""

    container: str
    codec: str
    bit_rate: int
    sample_rate: int
    options: tuple[tuple[str, str], ...] = ()


OPUS = Format("ogg", "libopus", 24_000, 24_000, (("application", "voip"), ("compression_level", "4")))
MP3 = Format("mp3", "libmp3lame", 48_000, 22_050)


def encode(samples: bytes, sample_rate: int, target: Format) -> bytes:
    """A complete file of the same length, one channel. `samples` are signed 16 bit at `sample_rate`."""
    out = io.BytesIO()
    with av.open(out, "w", format=target.container) as container:
        stream = container.add_stream(target.codec, rate=target.sample_rate, options=dict(target.options))
        stream.bit_rate = target.bit_rate
        stream.layout = "mono"
        resampler = av.AudioResampler(stream.format.name, "mono", target.sample_rate, frame_size=stream.frame_size or 0)
        step = 2 * sample_rate * _SECONDS_AT_ONCE
        for offset in range(0, len(samples), step):
            for piece in resampler.resample(_frame(samples[offset : offset + step], sample_rate, offset // 2)):
                container.mux(stream.encode(piece))
        for piece in resampler.resample(None):
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return out.getvalue()


def _frame(samples: bytes, sample_rate: int, position: int) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
    frame.sample_rate = sample_rate
    frame.pts = position
    frame.time_base = Fraction(1, sample_rate)
    # Planes are padded for alignment; only the front belongs to the samples.
    padded = samples + bytes(frame.planes[0].buffer_size - len(samples))
    frame.planes[0].update(padded)
    return frame
