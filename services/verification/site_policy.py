"""Which policy holds for a site: what its people set, else the default under the site's own name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from services.verification.model import PolicySettings
from services.verification.store import policy, sources
from shared.directory import Directory
from shared.postgres import Sql


class SitePolicy:
    """Reads the policy of a site; who the site is comes from the directory."""

    def __init__(self, directory: Directory, now: Callable[[], datetime]) -> None:
        self._directory, self._now = directory, now

    async def of(self, sql: Sql, site_id: str) -> PolicySettings:
        """The latest version, with the sources nobody trusts, and the site's name and address where they are known."""
        settings = await policy.latest(sql, UUID(site_id)) or PolicySettings()
        distrusted = await sources.unreliable(sql, UUID(site_id), self._now())
        settings = replace(settings, distrusted_domains=distrusted)
        site = await self._directory.site(UUID(site_id))
        if site is None:
            return settings
        host = urlsplit(site.homepage).hostname or ""
        own = settings.own_domains | ({host} if host else frozenset())
        return replace(settings, site_name=site.name or settings.site_name, own_domains=own)
