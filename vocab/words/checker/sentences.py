"""The sentences of a checked text.

A sentence ends at a run of the language's sentence ends outside of words and numbers, together
with the marks that close a pair behind it, if a space or nothing follows, and at the end of a line.
An ellipsis alone ends none: Pero… no sé. A stretch without words is no sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from typing import NamedTuple

from vocab.words.checker.report import Written
from vocab.words.orthography import Orthography

_ELLIPSIS = re.compile(r"\.{2,}|…+")
_NUMBER = re.compile(r"\d+(?:[.,:٫٬'’\u00a0\u202f-]\d+)*")


class Span(NamedTuple):
    start: int
    end: int


class Sentence(NamedTuple):
    """start and end: Where it stands, with its marks. words: Number of its words."""

    start: int
    end: int
    words: int


def numbers_of(text: str, pieces: Iterable[Written]) -> list[Span]:
    """Return the numbers in digits that are not part of a word."""
    inside = _covered(pieces)
    return [Span(*found.span()) for found in _NUMBER.finditer(text) if found.start() not in inside]


def sentences_of(text: str, pieces: Iterable[Written], orthography: Orthography) -> list[Sentence]:
    """text: In NFC. pieces: What a checker's `written` returns for it."""
    starts = [piece.start for piece in pieces if piece.is_word]
    found, word = [], 0
    for start, end in _stretches(text, _covered(pieces), orthography):
        first = word
        while word < len(starts) and starts[word] < end:
            word += 1
        if word > first:
            found.append(Sentence(start, end, word - first))
    return found


def _covered(pieces: Iterable[Written]) -> set[int]:
    """Return the offsets that words cover."""
    return {
        at
        for piece in pieces
        if piece.is_word
        for at in range(piece.start, piece.start + len(piece.text))
    }


def _stretches(text: str, covered: set[int], orthography: Orthography) -> Iterator[Span]:
    """Yield the stretches between sentence ends, without spaces around them."""
    ends = {*"".join(orthography.sentence_ends)}
    closings = {*orthography.pairs.values(), *orthography.closing_variants.values(), "*"}
    marks = ends | closings
    inside = covered | {
        at for number in _NUMBER.finditer(text) for at in range(number.start(), number.end())
    }
    start = at = 0
    while at < len(text):
        first = at
        while at < len(text) and text[at] in marks and at not in inside:
            at += 1
        if text[at : at + 1] == "\n" or _ends_sentence(text, first, at, ends, orthography):
            yield _trimmed(text, start, at)
            start = at
        at = max(at, first + 1)
    yield _trimmed(text, start, len(text))


def _ends_sentence(
    text: str, start: int, end: int, ends: Set[str], orthography: Orthography
) -> bool:
    """Judge the run of marks `text[start:end]`."""
    run = "".join(mark for mark in text[start:end] if mark in ends)
    if not run or _ELLIPSIS.fullmatch(run):
        return False
    return not orthography.spaced or not text[end : end + 1].strip()


def _trimmed(text: str, start: int, end: int) -> Span:
    stretch = text[start:end]
    first = start + len(stretch) - len(stretch.lstrip())
    return Span(first, max(first, start + len(stretch.rstrip())))
