"""Which connectors an operator switched on: each is off until its address or key is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.verification.connectors import gdelt, google_fact_check, statistics, web_search, wikidata
from services.verification.connectors.analyses import Analyses
from services.verification.connectors.asking import Asking, Door, Limits, Sources
from services.verification.connectors.feeds import Feeds
from services.verification.connectors.port import Connector
from services.verification.connectors.remembering import Memory
from services.verification.connectors.wikipedia import Wikipedia
from services.verification.model import Lookup, StageStatus
from services.verification.spending import Purse
from shared.ids import DEFAULT_SITE
from shared.settings import FromEnvironment
from shared.telemetry.metrics import Metrics
from shared.telemetry.names import LOOKUPS


class ConnectorSettings(FromEnvironment):
    """Where to look for evidence, and how much that may cost."""

    model_config = SettingsConfigDict(env_prefix="PLUMBLINE_VERIFICATION_", frozen=True, extra="ignore")

    analyses_folder: Path | None = Field(default=None, description="Folder of the newsroom's own analyses.")
    feeds: tuple[str, ...] = Field(default=(), description='RSS and Atom feeds, as ["https://...", ...].')
    google_fact_check_key: SecretStr = Field(default=SecretStr(""), description="Key of Google Fact Check Tools.")
    google_fact_check_url: str = google_fact_check.URL
    wikipedia_url: str = Field(default="", description="A Wikipedia, as https://en.wikipedia.org.")
    wikidata_url: str = Field(default="", description="Wikidata, as https://www.wikidata.org.")
    gdelt_url: str = Field(default="", description=f"GDELT DOC 2.0, as {gdelt.URL}.")
    searxng_url: str = Field(default="", description="A SearXNG with JSON switched on.")
    brave_key: SecretStr = Field(default=SecretStr(""), description="Key of Brave Search.")
    brave_url: str = web_search.BRAVE_URL
    brave_price: int = Field(
        default=5_000, ge=0, description="Millionths of the currency one request costs; it counts for the day's budget."
    )
    statistics_url: str = Field(default="", description=f"Statistics of the World Bank's shape, as {statistics.URL}.")
    statistics_publisher: str = Field(default="World Bank", description="Who publishes those statistics.")
    provider_allow: tuple[str, ...] = Field(
        default=(), description='Providers inside the network, as ["ADDRESS:PORT"]; pages are never fetched there.'
    )
    connector_seconds: float = Field(default=8.0, description="Seconds one question to a connector may take.")
    connector_requests: int = Field(default=4, description="Requests one connector may send for one claim.")
    connector_leads: int = Field(default=3, description="Pages one connector may name for one claim.")
    connector_at_once: int = Field(default=2, description="Questions one connector is asked at once.")
    connector_remember_seconds: float = Field(default=900.0, description="Seconds an answer is used again.")
    round_seconds: float = Field(default=20.0, description="Seconds one round of checks waits for all connectors.")
    ask_about_drafts: bool = Field(default=False, description="Tell outside providers about what is not published.")


NAMES = (
    "analyses", "feeds", "google_fact_check", "statistics", "wikidata", "wikipedia", "gdelt", "searxng", "brave",
)  # fmt: skip


def counted(metrics: Metrics) -> Callable[[Lookup], None]:
    """Counts every answer; each count stands at zero from the start, so that a rate can be taken of the first."""
    for name in NAMES:
        for status in StageStatus:
            metrics.add(LOOKUPS, 0, connector=name, answer=status.value)
    return lambda lookup: metrics.add(LOOKUPS, connector=lookup.connector, answer=lookup.status.value)


def connectors(settings: ConnectorSettings, now: Callable[[], datetime]) -> list[Connector]:
    """The connectors that are switched on, the newsroom's own first."""
    chosen: list[Connector | None] = [
        Analyses(settings.analyses_folder, DEFAULT_SITE, now) if settings.analyses_folder else None,
        Feeds(settings.feeds) if settings.feeds else None,
        google_fact_check.GoogleFactCheck(settings.google_fact_check_key, settings.google_fact_check_url)
        if settings.google_fact_check_key.get_secret_value()
        else None,
        statistics.Statistics(now, settings.statistics_url, settings.statistics_publisher)
        if settings.statistics_url
        else None,
        wikidata.Wikidata(now, settings.wikidata_url) if settings.wikidata_url else None,
        Wikipedia(settings.wikipedia_url) if settings.wikipedia_url else None,
        gdelt.Gdelt(settings.gdelt_url) if settings.gdelt_url else None,
        web_search.SearxNG(settings.searxng_url) if settings.searxng_url else None,
        web_search.Brave(settings.brave_key, settings.brave_url) if settings.brave_key.get_secret_value() else None,
    ]
    return [each for each in chosen if each is not None]


def sources(
    settings: ConnectorSettings,
    door: Door,
    now: Callable[[], datetime],
    count: Callable[[Lookup], None],
    memory: Memory | None = None,
    purse: Purse | None = None,
) -> Sources:
    """The chosen connectors, each behind its limits."""
    limits = Limits(
        seconds=settings.connector_seconds,
        requests=settings.connector_requests,
        leads=settings.connector_leads,
        at_once=settings.connector_at_once,
        remember_seconds=settings.connector_remember_seconds,
    )
    every_feed = replace(limits, requests=max(limits.requests, len(settings.feeds)))
    asking = [
        Asking(
            each,
            door,
            every_feed if isinstance(each, Feeds) else limits,
            drafts=settings.ask_about_drafts,
            memory=memory,
            price=settings.brave_price if isinstance(each, web_search.Brave) else 0,
            purse=purse,
        )
        for each in connectors(settings, now)
    ]
    return Sources(asking, round_seconds=settings.round_seconds, count=count)
