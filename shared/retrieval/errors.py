"""What can go wrong with a retrieval part before it has found anything."""

from __future__ import annotations


class EncoderUnavailable(RuntimeError):
    """The encoder's weights or its built files are missing."""


class EncoderDamaged(RuntimeError):
    """A built encoder file does not match its manifest, or the built graph drifts too far from the original."""
