"""A job's results as files: the prototype's JSON list, OpenAI's JSON lines, CSV for spreadsheets.

All are async generators, because Django reads a sync one to its end before it sends the first
byte, and none holds more than a chunk of the results in memory.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from batches.formats.results import openai_line, result_body
from batches.models import BatchItem, BatchJob

CHUNK = 500
COLUMNS = (
    "index",
    "custom_id",
    "status",
    "prompt",
    "text",
    "finish_reason",
    "prompt_tokens",
    "completion_tokens",
    "words",
    "out_of_list",
    "seed",
    "error",
)
# A cell that begins so is a formula to a spreadsheet, which may send data away.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"  # without it Excel takes UTF-8 for something else


async def items_of(job: BatchJob) -> AsyncIterator[BatchItem]:
    """Yield the items that have their outcome, in input order.

    By key and not by a cursor: a slow download would hold the database's snapshot, or a whole
    copy of the results on the server, until its end.
    """
    items = (
        BatchItem.objects.filter(job=job)
        .exclude(status=BatchItem.Status.PENDING)
        .select_related("result", "revision__wordlist")
        .defer("revision__text")
        .order_by("index")
    )
    last = -1
    while chunk := [item async for item in items.filter(index__gt=last)[:CHUNK]]:
        for item in chunk:
            yield item
        last = chunk[-1].index


async def json_list(job: BatchJob) -> AsyncIterator[str]:
    before = "["
    async for item in items_of(job):
        yield before + _dump(result_body(job, item))
        before = ",\n"
    yield "]\n" if before != "[" else "[]\n"


async def json_lines(job: BatchJob) -> AsyncIterator[str]:
    async for item in items_of(job):
        yield _dump(openai_line(job, item)) + "\n"


async def csv_rows(job: BatchJob) -> AsyncIterator[str]:
    yield BYTE_ORDER_MARK + csv_line(COLUMNS)
    async for item in items_of(job):
        yield csv_line(_cells(item))


def csv_line(cells: tuple[Any, ...]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([defused(cell) for cell in cells])
    return line.getvalue()


def defused(cell: Any) -> Any:
    """Return the cell so that no spreadsheet takes it for a formula. Numbers are none."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def _cells(item: BatchItem) -> tuple[Any, ...]:
    prompt = item.messages[-1]["content"] if item.messages else ""
    head = (item.index, item.custom_id, item.status, prompt)
    if item.status != BatchItem.Status.SUCCEEDED:
        return (*head, "", "", "", "", "", "", "", item.error)
    result = item.result
    report = result.vocab_report or {}
    return (
        *head,
        result.text,
        result.finish_reason,
        result.prompt_tokens,
        result.completion_tokens,
        report.get("words", ""),
        " ".join(report.get("out_of_list", [])),
        # As text: a spreadsheet's numbers lose digits above 2**53.
        f"'{result.seed}",
        "",
    )


def _dump(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Format:
    stream: Callable[[BatchJob], AsyncIterator[str]]
    content_type: str


FORMATS = {
    "json": Format(json_list, "application/json"),
    "jsonl": Format(json_lines, "application/jsonl"),
    "csv": Format(csv_rows, "text/csv; charset=utf-8"),
}


def download(job: BatchJob, name: str, *, attachment: bool) -> StreamingHttpResponse:
    """Stream the outcomes that there are in the format `name`."""
    chosen = FORMATS[name]
    file_name = f"{job.public_id}.{name}"
    response = StreamingHttpResponse(chosen.stream(job), content_type=chosen.content_type)
    if attachment:
        response["Content-Disposition"] = content_disposition_header(True, file_name) or ""
    return response
