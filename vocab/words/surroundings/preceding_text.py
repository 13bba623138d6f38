"""The state in which a reply begins that continues a given text.

The given text may be anything: its words need not be listed, and its marks need not be those of the
language. So it is read with every word taken as listed, and where the marks make no sense, the
reading goes on as after a word. Only the last line matters: sentences and pairs that were begun
before it are not continued.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from vocab.words.orthography.entries import JOINERS
from vocab.words.orthography.pack import APOSTROPHES, TYPEWRITER
from vocab.words.orthography.scripts import is_unspaced
from vocab.words.surroundings.automaton import MAX_SUFFIXES, Surroundings
from vocab.words.surroundings.states import (
    AFTER_CLOSING,
    START,
    SUFFIX,
    After,
    BoundaryState,
)
from vocab.words.word_forms import FormClass, LetterCase, Role

# A line is read from at most this number of characters before its end.
MAX_READ_CHARS = 2_000
# Marks inside words, numbers and addresses: well-known, 3.5, an@example.org.
_INNER = frozenset(".,:-·@_")
# The state before a word that no mark explains.
_UNCERTAIN = BoundaryState(After.SPACE)
_ANY_WORD = FormClass(Role.WORD, LetterCase.PLAIN, "")
_ANY_RUN = FormClass(Role.RUN, LetterCase.PLAIN, "")


def state_after(surroundings: Surroundings, text: str) -> BoundaryState:
    """Return the state after `text`, in which the reply begins with a new word or with marks.

    The reply continues neither the last word of the text nor its suffixes.
    """
    *before, line = text.replace("\r\n", "\n").rsplit("\n", 2)
    at = START if not before else _line_start(blank=not before[-1].strip())
    if len(line) > MAX_READ_CHARS:
        line, at = line[-MAX_READ_CHARS:], at.to(After.WORD)
    word = ""
    for piece in _pieces(line, spaced=surroundings.orthography.spaced):
        if _in_word(piece[-1]):
            word = piece
            at = _after_word(surroundings, at, piece)
        else:
            at = _after_mark(surroundings, at, piece, word)
    if surroundings.orthography.apostrophe_suffixes:
        # A suffix may follow a closing mark, and would continue a word of the text.
        at = at._replace(closers="")
    match at.after:
        case After.WORD:
            return at._replace(run=SUFFIX * MAX_SUFFIXES + at.run)
        case After.CLOSING:
            return at._replace(run="")  # no suffix either
        case After.NUMBER_SIGN if word[-1:].isdigit():  # 5 €
            return at.to(After.WORD, SUFFIX * MAX_SUFFIXES)
        case _:
            return at


def _line_start(*, blank: bool) -> BoundaryState:
    return START._replace(after=After.PARAGRAPH if blank else After.LINE)


def _pieces(line: str, *, spaced: bool) -> Iterator[str]:
    """Yield the words, with their inner marks, and every other character by itself.

    spaced: An apostrophe between two letters is part of a word, as is a straight one before a word.
    """
    inner = _INNER.union(APOSTROPHES) if spaced else _INNER
    start = 0
    while start < len(line):
        end = start + 1
        if spaced and line[start] == TYPEWRITER and _in_word(line[end : end + 1]):  # 'tis
            end += 1
        while _in_word(line[end - 1]) and end < len(line):
            if not _in_word(line[end]):
                if line[end] not in inner or not _in_word(line[end + 1 : end + 2]):
                    break
                end += 1
            end += 1
        yield line[start:end]
        start = end


def _after_word(surroundings: Surroundings, at: BoundaryState, word: str) -> BoundaryState:
    apostrophe = next((mark for mark in APOSTROPHES if mark in word), at.apostrophe)
    starts = at if surroundings.word_starts(at) else _UNCERTAIN
    in_run = word[-1].isnumeric() or not is_unspaced(word[-1])
    run = in_run and not surroundings.orthography.spaced
    after = surroundings.after_word(starts, _ANY_RUN if run else _ANY_WORD)
    return after._replace(apostrophe=apostrophe)


def _after_mark(
    surroundings: Surroundings, at: BoundaryState, mark: str, word: str
) -> BoundaryState:
    """word: The last word before the mark."""
    # The full stop before a mark may be that of an abbreviation: etc.,
    states = [at, at.to(After.WORD)]
    if at.after is After.WORD and word in surroundings.orthography.proclitics:
        states.append(at.to(After.PROCLITIC))
    for before in states:
        following = surroundings.marks(before).get(mark)
        if following is not None:
            return following
    if mark.isspace():  # one more space, or a tab
        return at.to(After.SPACE, sentence_start=at.sentence_start)
    if mark == "-" and at.after is After.WORD:  # well-
        return at.to(After.HYPHEN, AFTER_CLOSING)
    elides = at.after is After.WORD and word.lower() in surroundings.orthography.prefixes
    if mark in APOSTROPHES and elides:  # l'
        return at.to(After.ELISION)._replace(apostrophe=mark)
    # An unknown mark is like a part of a word. The open pairs are no longer certain.
    return BoundaryState(After.WORD, sentence_start=at.sentence_start)


def _in_word(character: str) -> bool:
    """True for a character that words and numbers consist of; False for ""."""
    return character != "" and (
        character.isalnum() or character in JOINERS or unicodedata.category(character)[0] == "M"
    )
