"""Says what a file seems to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from babel import Locale, UnknownLocaleError

from vocab.gc_paused import gc_paused
from vocab.importing.cleaning.cells import clean_cell
from vocab.importing.cleaning.contractions import has_halves
from vocab.importing.columns.levels import passes
from vocab.importing.columns.roles import columns_of, find_column, is_alphabetical
from vocab.importing.entries import EntryReader
from vocab.importing.proposal import (
    Clean,
    Column,
    Filter,
    Options,
    Preview,
    Proposal,
    Ranking,
    Role,
    Row,
    Table,
    Take,
    cell_of,
)
from vocab.importing.readers import format_of
from vocab.importing.source import Source
from vocab.words.parse import Limits, WordlistError
from vocab.words.starter_lists import NoStarterList, starter_list

SAMPLE_ROWS = 500
PREVIEW_ROWS = 10
SAMPLE_CELLS = 3
SAMPLE_CHARS = 30
# Of the words that are known in programs for readers: Lute and LingQ.
KNOWN = ("3", "4", "5", "W", "99")
# A heading of the terms that LingQ exports.
_LINGQ = "meaninglanguage1"
# Cells of a dictionary: 'der Hund, -e', 'essen, isst, aß'.
_DICTIONARY = re.compile(r", ?[¨⸚\"]?[-–]|, .*, ")
# Formats, by their names.
_SHEETS = ("xlsx", "ods")
_BINARY = (*_SHEETS, "anki-deck", "wordfreq")
_NEEDED = {Ranking.RANK: Role.RANK, Ranking.COUNT: Role.COUNT, Ranking.LEVEL: Role.LEVEL}


@gc_paused()
def sniff(
    data: bytes, filename: str = "", options: Options | None = None, limits: Limits | None = None
) -> Proposal:
    """Return what the file seems to be. Options decide instead of a guess.

    Raises WordlistError for a file that cannot be read and for options that do not fit it.
    """
    options, limits = options or Options(), limits or Limits()
    source = Source(data, filename, options, limits)
    chosen = format_of(source)
    table = chosen.read(source)
    sample = list(islice(table.rows, SAMPLE_ROWS))
    if not sample:
        raise WordlistError("the file has no entry")
    columns = tuple(
        replace(column, samples=_samples(sample, index))
        for index, column in enumerate(columns_of(table, sample, options.column, options.language))
    )
    filters = _filters(columns, sample, options)
    proposal = Proposal(
        sentence=_sentence(chosen.name, table, columns),
        format=chosen.name,
        encoding=None if chosen.name in _BINARY else table.encoding or source.encoding,
        delimiter=table.delimiter,
        header=table.names is not None and not table.roles,
        columns=columns,
        ranking=Ranking.ORDER,
        rankings=_rankings(columns, options.language),
        take=Take.ALL,
        cleaning=frozenset(Clean) - options.skip,
        filters=filters,
        language=options.language,
        affixes=options.affixes,
        sheet=table.sheet,
        sheets=table.sheets,
    )
    rules = [(filter_column(columns, rule), rule) for rule in filters]
    passing = [row for row in sample if row_passes(row, rules)] or sample
    words = _cells(proposal, passing)
    proposal = replace(
        proposal,
        ranking=_ranking(table, columns, words, options),
        take=options.take or _take(columns, words, options),
        cleaning=frozenset()
        if table.exact
        else frozenset(Clean) - options.skip - _not_needed(words, sample, columns, options),
    )
    return replace(proposal, preview=_preview(proposal, passing, limits))


def _samples(sample: Sequence[Row], index: int) -> tuple[str, ...]:
    """Return the first different cells of a column."""
    cells = dict.fromkeys(cell_of(row, index)[:SAMPLE_CHARS] for row in sample[: SAMPLE_CELLS * 20])
    return tuple(filter(None, cells))[:SAMPLE_CELLS]


def _cells(proposal: Proposal, sample: Sequence[Row]) -> list[str]:
    index = proposal.column_of(Role.WORD) or 0
    cells = [row.cells[index].strip() for row in sample if index < len(row.cells)]
    return [cell for cell in cells if cell]


def _filters(
    columns: Sequence[Column], sample: Sequence[Row], options: Options
) -> tuple[Filter, ...]:
    filters = list(options.filters)
    given = set()
    for rule in filters:
        given.add(filter_column(columns, rule))
    for index, column in enumerate(columns):
        if index in given:
            continue
        values = {row.cells[index].strip() for row in sample if index < len(row.cells)} - {""}
        if column.role is Role.STATUS and values & {"W", "I", "99", "98"}:
            filters.append(Filter(column.name, KNOWN))
        if column.role is Role.LANGUAGE and len(values) > 1 and options.language:
            names = _language_names(options.language)
            own = tuple(value for value in sorted(values) if value.casefold() in names)
            if own:
                filters.append(Filter(column.name, own))
    return tuple(filters)


def filter_column(columns: Sequence[Column], rule: Filter) -> int:
    """Return the index of the column that a filter names. Raises WordlistError."""
    for index, column in enumerate(columns):
        if column.role.value == rule.column.strip().casefold():
            return index
    return find_column([column.name for column in columns], rule.column)


def row_passes(row: Row, rules: Sequence[tuple[int, Filter]]) -> bool:
    """rules: Filters with the index of their column."""
    return all(not rule.values or passes(cell_of(row, index), rule) for index, rule in rules)


def _language_names(tag: str) -> set[str]:
    base = tag.replace("_", "-").split("-")[0].lower()
    names = {tag.casefold(), base}
    try:
        locale = Locale.parse(base)
    except (UnknownLocaleError, ValueError):
        return names
    for name in (locale.english_name, locale.get_display_name()):
        names.add((name or base).casefold())
    return names


def _ranking(
    table: Table, columns: Sequence[Column], words: Sequence[str], options: Options
) -> Ranking:
    roles = {column.role for column in columns}
    if options.ranking is not None:
        _check_ranking(options.ranking, columns, options.language)
        return options.ranking
    if Role.COUNT in roles:
        return Ranking.COUNT
    if Role.RANK in roles:
        return Ranking.RANK
    if table.ranking is not None:
        alphabetical = table.ranking is Ranking.ORDER and not table.exact and is_alphabetical(words)
        return Ranking.UNRANKED if alphabetical else table.ranking
    unordered = (
        not roles.isdisjoint((Role.LEVEL, Role.STATUS, Role.DECK, Role.TAGS))
        or _LINGQ in (table.names or ())
        or is_alphabetical(words)
        or sum(bool(_DICTIONARY.search(word)) for word in words) >= len(words) / 5
    )
    return Ranking.UNRANKED if unordered else Ranking.ORDER


def _rankings(columns: Sequence[Column], language: str | None) -> tuple[Ranking, ...]:
    """Return the orders that the file can have."""
    possible = []
    for ranking in Ranking:
        with suppress(WordlistError):
            _check_ranking(ranking, columns, language)
            possible.append(ranking)
    return tuple(possible)


def _check_ranking(ranking: Ranking, columns: Sequence[Column], language: str | None) -> None:
    """Raise WordlistError if the file cannot be ranked in this way."""
    needed = _NEEDED.get(ranking)
    if needed is not None and needed not in {column.role for column in columns}:
        raise WordlistError(f"the file has no column with a {needed.value} to rank by")
    if ranking is Ranking.FREQUENCY:
        try:
            starter_list(language or "und")
        except NoStarterList as error:
            raise WordlistError(f"cannot rank by frequency: {error}") from error


def _take(columns: Sequence[Column], words: Sequence[str], options: Options) -> Take:
    """Principal parts after commas (essen, isst, aß) are left out unless they are asked for."""
    if any(column.role in (Role.FORMS, Role.LEMMA) for column in columns):
        return Take.ALL
    parts = sum(word.count(", ") >= 2 for word in words)
    return Take.HEADWORDS if 0 < parts < 0.8 * len(words) else Take.ALL


def _not_needed(
    words: Sequence[str], sample: Sequence[Row], columns: Sequence[Column], options: Options
) -> set[Clean]:
    """Return the steps that would damage this list."""
    steps = set()
    language = (options.language or "").split("-")[0].lower()
    everything = frozenset(Clean) - {Clean.CAPITALS, Clean.CONTRACTIONS}
    cleaned = (clean_cell(word[:1000], everything, language).words for word in words)
    phrases = sum(" " in found[0] for found in cleaned if found)
    if phrases > len(words) / 3:
        steps.add(Clean.ARTICLES)
    used = [
        index
        for index, column in enumerate(columns)
        if column.role in (Role.WORD, Role.FORMS, Role.LEMMA)
    ]
    cells = [row.cells[index] for row in sample for index in used if index < len(row.cells)]
    cased = [cell for cell in cells if cell.lower() != cell.upper()]
    if len(cased) < 5 or sum(map(str.isupper, cased)) < 0.95 * len(cased):
        steps.add(Clean.CAPITALS)
    if language != "en" or not has_halves(cells):
        steps.add(Clean.CONTRACTIONS)
    return steps


def _sentence(format_name: str, table: Table, columns: Sequence[Column]) -> str:
    roles = [column.role for column in columns if column.role is not Role.OTHER]
    names = ", ".join(dict.fromkeys(role.value for role in roles))
    word = next(column.name for column in columns if column.role is Role.WORD)
    where = f"; the words are in {word!r}" if len(columns) > 2 else ""
    if format_name in _SHEETS and len(roles) > 1:
        return f"{table.description}: {names}{where}"
    if format_name != "delimited":
        # Families have their words in the first column and no names.
        return table.description + ("" if table.roles.get(0) is Role.WORD else where)
    if Role.COUNT in roles:
        return f"a frequency list: {names}{where}"
    if Role.RANK in roles:
        return f"a ranked list: {names}{where}"
    if Role.FORMS in roles or Role.LEMMA in roles:
        return f"word families: {names}"
    if Role.LEVEL in roles:
        return f"a list by level: {names}{where}"
    return f"a table of {len(columns)} columns; the words are in {word!r}"


def _preview(proposal: Proposal, sample: Sequence[Row], limits: Limits) -> tuple[Preview, ...]:
    reader = EntryReader(proposal, limits)
    shown = []
    for row in sample[:PREVIEW_ROWS]:
        entries = reader.read(row)
        reasons = [reason for change in entries.changes for reason in change.reasons]
        reasons += [reason for _, reason in entries.refused]
        before = " | ".join(cell.strip() for cell in row.cells if cell.strip())
        shown.append(
            Preview(
                row.line, before[:120], tuple(entries.words[:10]), tuple(dict.fromkeys(reasons))
            )
        )
    return tuple(shown)
