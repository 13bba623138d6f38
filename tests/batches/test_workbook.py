"""The results of a job as an Excel workbook, read with openpyxl."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import openpyxl
import pytest
from asgiref.sync import async_to_sync

from batches.formats.exports import COLUMNS, workbook
from batches.models import BatchJob
from batches.worker.job_slice import advance
from generation.engine.scripted import ScriptedDecoder
from tests.batches.factories import MakeJob

pytestmark = pytest.mark.django_db(transaction=True)


def read(job: BatchJob) -> list[dict[str, object]]:
    async def collect() -> bytes:
        parts: AsyncIterator[bytes] = workbook(job)
        return b"".join([part async for part in parts])

    book = openpyxl.load_workbook(io.BytesIO(async_to_sync(collect)()))
    head, *rows = book["Results"].iter_rows()
    assert tuple(cell.value for cell in head) == COLUMNS
    assert all(cell.data_type != "f" for row in rows for cell in row)
    return [{name: cell.value for name, cell in zip(COLUMNS, row, strict=True)} for row in rows]


def test_each_item_is_a_row_with_its_answer(make_job: MakeJob, scripted: ScriptedDecoder) -> None:
    job = make_job(3, prompts=["A dog", "=SUM(1)", "bell\x07" + "x" * 40_000])
    advance()
    rows = read(job)
    results = {item.index: item.result for item in job.items.select_related("result")}
    assert [row["index"] for row in rows] == [0, 1, 2]
    assert [row["text"] for row in rows] == [results[index].text for index in range(3)]
    assert [row["seed"] for row in rows] == [str(results[index].seed) for index in range(3)]
    assert rows[1]["prompt"] == "=SUM(1)"
    assert str(rows[2]["prompt"]).startswith("bell\ufffdxx")
    assert len(str(rows[2]["prompt"])) == 32_767


def test_a_job_without_outcomes_is_a_sheet_with_a_heading(make_job: MakeJob) -> None:
    assert read(make_job(2)) == []
