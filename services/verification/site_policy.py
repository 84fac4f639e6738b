"""Which policy holds for a site: what its people set, else the default under the site's own name."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit
from uuid import UUID

from services.verification.model import PolicySettings
from services.verification.store import policy
from shared.directory import Directory
from shared.postgres import Sql


class SitePolicy:
    """Reads the policy of a site; who the site is comes from the directory."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def of(self, sql: Sql, site_id: str) -> PolicySettings:
        """The latest version, with the site's name and its own address where they are known."""
        settings = await policy.latest(sql, UUID(site_id)) or PolicySettings()
        site = await self._directory.site(UUID(site_id))
        if site is None:
            return settings
        host = urlsplit(site.homepage).hostname or ""
        own = settings.own_domains | ({host} if host else frozenset())
        return replace(settings, site_name=site.name or settings.site_name, own_domains=own)
