"""Stream a job's results: a JSON list, OpenAI's JSON lines, CSV or an Excel workbook.

All formats are async generators, because under ASGI Django reads a sync generator to its end before
it sends the first byte. At most one chunk of results is in memory.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header

from batches.formats.results import openai_line, result_body, wordlist_of
from batches.formats.workbook import workbook_parts
from batches.models import BatchItem, BatchJob
from vocab.spreadsheet import BYTE_ORDER_MARK, csv_line

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
    "wordlist",
    "n_words",
    "prompt_truncated",
    "sentences",
    "longest_sentence",
    "mean_rank",
    "highest_rank",
)
# With `vocab_report=words`.
DETAILS = ("longest_sentence", "mean_rank", "highest_rank")
SEED = COLUMNS.index("seed")


async def items_of(job: BatchJob) -> AsyncIterator[BatchItem]:
    """Yield the items that have an outcome, in input order.

    Each chunk is a query of its own. A cursor would hold the database's snapshot, or a copy of all
    results on the server, until the end of a slow download.
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
    """Yield a JSON list of chat completions."""
    before = "["
    async for item in items_of(job):
        yield before + _dump(result_body(job, item))
        before = ",\n"
    yield "]\n" if before != "[" else "[]\n"


async def json_lines(job: BatchJob) -> AsyncIterator[str]:
    """Yield the lines of OpenAI's output and error files."""
    async for item in items_of(job):
        yield _dump(openai_line(job, item)) + "\n"


async def csv_rows(job: BatchJob) -> AsyncIterator[str]:
    """Yield a header and a row for each item."""
    yield BYTE_ORDER_MARK + csv_line(COLUMNS)
    async for item in items_of(job):
        cells = list(_cells(job, item))
        if cells[SEED]:  # as text, because numbers in a spreadsheet lose digits above 2**53
            cells[SEED] = f"'{cells[SEED]}"
        yield csv_line(cells)


async def workbook(job: BatchJob) -> AsyncIterator[bytes]:
    """Yield an Excel workbook with the same columns."""

    async def groups() -> AsyncIterator[list[Sequence[Any]]]:
        group: list[Sequence[Any]] = []
        async for item in items_of(job):
            group.append(_cells(job, item))
            if len(group) == CHUNK:
                yield group
                group = []
        yield group

    async for part in workbook_parts(COLUMNS, groups()):
        yield part


def _cells(job: BatchJob, item: BatchItem) -> tuple[Any, ...]:
    prompt = item.messages[-1]["content"] if item.messages else ""
    wordlist = wordlist_of(job, item)
    head = (item.index, item.custom_id, item.status, prompt)
    tail = (wordlist.revision.reference, wordlist.n_words) if wordlist else ("", "")
    if item.status != BatchItem.Status.SUCCEEDED:
        return (*head, "", "", "", "", "", "", "", item.error, *tail, "", "", "", "", "")
    result = item.result
    report = result.vocab_report or {}
    details = report.get("details", {})
    return (
        *head,
        result.text,
        result.finish_reason,
        result.prompt_tokens,
        result.completion_tokens,
        report.get("words", ""),
        " ".join(report.get("out_of_list", [])),
        str(result.seed),
        "",
        *tail,
        "true" if result.prompt_truncated else "false",
        len(details["sentences"]) if details else "",
        *(details.get(name) for name in DETAILS),
    )


def _dump(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Format:
    """A format that results can be downloaded in."""

    stream: Callable[[BatchJob], AsyncIterator[str] | AsyncIterator[bytes]]
    content_type: str


FORMATS = {
    "json": Format(json_list, "application/json"),
    "jsonl": Format(json_lines, "application/jsonl"),
    "csv": Format(csv_rows, "text/csv; charset=utf-8"),
    "xlsx": Format(workbook, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def download(job: BatchJob, name: str, *, attachment: bool) -> StreamingHttpResponse:
    """Return a response that streams the outcomes so far.

    name: A key of FORMATS.
    attachment: Whether a browser saves the response as a file.
    """
    chosen_format = FORMATS[name]
    file_name = f"{job.public_id}.{name}"
    response = StreamingHttpResponse(
        chosen_format.stream(job), content_type=chosen_format.content_type
    )
    if attachment:
        response["Content-Disposition"] = content_disposition_header(True, file_name) or ""
    return response
