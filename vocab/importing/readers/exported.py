"""A list that this project wrote: facts after `#`, then one clean entry on each line."""

from __future__ import annotations

import re

from vocab.importing.proposal import Ranking, Table
from vocab.importing.readers.plain import content
from vocab.importing.source import Source

_DIGEST = re.compile(r"^# sha256: [0-9a-f]{64}$", re.MULTILINE)
_UNRANKED = re.compile(r"^# ranked: no$", re.MULTILINE)
HEADER_CHARS = 4000


def matches(source: Source) -> bool:
    return source.is_text and _DIGEST.search(_header(source)) is not None


def read(source: Source) -> Table:
    unranked = _UNRANKED.search(_header(source))
    table = Table(
        iter(()),
        "a list that was exported from here",
        ranking=Ranking.UNRANKED if unranked else Ranking.ORDER,
        exact=True,
    )
    table.rows = content(table, list(source.lines()))
    return table


def _header(source: Source) -> str:
    """Return the `#` lines before the first entry."""
    lines = []
    for line in source.text[:HEADER_CHARS].split("\n"):
        if line.strip() and not line.startswith("#"):
            break
        lines.append(line)
    return "\n".join(lines)
