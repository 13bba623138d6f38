"""Rows of CSV files that spreadsheets open safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

# A spreadsheet takes a cell with such a start for a formula, and a formula may send data away.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"  # without it, Excel does not recognise UTF-8


def csv_line(cells: Sequence[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([escape_formula(cell) for cell in cells])
    return line.getvalue()


def escape_formula(cell: Any) -> Any:
    """Return the cell with an apostrophe before it if a spreadsheet would take it for a formula."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell
