"""How verification is configured."""

from __future__ import annotations

from pydantic import Field

from services.verification.connectors.choosing import ConnectorSettings
from services.verification.plugins.choosing import PluginSettings


class Settings(PluginSettings, ConnectorSettings):
    """How verification looks for evidence."""

    fetch_allow: tuple[str, ...] = Field(
        default=(),
        description='Exceptions for the fetcher: ["ADDRESS:PORT"] inside the network, or ["*:PORT"] on the web.',
    )
    fetch_pages: int = Field(default=40, description="Most pages one round of checks fetches.")
    fetch_seconds: float = Field(default=30.0, description="Seconds one round of checks waits for pages.")
    fresh_hours: float = Field(default=6.0, description="Hours a fetched page is used again without asking.")
    claim_seconds: float = Field(default=20.0, description="Seconds the comparison of one claim may take.")
    read_agreement: bool = Field(
        default=False, description="Whether passages that say what a claim says are pointed out; about 1 ms a text."
    )
    checks_at_once: int = Field(default=2, description="Rounds of checks that run at once.")
