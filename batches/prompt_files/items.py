"""The items of a job from a file of prompts and a person's choices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from batches.prompt_files.prompt_file import PromptFile


@dataclass(frozen=True, slots=True)
class Choices:
    """header: Whether the first row has the names of the columns.

    prompt_column, id_column: Indexes of columns; no column of ids if it is None.
    system: A system message for every prompt; none if it is empty. A request that is complete in
        itself gets it only if it has no system message of its own.
    """

    header: bool = False
    prompt_column: int = 0
    id_column: int | None = None
    system: str = ""


def items_of(file: PromptFile, choices: Choices) -> Iterator[Any]:
    """Yield the items as the API takes them. Rows without a prompt are left out."""
    first = [{"role": "system", "content": choices.system}] if choices.system.strip() else []
    for request in file.requests:
        messages = request["messages"]
        if first and isinstance(messages, list) and not _has_system(messages):
            yield {**request, "messages": [*first, *messages]}
        else:
            yield request
    for row in file.content_rows(header=choices.header):
        prompt = row[choices.prompt_column]
        if not prompt.strip():
            continue
        item: dict[str, Any] = {"messages": [*first, {"role": "user", "content": prompt}]}
        if choices.id_column is not None and row[choices.id_column].strip():
            item["custom_id"] = row[choices.id_column].strip()
        yield item


def empty_rows(file: PromptFile, choices: Choices) -> int:
    """Return the number of rows that have no prompt in the chosen column."""
    rows = file.content_rows(header=choices.header)
    return sum(not row[choices.prompt_column].strip() for row in rows)


def _has_system(messages: list[Any]) -> bool:
    return any(
        isinstance(message, dict) and message.get("role") in ("system", "developer")
        for message in messages
    )
