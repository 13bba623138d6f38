"""A job's results as an Excel workbook."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from typing import IO, Any

CHUNK_BYTES = 64 * 1024
# Excel's limit for a cell.
MAX_CELL_CHARS = 32_767
MAX_CACHED_BYTES = 1024 * 1024  # a larger workbook is in a file


async def workbook_parts(
    columns: Sequence[str], rows: AsyncIterator[list[Sequence[Any]]]
) -> AsyncIterator[bytes]:
    """Yield the bytes of a workbook with one sheet.

    rows: In groups; a thread writes each group, because it takes too long for an event loop.
    """
    sheet = await asyncio.to_thread(_Sheet, columns)
    async for group in rows:
        await asyncio.to_thread(sheet.append, group)
    with tempfile.SpooledTemporaryFile(max_size=MAX_CACHED_BYTES) as file:
        await asyncio.to_thread(sheet.save, file)
        file.seek(0)
        while part := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield part


class _Sheet:
    def __init__(self, columns: Sequence[str]) -> None:
        # It takes a fifth of a second to import, and few downloads are workbooks.
        import openpyxl

        self._book = openpyxl.Workbook(write_only=True)
        self._sheet = self._book.create_sheet("Results")
        self._sheet.freeze_panes = "A2"
        self.append([columns])

    def append(self, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            self._sheet.append([self._cell(value) for value in row])

    def save(self, file: IO[bytes]) -> None:
        self._book.save(file)

    def _cell(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

        text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
        if len(text) > MAX_CELL_CHARS:
            text = f"{text[: MAX_CELL_CHARS - 1]}…"
        cell = WriteOnlyCell(self._sheet, value=text)
        cell.data_type = "s"  # otherwise a text that begins with "=" would be a formula
        return cell
