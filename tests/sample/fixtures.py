"""pytest plug-in: a newsroom of small services for one test."""

from __future__ import annotations

import uuid

import pytest

from tests.sample.newsroom import Newsroom


@pytest.fixture
def newsroom() -> Newsroom:
    """Topics, groups and databases no other test uses."""
    return Newsroom(f"n{uuid.uuid4().hex[:10]}")
