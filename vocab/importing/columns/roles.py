"""Guesses which column has the words, and what the others have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from vocab.importing.columns.headings import role_of
from vocab.importing.columns.levels import is_scheme
from vocab.importing.proposal import Column, Role, Row, Table
from vocab.importing.scripts import is_foreign
from vocab.words.parse import WordlistError

_NUMBER = re.compile(r"\d[\d.,\u00a0\u202f ]*")
# Few rows can be in alphabetical order by chance.
MIN_ROWS_IN_ORDER = 8
SHARE_IN_ORDER = 0.95
MOST = 0.8


def columns_of(
    table: Table, sample: Sequence[Row], chosen: str | None, language: str | None
) -> tuple[Column, ...]:
    """Return the columns with their roles; exactly one of them has the words.

    chosen: The name or the number of the column with the words.
    Raises WordlistError if there is no such column.
    """
    width = max((len(row.cells) for row in sample), default=1)
    width = max(width, len(table.names or ()))
    names = list(table.names or ())
    names += [f"column {number}" for number in range(len(names) + 1, width + 1)]
    roles = _roles(table, sample, names, language)
    if chosen is not None:
        index = find_column(names, chosen)
        roles = [Role.OTHER if role is Role.WORD else role for role in roles]
        roles[index] = Role.WORD
        if Role.LEMMA in roles:  # chosen against the headword: take the column and nothing else
            roles = [Role.OTHER if role is Role.LEMMA else role for role in roles]
    return tuple(Column(name, role) for name, role in zip(names, roles, strict=True))


def find_column(names: Sequence[str], wanted: str) -> int:
    """Return the index of a column by its name or number. Raises WordlistError."""
    folded = [name.strip().casefold() for name in names]
    if wanted.strip().casefold() in folded:
        return folded.index(wanted.strip().casefold())
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    there = ", ".join(repr(name) for name in names[:20])
    raise WordlistError(f"there is no column {wanted!r}; the columns are {there}")


def _roles(
    table: Table, sample: Sequence[Row], names: Sequence[str], language: str | None
) -> list[Role]:
    known = [table.roles.get(index) for index in range(len(names))]
    if table.names is not None:
        named = [role_of(name) for name in names]
        known = [here or there for here, there in zip(known, named, strict=True)]
        known = _once(known)
    if Role.WORD in known and table.names is not None:
        return [role or Role.OTHER for role in known]
    cells = [
        [row.cells[index].strip() for row in sample if index < len(row.cells)]
        for index in range(len(names))
    ]
    if table.names is None and not table.roles and _is_family(sample):
        return [Role.WORD] + [Role.FORMS] * (len(names) - 1)
    guessed = [role or _role_by_content(column) for role, column in zip(known, cells, strict=True)]
    roles = [role or Role.OTHER for role in _once(guessed)]
    if Role.WORD not in roles:
        # A list of headwords by itself: 'lemma,count'.
        heads = [index for index, role in enumerate(known) if role is Role.LEMMA]
        heads = heads or _text_columns(cells, known, language)
        roles[heads[0]] = Role.WORD
    return roles


def _once(roles: Sequence[Role | None]) -> list[Role | None]:
    """Only the first column keeps a role that one column can have."""
    seen: set[Role] = set()
    kept: list[Role | None] = []
    for role in roles:
        if role in seen and role is not Role.FORMS:
            role = Role.OTHER
        elif role is not None:
            seen.add(role)
        kept.append(role)
    return kept


def _role_by_content(cells: Sequence[str]) -> Role | None:
    filled = [cell for cell in cells if cell]
    if not filled:
        return Role.OTHER
    if sum(map(is_scheme, filled)) >= MOST * len(filled):
        return Role.LEVEL
    if sum(bool(_NUMBER.fullmatch(cell)) for cell in filled) < MOST * len(filled):
        return None
    values = [number_of(cell) or 0.0 for cell in filled]
    rising = values == sorted(values) and values[0] < values[-1]
    # Ranks leave few numbers out; a list may begin with its rarest word.
    return Role.RANK if rising and values[-1] - values[0] < 2 * len(values) else Role.COUNT


def number_of(cell: str) -> float | None:
    """Return the number in a cell (1,234 or 1.5), or None."""
    cell = cell.strip().replace("\u00a0", "").replace("\u202f", "").replace(" ", "")
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", cell):
        cell = re.sub("[.,]", "", cell)
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


def _is_family(sample: Sequence[Row]) -> bool:
    """Rows of different lengths with one word in each cell: 'have,has,had', 'of', 'a,an'."""
    lengths = {len(row.cells) for row in sample}
    if len(lengths) < 3:
        return False
    cells = [cell.strip() for row in sample for cell in row.cells]
    return sum(" " not in cell and not cell.isdecimal() for cell in cells) >= 0.95 * len(cells)


def _text_columns(
    cells: Sequence[Sequence[str]], known: Sequence[Role | None], language: str | None
) -> list[int]:
    """Return the columns that may have the words, the likeliest first."""

    def unlikely(index: int) -> tuple[bool, float, float, int]:
        filled = [cell for cell in cells[index] if cell]
        if not filled:
            return (True, 1.0, 0.0, index)
        foreign = sum(is_foreign(cell, language) for cell in filled) / len(filled)
        long = sum(len(cell) > 40 for cell in filled) / len(filled)
        no_letter = not any(any(map(str.isalpha, cell)) for cell in filled)
        return (no_letter, round(foreign), round(long), index)

    free = [index for index in range(len(cells)) if known[index] in (None, Role.OTHER)]
    return sorted([index for index in free if known[index] is None] or free or [0], key=unlikely)


def is_alphabetical(words: Sequence[str]) -> bool:
    """Return True if the words are in alphabetical order, which is no order of rank.

    Letters with accents may stand beside the letters without, or after z as programs sort them.
    """
    if len(words) < MIN_ROWS_IN_ORDER:
        return False
    return any(_is_rising([key(word) for word in words]) for key in (_without_marks, str.casefold))


def _without_marks(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", word.casefold()) if c.isalnum())


def _is_rising(keys: Sequence[str]) -> bool:
    pairs = list(pairwise(keys))
    return keys[0] != keys[-1] and sum(
        one <= other for one, other in pairs
    ) >= SHARE_IN_ORDER * len(pairs)
