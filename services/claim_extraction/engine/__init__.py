"""Finding claims: pure functions over text and pinned weights."""

from __future__ import annotations

from services.claim_extraction.engine.extractor import Extractor
from services.claim_extraction.engine.training import build_check_worthiness
from services.claim_extraction.engine.worthiness import CheckWorthinessModel, Embedder, WeightsDamaged

__all__ = ["CheckWorthinessModel", "Embedder", "Extractor", "WeightsDamaged", "build_check_worthiness"]
