"""What goes wrong inside handlers: slowness, a world that is not ready, bugs that pass and bugs that stay."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from shared.consumer import TRIES
from shared.errors import Transient
from shared.events import Version


class Bug(Exception):
    """A handler's own mistake."""


@dataclass(slots=True)
class Disturbance:
    """Called by handlers. `cursed` (service, subject, counter) fail every time; all of it ends with `active`."""

    random: Random
    slow: float = 0.0
    bugs: float = 0.0
    away: bool = False
    active: bool = True
    cursed: set[tuple[str, str, int]] = field(default_factory=set)
    _failed: Counter[tuple[str, str, Version]] = field(default_factory=Counter)

    async def __call__(self, service: str, subject: str, version: Version) -> None:
        if not self.active:
            return
        if self.random.random() < self.slow:
            await asyncio.sleep(self.random.choice((0.02, 0.2, 1.0, 8.0)))
        if self.away:
            raise Transient("the world is away")
        if (service, subject, version.counter) in self.cursed:
            raise Bug("always")
        if self.random.random() < self.bugs and self._failed[service, subject, version] < TRIES - 1:
            self._failed[service, subject, version] += 1
            raise Bug("now and then")
