"""PDF documents: read page by page in the confined process; hostile ones cost their limit and nothing else."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import psutil
import pytest

from services.verification.engine.page_numbers import page_of
from services.verification.fetcher import Fetcher
from services.verification.page_reader import CPU_SECONDS, MEMORY_BYTES
from services.verification.sandbox import FetchFailed, Sandbox
from tests.builders.pdf import hostile, pdf
from tests.integration.verification.listener import Listener

PDF = "application/pdf"
REPORT = pdf(
    ["Housing report 2026\nSummary of findings.", "Rents rose by 3 percent last year.", "Thanks to (all) readers \\ helpers."],
    title="Housing report",
    author="Statistics Office",
    made="20260401120000Z",
)  # fmt: skip
HOSTILE = hostile()


async def test_a_report_is_read_with_its_pages(let_in: Fetcher, listener: Listener) -> None:
    _, page = await let_in.page(listener.sends("/report.pdf", REPORT, PDF))
    assert (page.title, page.author) == ("Housing report", "Statistics Office")
    assert page.text.splitlines()[0] == "Housing report 2026"
    words = "Rents rose by 3 percent last year."
    assert page_of(page.text, page.text.index(words)) == 2
    assert page_of(page.text, page.text.index("Thanks to (all) readers \\ helpers.")) == 3


async def test_when_a_file_was_made_is_not_when_it_was_published(let_in: Fetcher, listener: Listener) -> None:
    _, made = await let_in.page(listener.sends("/made.pdf", REPORT, PDF))
    assert (made.published_at, made.published_at_source) == (None, "")
    body = pdf(["Rents rose."], published="2026-04-02T08:00:00Z", made="20200101000000Z")
    _, said = await let_in.page(listener.sends("/said.pdf", body, PDF))
    assert (said.published_at, said.published_at_source) == (datetime(2026, 4, 2, 8, tzinfo=UTC), "markup")


async def test_lines_broken_inside_a_sentence_are_mended(let_in: Fetcher, listener: Listener) -> None:
    body = pdf(["The number of house-\nholds that rent rose by 3 percent\nlast year. The office\nsaid so."])
    _, page = await let_in.page(listener.sends("/broken.pdf", body, PDF))
    assert "The number of households that rent rose by 3 percent last year. The office said so." in page.text


@pytest.mark.parametrize("name", HOSTILE)
async def test_S3_a_hostile_document_costs_its_limit_and_hurts_no_later_one(
    let_in: Fetcher, listener: Listener, sandbox: Sandbox, name: str
) -> None:
    await let_in.page(listener.url("/before"))
    assert sandbox._process is not None
    reader = psutil.Process(sandbox._process.pid)
    spent, held = sum(reader.cpu_times()[:2]), reader.memory_info().vms
    with contextlib.suppress(FetchFailed):  # refused, or read as far as the limit goes: both are fine
        await let_in.page(listener.sends("/hostile.pdf", HOSTILE[name], PDF))
    with contextlib.suppress(psutil.NoSuchProcess):  # it may have been ended for what it cost
        assert sum(reader.cpu_times()[:2]) - spent <= CPU_SECONDS + 1.5
        assert reader.memory_info().vms - held <= MEMORY_BYTES
    assert (await let_in.page(listener.url("/after")))[1].title == "Quiet page"
    assert "Rents rose" in (await let_in.page(listener.sends("/honest.pdf", REPORT, PDF)))[1].text
