"""Who says and hears what, topic by topic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor

from shared.directory import HEARS as DIRECTORY
from shared.hears import ANY_TYPE
from shared.kafka import TopicSettings, read_topics
from shared.service import Service


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its settings, what people need to know, and the event types each service says and hears.

    A service that listens to a topic in somebody else's shape hears every type of it: `ANY_TYPE`.
    """

    settings: TopicSettings
    about: str
    key: str
    said: dict[str, tuple[str, ...]]
    heard: dict[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def types(self) -> tuple[str, ...]:
        """Event types of the topic in order of appearance; empty for a topic in somebody else's shape."""
        every = (type_ for by in (self.said, self.heard) for types in by.values() for type_ in types)
        return tuple(dict.fromkeys(type_ for type_ in every if type_ != ANY_TYPE))


def topics_of(services: Sequence[Service], declared: Path) -> list[Topic]:
    """Every declared topic in the order of the file. Raises ValueError when a service names one that is not declared."""
    said = _gathered((topic, type_, service.name) for service in services for topic, type_ in service.says)
    heard = _gathered(
        (one.topic, one.type, service.name) for service in services for one in (*service.hears, *DIRECTORY)
    )
    settings = {topic.name: topic for topic in read_topics(declared)}
    if unknown := sorted((said.keys() | heard.keys()) - settings.keys()):
        raise ValueError(f"{declared.name} does not declare {', '.join(unknown)}")
    notes: dict[str, dict[str, Any]] = yaml.safe_load(declared.read_text(encoding="utf-8"))["topics"]
    return [
        Topic(one, notes[name]["about"], notes[name]["key"], said.get(name, {}), heard.get(name, {}))
        for name, one in settings.items()
    ]


def message_type(full_name: str) -> Descriptor:
    """The contract message of that name. Raises KeyError when there is none."""
    return descriptor_pool.Default().FindMessageTypeByName(full_name)


def _gathered(entries: Iterable[tuple[str, str, str]]) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for topic, type_, service in entries:
        by = found.setdefault(topic, {})
        by[service] = (*by.get(service, ()), type_)
    return found
