"""Count the words of a reply and of its last sentence while it is written.

A word is what stands between white space and dashes and has a letter or a digit. In Chinese and
Japanese it is a character, or a run of Latin letters or of digits. A sentence ends with a line
break, and before white space with its marks; an ellipsis, the full stop of a listed abbreviation
and that of a number at the start of a line are no such marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vocab.words.orthography import Orthography
from vocab.words.orthography.scripts import is_unspaced

DASHES = frozenset("–—―")


class WordCount(NamedTuple):
    """reply: Words of the text so far. sentence: Words of its last sentence.

    chunk: The text since the last white space or dash; without spaces, since the last letter.
    partial: The first bytes of an incomplete character.
    first: True in the first piece of a line.
    empty: True before the first character of a line that is not white space.
    """

    reply: int = 0
    sentence: int = 0
    chunk: str = ""
    partial: bytes = b""
    first: bool = True
    empty: bool = True


class WordCounter:
    """entries: Those of the list. Some of them are abbreviations."""

    def __init__(self, orthography: Orthography, entries: Iterable[str]) -> None:
        self._spaced = orthography.spaced
        self._ends = orthography.sentence_ends
        self._end_marks = frozenset("".join(self._ends))
        pairs = {*orthography.pairs, *orthography.pairs.values(), "*"}
        pairs.update(orthography.closing_variants.values())
        self._pair_marks = "".join(pairs - self._end_marks)
        self._abbreviations = set(_abbreviations(orthography, entries))

    def after(self, count: WordCount, data: bytes) -> WordCount:
        """Return the count after more bytes of the text."""
        text, partial = _decoded(count.partial + data)
        step = self._step if self._spaced else self._step_unspaced
        for character in text:
            count = step(count, character)
        return count._replace(partial=partial)

    def ends_sentence(self, count: WordCount) -> bool:
        """True if the sentence ends here, should white space or nothing follow."""
        if count.sentence == 0:
            return True
        return self._chunk_ends(count) if self._spaced else self._marks_end(count.chunk)

    def _step(self, count: WordCount, character: str) -> WordCount:
        reply, sentence, chunk, partial, first, empty = count
        if character == "\n":
            return WordCount(reply)
        if character.isspace():
            if self._chunk_ends(count):
                sentence = 0
            return WordCount(reply, sentence, "", partial, empty, empty)
        if character in DASHES:
            return WordCount(reply, sentence, "", partial, first, False)
        if character.isalnum() and not any(map(str.isalnum, chunk)):
            reply, sentence = reply + 1, sentence + 1
        return WordCount(reply, sentence, chunk + character, partial, first, False)

    def _chunk_ends(self, count: WordCount) -> bool:
        chunk = count.chunk.rstrip(self._pair_marks)
        run = ""
        while chunk and chunk[-1] in self._end_marks:
            chunk, run = chunk[:-1], chunk[-1] + run
        marker = chunk.isdecimal() or (len(chunk) == 1 and chunk.isalpha())
        if count.first and marker and run in (".", ":"):  # Armenian ends sentences with a colon
            return False
        spelling = (chunk + run).lstrip(self._pair_marks).casefold()
        if run == "." and spelling in self._abbreviations:
            return False
        return self._is_end(run)

    def _is_end(self, run: str) -> bool:
        known = run in self._ends or any(mark in self._ends for mark in run)
        ellipsis = run.strip("…") == "" or (len(run) > 1 and run.strip(".") == "")
        return known and not ellipsis

    def _step_unspaced(self, count: WordCount, character: str) -> WordCount:
        reply, sentence, chunk, partial, *_ = count
        if character == "\n":
            return WordCount(reply)
        if not character.isalnum():
            return WordCount(reply, sentence, chunk + character, partial)
        decimal = len(chunk) == 2 and chunk[0].isdigit() and character.isdigit()
        if self._marks_end(chunk) and not decimal:
            sentence = 0
        if is_unspaced(character) or not chunk[-1:].isalnum() or is_unspaced(chunk[-1]):
            reply, sentence = reply + 1, sentence + 1
        return WordCount(reply, sentence, character, partial)

    def _marks_end(self, chunk: str) -> bool:
        return self._is_end("".join(mark for mark in chunk if mark in self._end_marks))


def _abbreviations(orthography: Orthography, entries: Iterable[str]) -> Iterator[str]:
    """Yield the spellings of entries that end with a full stop, in small letters."""
    for entry in entries:
        if entry.endswith("."):
            yield entry.casefold()
        elif entry.lower() in orthography.abbreviations:
            yield entry.casefold() + "."


def _decoded(data: bytes) -> tuple[str, bytes]:
    """Return the complete characters, and the first bytes of the next one."""
    try:
        return data.decode(), b""
    except UnicodeDecodeError as error:
        return data[: error.start].decode(), data[error.start :]
