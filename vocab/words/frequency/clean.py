"""Makes a clean ranked list of words from the ranked entries of a corpus.

The most frequent "words" of a corpus include digits, initials, web debris, words of other languages
and folded case. `clean` keeps the order; it drops, recases or splits each entry and counts every
dropped entry by cause. The files in languages/ and the dictionaries decide what a word is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from vocab.words.casing import capitalised
from vocab.words.frequency.case_restoration import restored_spellings
from vocab.words.frequency.clitics import recount
from vocab.words.frequency.dictionary import Dictionary
from vocab.words.frequency.drop_rules import NAME, PROFANITY, UNKNOWN, why_dropped
from vocab.words.frequency.folding import folded
from vocab.words.frequency.tables import Tables, tables_for
from vocab.words.segmenting.segmenters import Segmenter


@dataclass
class CleanResult:
    """The words of a list, and what was dropped.

    words: In rank order and in their case.
    names, profanity: Words dropped for these two causes, in the same order and case.
    dropped: Number of dropped entries by cause.
    """

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
    """Return the words of `ranked` (entry, frequency), distinct, NFC, in rank order and their case.

    Each entry, or each part of an entry that was split, yields words or counts once in `dropped`.
    Stops after `limit` words, so `dropped` does not count entries after the last word.
    Raises ValueError for a language without tables.
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
            found = restored_spellings(word, tables, dictionary)
            if cause is None and not found:
                cause = UNKNOWN
            elif cause is None and seen.issuperset(found):
                cause = "duplicate"
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
