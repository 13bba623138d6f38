"""Word families as Range and AntWordProfiler read them: `HEAD 0`, then members after a tab."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from vocab.importing.proposal import Role, Row, Table
from vocab.importing.source import Source

_HEAD = re.compile(r"(\S+)(?: \d+)?\s*")
_MEMBER = re.compile(r"[ \t]+(\S+)(?: \d+)?\s*")
SAMPLE_LINES = 200
MOST = 0.9
# Nobody's family has more; the rest would be another file's lines.
MAX_MEMBERS = 400


def matches(source: Source) -> bool:
    if not source.is_text:
        return False
    lines = [line for _, line in islice(source.lines(), SAMPLE_LINES) if line.strip()]
    heads = sum(bool(_HEAD.fullmatch(line)) for line in lines)
    members = sum(bool(_MEMBER.fullmatch(line)) for line in lines)
    return bool(heads and members) and heads + members >= MOST * len(lines)


def read(source: Source) -> Table:
    table = Table(
        iter(()),
        "word families: a headword, then its forms on indented lines",
        roles={0: Role.WORD} | dict.fromkeys(range(1, MAX_MEMBERS + 1), Role.FORMS),
    )
    table.rows = _rows(table, source)
    return table


def _rows(table: Table, source: Source) -> Iterator[Row]:
    family: list[str] = []
    start = 1
    for number, line in source.lines():
        if not line.strip():
            table.blanks += 1
        elif line[0] in " \t" and family and len(family) <= MAX_MEMBERS:
            family.append(_word(line))
        else:
            if family:
                yield Row(start, tuple(family))
            family, start = [_word(line)], number
    if family:
        yield Row(start, tuple(family))


def _word(line: str) -> str:
    match = _MEMBER.fullmatch(line) or _HEAD.fullmatch(line)
    return match[1] if match else line.strip()
