"""Makes a clean ranked list of words out of a corpus's ranked entries.

A corpus's commonest "words" hold digits, initials, web debris, other languages and folded case.
`clean` keeps the order and drops, recases or takes apart entry by entry, counting every drop by its
cause. Knows no Django and no corpus; what counts as a word, languages/ and the dictionaries say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from vocab.words.casing import capitalised
from vocab.words.frequency.case_restoration import folded, spellings
from vocab.words.frequency.clitics import recount
from vocab.words.frequency.dictionary import Dictionary
from vocab.words.frequency.drop_rules import NAME, PROFANITY, UNKNOWN, why_dropped
from vocab.words.frequency.tables import Tables, tables_for
from vocab.words.segmenters import Segmenter


@dataclass
class CleanResult:
    """`names` and `profanity` are what was dropped for being that, in the same order and case."""

    words: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    profanity: list[str] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def clean(
    ranked: Iterable[tuple[str, float]],
    language: str,
    dictionary: Dictionary | None = None,
    segmenter: Segmenter | None = None,
    limit: int | None = None,
) -> CleanResult:
    """The words of `ranked` (entry, frequency) in their order, distinct, NFC, in their case.

    Stops at `limit` words, so that `dropped` counts only what the list passed over. Each entry,
    and each part of an entry that was taken apart, gives words or is counted once in `dropped`.
    Raises ValueError for a language there are no tables for.
    """
    tables = tables_for(language)
    result = CleanResult()
    seen: set[str] = set()
    neighbours = _neighbours(tables)
    for word in recount(_respelt(ranked, tables), tables, segmenter):
        if limit is not None and len(result.words) >= limit:
            break
        cause = why_dropped(word, tables)
        found: list[str] = []
        if cause is None and word in tables.names:
            cause = NAME
        if cause in (None, NAME, PROFANITY):
            found = spellings(word, tables, dictionary)
            if cause is None and not found:
                cause = UNKNOWN
            elif cause is None and seen.issuperset(found):
                cause = "said before"
        if cause is None:
            found = [each for each in found if each not in seen]
            seen.update(found)
            result.words += found
        else:
            result.dropped[cause] += 1
            if cause == NAME:
                result.names += [capitalised(each, language) for each in found or [word]]
            elif cause == PROFANITY:
                result.profanity += found or [word]
        for neighbour in neighbours.pop(word, ()):
            if neighbour not in seen:
                seen.add(neighbour)
                result.words.append(neighbour)
    if limit is not None:
        del result.words[limit:]
    return result


def _respelt(ranked: Iterable[tuple[str, float]], tables: Tables) -> Iterable[tuple[str, float]]:
    for raw, frequency in ranked:
        word = folded(raw, tables.language)
        yield tables.respell.get(word, word), frequency


def _neighbours(tables: Tables) -> dict[str, list[str]]:
    neighbours: dict[str, list[str]] = {}
    for word, neighbour in tables.placed.items():
        neighbours.setdefault(neighbour, []).append(word.replace("_", " "))
    return neighbours
