"""A watched folder of analyses the newsroom's people wrote: Markdown, HTML and PDF, with their author and date.

Files at the top belong to the site of the folder; a folder named by a site's id holds that site's. A file is read again
when it changes. They are newsroom analysis: citable and labelled, and never the sole ground of a refutation.
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from services.verification.connectors.documents import document
from services.verification.connectors.port import Answer, AskFailed, Provider, Question
from services.verification.connectors.reply import words
from services.verification.engine.search_words import nearest
from services.verification.model import Evidence, EvidenceClass, Origin

KINDS = {
    ".md": "text/markdown", ".markdown": "text/markdown", ".html": "text/html", ".htm": "text/html",
    ".pdf": "application/pdf", ".txt": "text/plain",
}  # fmt: skip
LARGEST = 5_000_000
MOST_FILES = 5_000
MOST = 3
FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.{0,8000}?)\r?\n(?:---|\.\.\.)[ \t]*\r?\n", re.DOTALL)
MARKUP = (
    (re.compile(r"^```.*?^```[ \t]*$", re.DOTALL | re.MULTILINE), ""),
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)"), ""),
    (re.compile(r"\[([^\]\n]+)\]\([^)\n]*\)"), r"\1"),
    (re.compile(r"^[ ]{0,3}(?:#{1,6}|>|[-*+]|\d+\.)[ \t]+", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+)(?<=\S)\*(?![\w*])"), r"\1"),
)


@dataclass(frozen=True, slots=True)
class _File:
    """A file as it was when it was read, and whose it is. `problem` stands where no analysis could be made of it."""

    stamp: tuple[int, int, int]
    site_id: str
    evidence: Evidence | None = None
    problem: str = ""


class Analyses:
    """The analyses of one folder, held in memory as they stand."""

    name, outside = "analyses", False

    def __init__(self, folder: Path, site_id: UUID, now: Callable[[], datetime]) -> None:
        self._folder, self._site, self._now = folder, site_id, now
        self._files: dict[Path, _File] = {}
        self._reading = asyncio.Lock()

    async def ask(self, question: Question, provider: Provider) -> Answer:
        """Fails when the folder cannot be read, or when a file cannot and no other bears on the claim."""
        async with self._reading:
            await self._bring_up(provider)
        own = [file for file in self._files.values() if file.site_id == question.site_id]
        evidence = [file.evidence for file in own if file.evidence is not None]
        problems = sorted({file.problem for file in own if file.problem})
        chosen = nearest(question.text, [f"{each.title} {each.text}" for each in evidence], MOST)
        if problems and not chosen:
            raise AskFailed("; ".join(problems[:3]))
        return Answer(documents=tuple(evidence[n] for n in chosen), detail=f"{len(evidence)} analyses")

    async def _bring_up(self, provider: Provider) -> None:
        """Read what is new or changed, forget what is gone."""
        try:
            found = await asyncio.to_thread(lambda: dict(_walk(self._folder, str(self._site))))
        except OSError as error:
            raise AskFailed(f"the folder of analyses cannot be read ({type(error).__name__})") from error
        self._files = {path: file for path, file in self._files.items() if path in found}
        for path, (stamp, site_id) in found.items():
            held = self._files.get(path)
            if held is None or held.stamp != stamp:
                self._files[path] = await self._read(path, stamp, site_id, provider)

    async def _read(self, path: Path, stamp: tuple[int, int, int], site_id: str, provider: Provider) -> _File:
        try:
            body = await asyncio.to_thread(_contents, path)
            front, text, title, author, at = await self._said(path, body, provider)
        except (OSError, AskFailed) as error:
            return _File(stamp, site_id, problem=f"{path.name} cannot be read ({error})")
        if not text.strip():
            return _File(stamp, site_id, problem=f"{path.name} holds no words")
        url = words(front.get("url"))
        evidence = document(
            site_id,
            url if url.startswith("http") else f"analysis:{path.relative_to(self._folder).as_posix()}",
            text,
            title=words(front.get("title")) or title or path.stem,
            publisher=words(front.get("author")) or author or "the newsroom",
            fetched_at=self._now(),
            published_at=_moment(front.get("date")) or at,
            published_at_source="markup",
            evidence_class=EvidenceClass.NEWSROOM_ANALYSIS,
            origin=Origin.ANALYSIS,
        )
        return _File(stamp, site_id, evidence)

    async def _said(
        self, path: Path, body: bytes, provider: Provider
    ) -> tuple[dict[str, Any], str, str, str, datetime | None]:
        """(front matter, text, title, author, date) of a file, parsed in the confined process."""
        kind = KINDS[path.suffix.lower()]
        front: dict[str, Any] = {}
        if kind == "text/markdown":
            front, source = _front_matter(body.decode("utf-8", "replace"))
            body, kind = _without_markup(source).encode(), "text/plain"
        read = await provider.read(body, url="", content_type=kind, charset="utf-8" if kind == "text/plain" else "")
        return front, read.text, read.title or _heading(read.text, path), read.author, read.published_at


def _walk(folder: Path, site_id: str) -> Iterator[tuple[Path, tuple[tuple[int, int, int], str]]]:
    """Every readable file with its stamp and its site; hidden files and links are passed over."""
    count = 0
    for here, folders, files in os.walk(folder, onerror=_raise, followlinks=False):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        top = Path(here).relative_to(folder).parts[:1]
        owner = _site(top[0]) if top else ""
        for name in sorted(files):
            path = Path(here) / name
            if name.startswith(".") or path.suffix.lower() not in KINDS:
                continue
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode):
                continue
            count += 1
            if count > MOST_FILES:
                return
            yield path, ((found.st_mtime_ns, found.st_size, found.st_ino), owner or site_id)


def _raise(error: OSError) -> None:
    raise error


def _site(name: str) -> str:
    try:
        return str(UUID(name))
    except ValueError:
        return ""


def _contents(path: Path) -> bytes:
    with path.open("rb") as file:
        body = file.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise OSError(f"more than {LARGEST // 1_000_000} MB")
    return body


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    """What stands between the first two rules, and the rest. Front matter that is no mapping says nothing."""
    found = FRONT.match(text)
    if found is None:
        return {}, text
    try:
        said = yaml.load(found[1], Loader=_Plain)  # noqa: S506 - a safe loader, made stricter
    except yaml.YAMLError:
        said = None
    return (said if isinstance(said, dict) else {}), text[found.end() :]


class _Plain(yaml.SafeLoader):
    """Without aliases, so that a small file cannot become a large value."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("an alias")
        return super().compose_node(parent, index)


def _without_markup(source: str) -> str:
    for pattern, instead in MARKUP:
        source = pattern.sub(instead, source)
    return source


def _heading(text: str, path: Path) -> str:
    return words(text.split("\n", 1)[0]) if path.suffix.lower() != ".pdf" else ""


def _moment(value: Any) -> datetime | None:
    """The date of front matter: YAML's own kinds, or ISO 8601."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None
