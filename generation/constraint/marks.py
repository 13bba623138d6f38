"""What may stand between two words, token by token.

A boundary is where the text stands when no word is under way: what came last, what is open, and
the first bytes of a mark whose character is not whole yet. From a boundary, some tokens are marks
through and through; words are the business of `automaton.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from generation.constraint.tokens import TokenTable
from vocab.words.lexicon import ROOT
from vocab.words.text import After, Configuration, TextAutomaton

NEWLINE_STARTS = frozenset({After.START, After.LINE, After.PARAGRAPH})
# After these a word follows without a space.
JOINS_A_WORD = frozenset({After.OPENING, After.DASH_TIGHT, After.DASH_DIALOGUE})


class Boundary(NamedTuple):
    """at: the text automaton's configuration (its node is ROOT). pending: the bytes of a mark so
    far. fused: what was just written belongs to the token path of the next word, so a word cannot
    begin after it, only another mark.
    """

    at: Configuration
    pending: bytes = b""
    fused: bool = False

    @classmethod
    def start(cls) -> Boundary:
        return cls(Configuration(ROOT, After.START, "", ""))

    @classmethod
    def after_word(cls, closers: str) -> Boundary:
        return cls(Configuration(ROOT, After.WORD, "", closers))


@dataclass(frozen=True, slots=True)
class MarkTokens:
    """The tokens made of nothing but marks.

    joined: marks that the tokenizer joins to letters. spaced: marks that it writes as a space
    token and the mark, so that a space alone may come before them.
    """

    automaton: TextAutomaton
    tokens: Mapping[int, bytes]
    joined: frozenset[str]
    spaced: bool

    @classmethod
    def of(
        cls, automaton: TextAutomaton, table: TokenTable, joined: frozenset[str], spaced: bool
    ) -> MarkTokens:
        alphabet = frozenset(b"".join(mark.encode() for mark in automaton.all_marks))
        candidates = np.flatnonzero(table.marks).tolist()  # known for the tokenizer, not the list
        tokens = {
            token_id: encoded
            for token_id in candidates
            if (encoded := table.bytes_of[token_id]) and alphabet.issuperset(encoded)
        }
        return cls(automaton, tokens, joined, spaced)

    def following(self, boundary: Boundary) -> dict[int, Boundary]:
        """Map each mark token that may come at `boundary` to the boundary after it."""
        found = {}
        for token_id, encoded in self.tokens.items():
            after = self._read(boundary, encoded)
            if after is not None and self._is_canonical(after, boundary.pending + encoded):
                found[token_id] = after
        return found

    def _read(self, boundary: Boundary, encoded: bytes) -> Boundary | None:
        at, fused = boundary.at, False
        data = boundary.pending + encoded
        while data:
            size = encoded_length(data[0])
            marks = self.automaton.marks(at)
            if len(data) < size:
                starts_one = any(mark.encode().startswith(data) for mark in marks)
                return Boundary(at, data) if starts_one else None
            mark = data[:size].decode(errors="replace")
            following = marks.get(mark)
            if following is None:
                return None
            fused = self.is_fused(at, mark, following)
            at, data = following, data[size:]
        return Boundary(at, b"", fused)

    def is_fused(self, at: Configuration, mark: str, following: Configuration) -> bool:
        """True if `mark`, written at `at`, belongs to the token path of the word after it.

        A space always does. A mark that the tokenizer joins to letters does at the start of a
        line and right after a word; after a space or another mark it is joined to those instead.
        """
        if mark == " ":
            return True
        return (
            mark in self.joined
            and (at.after in NEWLINE_STARTS or at.after is After.WORD)
            and following.after in JOINS_A_WORD
        )

    def _is_canonical(self, after: Boundary, encoded: bytes) -> bool:
        """Leave out tokens after which a word would have no path of the tokenizer's own.

        What belongs to the next word comes as the first token of its path; here it may come only
        by itself, and only if another mark can follow; a space only if there are marks that the
        tokenizer writes after one. Half a character may come if some whole one may.

        encoded: what was written since the last whole mark.
        """
        if after.pending:
            marks = self.automaton.marks(after.at)
            return any(
                self._is_canonical(
                    Boundary(following, fused=self.is_fused(after.at, mark, following)),
                    mark.encode(),
                )
                for mark, following in marks.items()
                if mark.encode().startswith(after.pending)
            )
        if not after.fused:
            return True
        if not self.automaton.marks(after.at):
            return False
        if encoded == b" ":
            return self.spaced
        return encoded.decode(errors="replace") in self.joined


def encoded_length(first_byte: int) -> int:
    """How many bytes a UTF-8 character has, told by its first (RFC 3629, section 3)."""
    if first_byte < 0x80:
        return 1
    if first_byte < 0xE0:
        return 2
    return 3 if first_byte < 0xF0 else 4
