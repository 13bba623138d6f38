"""Turns a file into entries, as a proposal says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from vocab.gc_paused import gc_paused
from vocab.importing.columns.levels import position
from vocab.importing.columns.roles import number_of
from vocab.importing.doubts import (
    doubt_about_loss,
    doubts_about,
    looks_like_code,
    looks_like_markup,
)
from vocab.importing.entries import Change, Edits, Entries, EntryReader
from vocab.importing.proposal import Proposal, Ranking, Role, Row, Table, Take, cell_of
from vocab.importing.readers import format_of
from vocab.importing.sniff import filter_column, row_passes
from vocab.importing.source import Source
from vocab.words.orthography import orthography_for
from vocab.words.parse import Issue, Limits, WordlistError
from vocab.words.starter_lists import starter_list

ROWS_PER_PROGRESS = 1000
# Columns whose values a person can filter by.
FILTERED_BY = (Role.LEVEL, Role.LANGUAGE, Role.STATUS, Role.DECK, Role.TAGS, Role.NOTE_TYPE)
MAX_VALUES = 1000
MAX_LINE_CHARS = 1000  # that are searched for signs of a program
# After the entries with a rank.
LAST = float("inf")
Key = tuple[float, ...]


# By the name of the format. Fields of a deck or of a table often have tags around a word.
_LOOKS_LIKE: dict[str, Callable[[str], bool]] = {
    "plain": lambda cell: looks_like_code(cell) or looks_like_markup(cell),
    "delimited": looks_like_code,
}


@dataclass(slots=True)
class Conversion:
    """The result of `convert`.

    words: Entries in order; without repetition.
    ranked: False if their order means nothing.
    rows: Rows that were read, without `filtered` ones.
    changed: Cells whose entries are not the cell itself.
    refused: Rows and parts of rows that are not in `words`, with the reason.
    refused_rows: How many rows these are.
    edited: Cells that a person replaced.
    duplicates: Rows whose entry is in `words` by an earlier row.
    filtered: Rows that a filter left out.
    values: For each column to filter by, how many rows have each value.
    doubts: Why a person should look before this is saved; empty for a list of words.
    """

    words: list[str] = field(default_factory=list)
    ranked: bool = True
    rows: int = 0
    changed: list[Change] = field(default_factory=list)
    refused: list[Issue] = field(default_factory=list)
    refused_rows: int = 0
    edited: list[Change] = field(default_factory=list)
    duplicates: list[Issue] = field(default_factory=list)
    filtered: int = 0
    comments: int = 0
    blanks: int = 0
    values: dict[Role, Counter[str]] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    @property
    def share_refused(self) -> float:
        return self.refused_rows / self.rows if self.rows else 0.0

    def doubts_against(self, current: Sequence[str] | None) -> list[str]:
        """Return why a person should look before this replaces the entries of a list.

        current: None for a new list.
        """
        loss = doubt_about_loss(current, self.words) if current else None
        return [*self.doubts, loss] if loss else list(self.doubts)


@dataclass(slots=True)
class _Placed:
    """Entries with what they are sorted by. A family is sorted by its best row."""

    entries: list[tuple[str, str, int]] = field(default_factory=list)  # headword, entry, line
    words: set[str] = field(default_factory=set)
    best: dict[str, tuple[Key, int]] = field(default_factory=dict)

    def add(self, found: Entries, key: Key, line: int) -> None:
        place = (key, len(self.best))
        known = self.best.get(found.headword)
        if known is None or key < known[0]:
            self.best[found.headword] = place
        for word in found.words:
            self.entries.append((found.headword, word, line))
            self.words.add(word)

    def in_order(self) -> list[tuple[str, str, int]]:
        best = self.best
        return sorted(self.entries, key=lambda entry: best[entry[0]])


@gc_paused()
def convert(
    data: bytes,
    proposal: Proposal,
    limits: Limits | None = None,
    *,
    filename: str = "",
    edits: Edits | None = None,
    progress: Callable[[int], object] | None = None,
) -> Conversion:
    """Return the entries of the file and everything that was changed or left out.

    edits: What a person typed instead of cells.
    progress: Is called with the number of rows read since the last call.
    If the words with their forms are more than a list can have, the headwords alone are returned,
    with a doubt that says so.
    Raises WordlistError for a file that cannot be read, without a usable entry, or with too many.
    """
    limits = limits or Limits()
    try:
        return _convert(data, proposal, limits, filename, edits or {}, progress)
    except _TooManyEntries:
        if proposal.take is not Take.ALL or not proposal.columns_of(Role.FORMS):
            raise
    heads = replace(proposal, take=Take.HEADWORDS)
    result = _convert(data, heads, limits, filename, edits or {}, progress)
    result.doubts.append(
        f"with their forms the words are more than the {limits.max_entries:,} entries that a list"
        " can have: only the headwords were taken"
    )
    return result


class _TooManyEntries(WordlistError):
    pass


def _convert(
    data: bytes,
    proposal: Proposal,
    limits: Limits,
    filename: str,
    edits: Edits,
    progress: Callable[[int], object] | None,
) -> Conversion:
    table = _table_of(data, proposal, limits, filename)
    reader = EntryReader(proposal, limits, edits)
    rules = [(filter_column(proposal.columns, rule), rule) for rule in proposal.filters]
    result = Conversion(ranked=proposal.ranking is not Ranking.UNRANKED)
    result.values = {
        role: Counter() for role in FILTERED_BY if proposal.column_of(role) is not None
    }
    counted = [(proposal.column_of(role) or 0, role) for role in result.values]
    placed = _Placed()
    languages: set[str] = set()
    language_column = proposal.column_of(Role.LANGUAGE)
    read = hidden = code = 0
    word_column = proposal.column_of(Role.WORD) or 0
    looks_like = _LOOKS_LIKE.get(proposal.format)
    for row in table.rows:
        read += 1
        if read > limits.max_lines:
            raise WordlistError(f"the file has more than {limits.max_lines:,} rows, the limit")
        if progress is not None and read % ROWS_PER_PROGRESS == 0:
            progress(ROWS_PER_PROGRESS)
        for index, role in counted:
            _count_values(result.values[role], cell_of(row, index), role)
        if rules and not row_passes(row, rules):
            result.filtered += 1
            continue
        result.rows += 1
        if language_column is not None and len(languages) < 2:
            languages.add(cell_of(row, language_column))
        if looks_like is not None:
            code += looks_like(cell_of(row, word_column)[:MAX_LINE_CHARS])
        hidden += bool(row.problem)
        found = reader.read(row)
        result.changed.extend(found.changes)
        result.edited.extend(found.edited)
        if found.refused:
            result.refused_rows += 1
            result.refused.extend(Issue(row.line, text, why) for text, why in found.refused)
        placed.add(found, _key(row, proposal, found), row.line)
        if len(placed.words) > limits.max_entries:
            raise _TooManyEntries(
                f"the file gives more than {limits.max_entries:,} entries, which is the limit"
                " (choose fewer with a filter, or only the headwords)"
            )
    if progress is not None:
        progress(read % ROWS_PER_PROGRESS)
    result.comments, result.blanks = table.comments, table.blanks
    _collect(placed, result, has_lemma=proposal.column_of(Role.LEMMA) is not None)
    if not result.words:
        raise WordlistError(_why_empty(result))
    spaced = orthography_for(proposal.language or "und").spaced
    result.doubts = doubts_about(
        result.words,
        result.rows - hidden,
        result.refused_rows - hidden,
        proposal.language,
        spaced=spaced,
        code=code,
    )
    if len(languages) > 1:
        result.doubts.append("the rows are in several languages; choose one with a filter")
    return result


def _count_values(counts: Counter[str], cell: str, role: Role) -> None:
    for value in cell.split() if role is Role.TAGS else (cell,):
        if value and (value in counts or len(counts) < MAX_VALUES):
            counts[value] += 1


def _table_of(data: bytes, proposal: Proposal, limits: Limits, filename: str) -> Table:
    source = Source(data, filename, proposal.options, limits)
    return format_of(source).read(source)


def _key(row: Row, proposal: Proposal, found: Entries) -> Key:
    """Return what the row is sorted by, the lowest first. All keys of a file have one length."""
    if proposal.ranking in (Ranking.ORDER, Ranking.UNRANKED):
        return ()
    if proposal.ranking is Ranking.FREQUENCY:
        common = starter_list(proposal.language or "und")
        # A family is as common as its commonest word.
        rank = min(map(common.rank, found.words), default=LAST)
        return (_level(row, proposal), rank)
    if proposal.ranking is Ranking.LEVEL:
        return (_level(row, proposal),)
    index = proposal.column_of(Role(proposal.ranking.value))
    number = number_of("" if index is None else cell_of(row, index))
    if number is None:
        return (LAST,)
    return (-number if proposal.ranking is Ranking.COUNT else number,)


def _level(row: Row, proposal: Proposal) -> float:
    """Return the place of the row's level: the same for all rows if the file has none."""
    index = proposal.column_of(Role.LEVEL)
    level = position("" if index is None else cell_of(row, index))
    return LAST if level is None else level


def _collect(placed: _Placed, result: Conversion, *, has_lemma: bool) -> None:
    first: dict[str, int] = {}
    for headword, word, line in placed.in_order():
        if word in first:
            # Each row of a form names its headword again.
            if first[word] != line and not (has_lemma and word == headword):
                reason = f"already on line {first[word]}, which keeps the better rank"
                result.duplicates.append(Issue(line, word, reason))
            continue
        first[word] = line
    result.words = list(first)


def _why_empty(result: Conversion) -> str:
    if result.refused:
        return f"the file has no usable entry; the first problem is {result.refused[0]}"
    if result.filtered:
        return f"no row passes the filters; {result.filtered:,} rows were left out"
    return "the file has no entry"
