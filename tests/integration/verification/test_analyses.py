"""The watched folder of analyses: what is read of each kind of file, when it is read again, and whose it is."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from services.verification.connectors.asking import Asking, Limits
from services.verification.connectors.port import Question
from services.verification.connectors.remembering import Asked
from services.verification.engine.page_numbers import page_of
from services.verification.fetcher import Fetcher
from services.verification.model import Evidence, EvidenceClass, Origin, StageStatus
from services.verification.sandbox import Sandbox
from shared.ids import DEFAULT_SITE
from shared.testing.patience import PATIENCE
from tests.builders.pdf import hostile, pdf
from tests.integration.verification.worlds import NOW, analyses

SITE, OTHER_SITE = str(DEFAULT_SITE), "0190a1b2-0000-7000-8000-00000000abcd"
CLAIM = "Rents in the harbour district rose by 12 percent last year."
WORDS = "Rents in the harbour district rose by 3 percent last year."
MARKDOWN = f"---\ntitle: Rents in the harbour\nauthor: Ada Keller\ndate: 2026-03-02\n---\n\n# Rents\n\n**{WORDS}**\n"
HTML = (
    '<html><head><title>Rents</title><meta name="author" content="Bo Lind">'
    '<meta property="article:published_time" content="2026-03-03T10:00:00+01:00"></head>'
    f"<body><article><p>{WORDS}</p><p>{'The survey asked every tenant. ' * 10}</p></article></body></html>"
)


@pytest_asyncio.fixture
async def door(sandbox: Sandbox) -> AsyncIterator[Fetcher]:
    fetcher = Fetcher(sandbox)
    yield fetcher
    await fetcher.close()


class Desk:
    """A folder, and what it answers to one claim."""

    def __init__(self, folder: Path, door: Fetcher) -> None:
        self.folder = folder
        self.asking = Asking(analyses(folder), door, Limits(seconds=PATIENCE, remember_seconds=0.0, failures=99))

    def write(self, name: str, body: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        return path

    async def ask(self, site: str = SITE) -> Asked:
        return await self.asking.ask(Question(site, CLAIM))

    async def one(self) -> Evidence:
        (held,) = (await self.ask()).documents
        return held


@pytest.fixture
def desk(tmp_path: Path, door: Fetcher) -> Desk:
    return Desk(tmp_path, door)


async def test_markdown_gives_author_and_date_from_its_front_matter(desk: Desk) -> None:
    desk.write("rents.md", MARKDOWN)
    held = await desk.one()
    assert (held.title, held.publisher, held.published_at) == (
        "Rents in the harbour", "Ada Keller", datetime(2026, 3, 2, tzinfo=UTC),
    )  # fmt: skip
    assert (held.published_at_source, held.fetched_at) == ("markup", NOW)
    assert held.text == f"Rents\n\n{WORDS}"


async def test_html_gives_author_and_date_from_its_meta(desk: Desk) -> None:
    desk.write("rents.html", HTML)
    held = await desk.one()
    assert (held.title, held.publisher) == ("Rents", "Bo Lind")
    assert held.published_at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert WORDS in held.text


async def test_pdf_gives_its_pages_and_author(desk: Desk) -> None:
    desk.write("rents.pdf", pdf(["Cover", WORDS], title="Rents in 2025", author="Cy Young", published="2026-03-04"))
    held = await desk.one()
    assert (held.title, held.publisher, held.published_at) == (
        "Rents in 2025", "Cy Young", datetime(2026, 3, 4, tzinfo=UTC),
    )  # fmt: skip
    assert page_of(held.text, held.text.index(WORDS)) == 2


async def test_J5_every_one_is_newsroom_analysis(desk: Desk) -> None:
    for name, body in (("a.md", MARKDOWN), ("b.html", HTML), ("c.pdf", pdf([WORDS])), ("d.txt", WORDS)):
        desk.write(name, body)
    held = (await desk.ask()).documents
    assert len(held) == 3  # the leads of one claim
    assert {(each.evidence_class, each.origin) for each in held} == {(EvidenceClass.NEWSROOM_ANALYSIS, Origin.ANALYSIS)}


async def test_a_file_is_read_again_when_it_changes_and_forgotten_when_it_goes(desk: Desk) -> None:
    path = desk.write("rents.md", MARKDOWN)
    first = await desk.one()
    assert await desk.one() == first
    path.write_text(MARKDOWN.replace("3 percent", "4 percent"))
    second = await desk.one()
    assert "4 percent" in second.text
    assert second.evidence_id != first.evidence_id  # what was quoted before stays what it was
    path.unlink()
    assert (await desk.ask()).lookup.status is StageStatus.NOTHING


async def test_S8_a_site_sees_its_own_folder_alone(desk: Desk) -> None:
    desk.write("ours.md", MARKDOWN)
    desk.write(f"{OTHER_SITE}/theirs.md", MARKDOWN.replace("Ada Keller", "Di Ito"))
    assert (await desk.one()).publisher == "Ada Keller"
    (theirs,) = (await desk.ask(str(UUID(OTHER_SITE)))).documents
    assert theirs.publisher == "Di Ito"


async def test_links_hidden_files_and_other_kinds_are_passed_over(
    desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("outside") / "secret.md"
    secret.write_text(MARKDOWN)
    os.symlink(secret, desk.folder / "link.md")
    os.symlink(secret.parent, desk.folder / "linked")
    os.mkfifo(desk.folder / "pipe.md")
    desk.write(".hidden.md", MARKDOWN)
    desk.write("rents.docx", MARKDOWN)
    assert (await desk.ask()).lookup.status is StageStatus.NOTHING


async def test_J3_a_file_that_cannot_be_read_is_a_failure_unless_others_answer(desk: Desk) -> None:
    desk.write("bad.pdf", hostile()["garbage"])
    asked = await desk.ask()
    assert (asked.lookup.status, asked.documents) == (StageStatus.FAILED, ())
    assert "bad.pdf" in asked.lookup.detail
    desk.write("rents.md", MARKDOWN)
    assert (await desk.one()).publisher == "Ada Keller"


async def test_J3_a_folder_that_is_not_there_is_a_failure(tmp_path: Path, door: Fetcher) -> None:
    asked = await Desk(tmp_path / "nowhere", door).ask()
    assert asked.lookup.status is StageStatus.FAILED
