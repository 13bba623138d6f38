"""The report on an import: what was recognised, changed and left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from vocab.importing.convert import Conversion
from vocab.importing.entries import Change
from vocab.importing.proposal import Preview, Proposal
from vocab.words.parse import Issue

Row = TypeVar("Row")
SHOWN_ROWS = 200  # of each kind


def report_body(
    conversion: Conversion, proposal: Proposal | None, doubts: Sequence[str]
) -> dict[str, Any]:
    """Return the report. proposal: None for words that were not in a file."""
    return {
        "object": "wordlist.report",
        "proposal": None if proposal is None else proposal_body(proposal),
        "word_count": len(conversion.words),
        "ranked": conversion.ranked,
        "row_count": conversion.rows,
        "refused_row_count": conversion.refused_rows,
        "filtered_row_count": conversion.filtered,
        "doubts": list(doubts),
        "changed": first_of(conversion.changed, SHOWN_ROWS, _change_body),
        "refused": first_of(conversion.refused, SHOWN_ROWS, _issue_body),
        "duplicates": first_of(conversion.duplicates, SHOWN_ROWS, _issue_body),
    }


def proposal_body(proposal: Proposal) -> dict[str, Any]:
    return {
        "sentence": proposal.sentence,
        "format": proposal.format,
        "encoding": proposal.encoding,
        "delimiter": proposal.delimiter,
        "header": proposal.header,
        "columns": [{"name": each.name, "role": each.role.value} for each in proposal.columns],
        "ranking": proposal.ranking.value,
        "take": proposal.take.value,
        "filters": [str(rule) for rule in proposal.filters],
        "preview": [_change_body(row) for row in proposal.preview],
    }


def first_of(
    rows: Sequence[Row], limit: int, body: Callable[[Row], Any] = lambda row: row
) -> dict[str, Any]:
    """Return the first rows, and how many there are."""
    return {"total": len(rows), "data": [body(row) for row in rows[:limit]]}


def _change_body(row: Change | Preview) -> dict[str, Any]:
    return {
        "line": row.line,
        "before": row.before,
        "after": list(row.after),
        "reasons": list(row.reasons),
    }


def _issue_body(issue: Issue) -> dict[str, Any]:
    return {"line": issue.line, "text": issue.text, "reason": issue.reason}
