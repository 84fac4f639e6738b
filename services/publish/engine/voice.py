"""The espeak-ng library of the espeakng-loader wheel, by ctypes. Only ever loaded in the speaking process:

the library is GPL-3 and written in C, so both its licence and its crashes stay behind a process boundary.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import espeakng_loader

_RETRIEVAL = 1  # hand samples to the callback, play nothing
_UTF8 = 1
_RATE = 1  # espeakRATE, words per minute
_DONE = 0

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class VoiceFailed(RuntimeError):
    """espeak-ng could not start, or refused a text."""


class UnknownLanguage(ValueError):
    """There is no voice for this language."""


class Voice:
    """One voice at one speed. A process holds at most one: the library keeps its state in globals."""

    def __init__(self, language: str, words_per_minute: int) -> None:
        self._library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
        self._library.espeak_Info.restype = ctypes.c_char_p
        data = str(Path(espeakng_loader.get_data_path()).parent).encode()
        self.sample_rate = int(self._library.espeak_Initialize(_RETRIEVAL, 0, data, 0))
        if self.sample_rate <= 0:
            raise VoiceFailed("espeak-ng did not find its voices")
        self.name = self._choose(language)
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._heard = bytearray()
        # Kept on the object: the library holds a bare pointer to it.
        self._callback = _Callback(self._hear)
        self._library.espeak_SetSynthCallback(self._callback)

    @property
    def version(self) -> str:
        """Version of the library, part of a recording's identity."""
        return str(self._library.espeak_Info(None).decode())

    def say(self, words: str) -> bytes:
        """Samples of one sentence: signed 16 bit, one channel, at `sample_rate`."""
        self._heard.clear()
        # A NUL would end the C string early, a lone surrogate has no UTF-8: both become a space or a question mark.
        text = words.replace("\0", " ").encode("utf-8", "replace") + b"\0"
        if self._library.espeak_Synth(text, len(text), 0, 1, 0, _UTF8, None, None) != _DONE:
            raise VoiceFailed("espeak-ng refused a sentence")
        self._library.espeak_Synchronize()
        return bytes(self._heard)

    def _choose(self, language: str) -> str:
        wanted = language.lower()
        for name in dict.fromkeys((wanted, wanted.partition("-")[0])):
            if name and self._library.espeak_SetVoiceByName(name.encode()) == _DONE:
                return name
        raise UnknownLanguage(language)

    def _hear(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: int | None) -> int:
        if samples and count > 0:
            self._heard += ctypes.string_at(samples, count * 2)
        return 0
