"""A hunspell dictionary: a count, then `word/FLAGS`; with its .aff file, words and their forms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from vocab.importing.proposal import Ranking, Role, Row, Table, Take
from vocab.importing.readers.hunspell.affixes import MAX_FORMS, Affixes, read_affixes
from vocab.importing.source import Source

_FLAGGED = re.compile(r"[^/\s].*[^\\]/[^\s/]+(?:\s.*)?")
_UPPER_FLAGS = re.compile(r"[^/\s]+/(?:[A-Z]{1,8}|[A-Za-z]*[A-Z][A-Za-z]*|\d+(?:,\d+)*)")
# Some dictionaries have another number after the count.
_COUNT = re.compile(r"\d+(?:\s+\d+)?")
_ENTRY = re.compile(r"((?:[^/\\\t]|\\/|\\)+)(?:/(\S+))?(?:\s.*)?")
SAMPLE_LINES = 500
TOO_MANY = f"it has more than {MAX_FORMS} forms, and the others are left out"
HIDDEN = "the dictionary forbids it, or has it as a part of compounds only"


def matches(source: Source) -> bool:
    if not source.is_text:
        return False
    lines = [line.strip() for _, line in islice(source.lines(), SAMPLE_LINES) if line.strip()]
    if not lines:
        return False
    counted = len(lines) > 1 and bool(_COUNT.fullmatch(lines[0]) and not _COUNT.fullmatch(lines[1]))
    flagged = sum(bool(_UPPER_FLAGS.fullmatch(line.split("\t")[0])) for line in lines[counted:])
    if source.ends_with(".dic"):
        return counted or flagged > 0
    return flagged > len(lines) / 2 or (counted and flagged > 0)


def read(source: Source) -> Table:
    """Raises WordlistError for an .aff file that cannot be read."""
    affixes = read_affixes(source.options.affixes) if source.options.affixes else None
    options = source.options
    if affixes is not None and options.encoding is None:
        # The dictionary is in the encoding that the .aff file names.
        source = Source(
            source.data,
            source.filename,
            replace(options, encoding=affixes.encoding),
            source.limits,
        )
    table = Table(
        iter(()),
        "a hunspell dictionary"
        + (", with the forms that its .aff file makes" if affixes else ", stems only"),
        roles={0: Role.WORD},
        ranking=Ranking.UNRANKED,
    )
    if affixes is not None:
        table.encoding = source.encoding
        table.roles |= dict.fromkeys(range(1, MAX_FORMS + 1), Role.FORMS)
    table.rows = _rows(table, source, affixes)
    return table


def _rows(table: Table, source: Source, affixes: Affixes | None) -> Iterator[Row]:
    for number, line in source.lines():
        stripped = line.strip()
        if not stripped:
            table.blanks += 1
        elif (number == 1 and _COUNT.fullmatch(stripped)) or stripped.startswith("#"):
            table.comments += 1
        else:
            match = _ENTRY.fullmatch(stripped[:1000])
            word = (match[1] if match else stripped).replace("\\/", "/").strip()
            flags = (match[2] or "") if match else ""
            if affixes is None:
                yield Row(number, (word,))
            elif affixes.hides(flags):
                yield Row(number, (affixes.written(word),), HIDDEN)
            elif source.options.take is Take.HEADWORDS:
                yield Row(number, (affixes.written(word),))
            else:
                words = affixes.words_of(word, flags)
                cut = TOO_MANY if len(words) > MAX_FORMS else ""
                yield Row(number, tuple(words[:MAX_FORMS]), left_out=cut)
