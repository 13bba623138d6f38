"""Reads the tables of everyday concepts and their words: wordlists/learner.

`concepts.tsv` has a line for each concept: its id, level, topic, part of speech and meaning.
`LANG.tsv` has a line for each concept too: its id, its words, and other forms of these words. Words
are separated by a comma, columns by a tab. Lines that begin with `#` are comments. A table is
complete, or it is refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vocab.words.orthography import orthography_for, why_unwritable

FOLDER = Path(__file__).resolve().parents[3] / "wordlists" / "learner"
LEVELS = ("1", "2")
_CONCEPTS = "concepts"
_SEPARATOR = ", "


class ConceptTableError(ValueError):
    """A table has an error. The message names the file and the line or the concept."""


@dataclass(frozen=True, slots=True)
class Concept:
    """level: 1 for what a beginner needs first, 2 for the rest."""

    id: str
    level: int
    topic: str
    part_of_speech: str
    meaning: str


@dataclass(frozen=True, slots=True)
class ConceptWords:
    """The words of a concept in one language, the usual one first.

    forms: Inflected forms of the words and what else belongs to them, in the order of their use.
    Both may contain phrases of several words.
    """

    words: tuple[str, ...]
    forms: tuple[str, ...] = ()


def learner_languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the codes of the languages that have a table."""
    return tuple(sorted(path.stem for path in folder.glob("*.tsv") if path.stem != _CONCEPTS))


def concepts(folder: Path = FOLDER) -> tuple[Concept, ...]:
    """Return all concepts in the order of the file. Raises ConceptTableError."""
    found: dict[str, Concept] = {}
    for where, columns in _lines(folder / f"{_CONCEPTS}.tsv"):
        if len(columns) != 5 or not all(columns):
            raise ConceptTableError(
                f"{where}: it must have id, level, topic, part of speech and meaning"
            )
        key, level, *rest = columns
        if level not in LEVELS:
            raise ConceptTableError(f"{where}: the level is {level!r}, not {' or '.join(LEVELS)}")
        if key in found:
            raise ConceptTableError(f"{where}: the id {key!r} is there already")
        found[key] = Concept(key, int(level), *rest)
    return tuple(found.values())


def concept_words(language: str, folder: Path = FOLDER) -> dict[str, ConceptWords]:
    """Return the words of each concept by its id, in the order of `concepts`.

    Raises ConceptTableError.
    """
    order = [each.id for each in concepts(folder)]
    known = frozenset(order)
    path = folder / f"{language}.tsv"
    found: dict[str, ConceptWords] = {}
    for where, columns in _lines(path):
        key = columns[0]
        if key not in known:
            raise ConceptTableError(f"{where}: there is no concept {key!r}")
        if key in found:
            raise ConceptTableError(f"{where}: the concept {key!r} is there already")
        if len(columns) not in (2, 3):
            raise ConceptTableError(f"{where}: it must have an id, words and perhaps other forms")
        words, forms = (tuple(_words(where, text, language)) for text in (*columns[1:], "")[:2])
        if not words:
            raise ConceptTableError(f"{where}: the concept {key!r} has no word")
        twice = [word for word in forms if word in words]
        if twice or len({*words, *forms}) < len(words) + len(forms):
            raise ConceptTableError(f"{where}: a word of {key!r} is there twice")
        found[key] = ConceptWords(words, forms)
    absent = [key for key in order if key not in found]
    if absent:
        raise ConceptTableError(
            f"{path.name} has no line for {len(absent)} of {len(order)} concepts:"
            f" {', '.join(absent[:10])}"
        )
    return {key: found[key] for key in order}


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each line, for messages, and its columns."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConceptTableError(f"cannot read {path}: {error}") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield f"{path.name}, line {number}", line.split("\t")


def _words(where: str, text: str, language: str) -> Iterator[str]:
    for word in text.split(_SEPARATOR) if text else ():
        if word != " ".join(word.split()) or not word or "," in word:
            raise ConceptTableError(f"{where}: {word!r}: between two words is a comma and a space")
        if not unicodedata.is_normalized("NFC", word):
            raise ConceptTableError(f"{where}: {word!r} is not in Unicode NFC")
        for part in word.split():
            reason = why_unwritable(part, orthography_for(language))
            if reason:
                raise ConceptTableError(f"{where}: {part!r} can never be written: {reason}")
        yield word
