from __future__ import annotations

import pytest

from services.claim_extraction.engine import Extractor


@pytest.fixture(scope="session")
def extractor() -> Extractor:
    """The shipped weights and the parser, without an encoder: loaded once for all tests here."""
    return Extractor.load()
