"""What may stand between two words, token by token.

A boundary is where the text stands when no word is under way: what came last, what is open, and
the first bytes of a mark whose character is not whole yet. From a boundary, some tokens are marks
through and through; words are the business of `boundaries.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from generation.constraint.canonical.word_paths import SPACE, JoinedMarks, Left
from generation.constraint.tokenizer.encode_words import EncodeBatch
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.orthography import Numbers
from vocab.words.surroundings import LINE_STARTS, START, After, BoundaryState, Surroundings


class Boundary(NamedTuple):
    """pending: the bytes of a mark so far. fused: what was just written belongs to the token path
    of the next word, so a word cannot begin after it, only another mark.
    """

    at: BoundaryState
    pending: bytes = b""
    fused: bool = False


BOUNDARY_AT_START = Boundary(START)


class MarkTokens:
    """The tokens made of nothing but marks, under one tokenizer and one surroundings automaton."""

    def __init__(
        self,
        surroundings: Surroundings,
        table: TokenTable,
        encode: EncodeBatch,
        joined: JoinedMarks,
    ) -> None:
        """joined: the marks that the tokenizer joins to letters."""
        self.surroundings = surroundings
        self._joined = joined
        self._spaced = _has_spaced_marks(surroundings, encode)
        # Right behind these an opening mark's run still says that a space may come.
        orthography = surroundings.orthography
        self._inner_spaced = {orthography.pairs[mark] for mark in orthography.inner_spaced}
        self._fused: dict[tuple[BoundaryState, str], bool] = {}
        self._ids_of = table.ids_of
        self._by_first_byte: dict[int, list[tuple[int, bytes]]] = {}
        for token_id in table.letterless_of("".join(surroundings.all_marks).encode()):
            encoded = table.bytes_of[token_id]
            self._by_first_byte.setdefault(encoded[0], []).append((token_id, encoded))

    def tokens(self) -> Iterator[tuple[int, bytes]]:
        """Every token made of bytes of marks, whether or not it can come anywhere."""
        return chain.from_iterable(self._by_first_byte.values())

    def following(self, boundary: Boundary) -> dict[int, Boundary]:
        """Map each mark token that may come at `boundary` to the boundary after it."""
        marks = [mark.encode() for mark in self.surroundings.marks(boundary.at)]
        size = len(boundary.pending)
        first = {mark[size] for mark in marks if mark.startswith(boundary.pending)}
        found = {}
        for byte in first:
            for token_id, encoded in self._by_first_byte.get(byte, ()):
                after = self._read(boundary, encoded)
                if after is not None and self.may_stand(after, boundary.pending + encoded):
                    found[token_id] = after
        return found

    def _read(self, boundary: Boundary, encoded: bytes) -> Boundary | None:
        at, fused = boundary.at, False
        data = boundary.pending + encoded
        while data:
            size = encoded_length(data[0])
            marks = self.surroundings.marks(at)
            if len(data) < size:
                starts_one = any(mark.encode().startswith(data) for mark in marks)
                return Boundary(at, data) if starts_one else None
            mark = data[:size].decode(errors="replace")
            following = marks.get(mark)
            if following is None:
                return None
            known = self._fused.get((at, mark))
            if known is None:
                known = self._fused[at, mark] = self.is_fused(at, mark, following)
            fused, at, data = known, following, data[size:]
        return Boundary(at, b"", fused)

    def is_fused(self, at: BoundaryState, mark: str, following: BoundaryState) -> bool:
        """True if `mark`, written at `at`, belongs to the token path of the word after it.

        A space always does; another mark where the tokenizer joins it to letters.
        """
        if mark == SPACE:
            return True
        joined = (self._left_of(at), mark) in self._joined
        return joined and self.surroundings.word_starts(following)

    def _left_of(self, at: BoundaryState) -> Left:
        """What the last character is. No-break spaces are taken for spaces."""
        if at.after in LINE_STARTS:
            return Left.NOTHING
        if at.after in (After.WORD, After.STEM, After.PROCLITIC) or (
            at.after is After.NUMBER and at.run
        ):
            return Left.WORD
        if (
            at.after in (After.SPACE, After.MARKER)
            or (at.after is After.DASH and not at.run)
            or (at.after is After.DIALOGUE and at.run == SPACE)
            or (at.after is After.OPENING and not at.run and at.closers[-1:] in self._inner_spaced)
        ):
            return Left.SPACE
        return Left.MARK

    def may_stand(self, after: Boundary, encoded: bytes) -> bool:
        """Leave out tokens after which a word would have no path of the tokenizer's own.

        What belongs to the next word comes as the first token of its path; here it may come only
        by itself, and only if another mark token can follow; a space only if there are marks that
        the tokenizer writes after one. Half a character may come if tokens can make it a whole one
        that may.

        encoded: what was written since the last whole mark.
        """
        if after.pending:
            marks = self.surroundings.marks(after.at)
            return any(
                self.may_stand(
                    Boundary(following, fused=self.is_fused(after.at, mark, following)),
                    mark.encode(),
                )
                for mark, following in marks.items()
                if mark.encode().startswith(after.pending)
                and self._can_be_written(mark.encode()[len(after.pending) :])
            )
        if not after.fused:
            return True
        if encoded == b" " and not self._spaced:
            return False
        # More marks than one would not have been joined to the word.
        alone = len(encoded) == encoded_length(encoded[0])
        return alone and self._takes_marks(after)

    def _takes_marks(self, boundary: Boundary) -> bool:
        """True if some mark token may come next that is not itself joined to a word."""
        firsts = {mark.encode()[0] for mark in self.surroundings.marks(boundary.at)}
        return any(
            (after := self._read(boundary, encoded)) is not None and not after.fused
            for first in firsts
            for _, encoded in self._by_first_byte.get(first, ())
        )

    def _can_be_written(self, rest: bytes) -> bool:
        """True if the last bytes of a mark have a token, or one each."""
        return rest in self._ids_of or all(bytes([byte]) in self._ids_of for byte in rest)


def _has_spaced_marks(surroundings: Surroundings, encode: EncodeBatch) -> bool:
    """True if some mark after a space is written as a space token and the mark."""
    # After a word and after a number, in a language with spaces before marks or without.
    runs = ["", "w"] + (["n1"] if surroundings.style.numbers is Numbers.ALL else [])
    places = [BoundaryState(After.SPACE, run) for run in runs]
    marks: Sequence[str] = sorted({mark for at in places for mark in surroundings.marks(at)})
    space, *paths = encode([SPACE, *(SPACE + mark for mark in marks)])
    return len(space) == 1 and any(path[:1] == space for path in paths)


def encoded_length(first_byte: int) -> int:
    """How many bytes a UTF-8 character has, told by its first (RFC 3629, section 3)."""
    if first_byte < 0x80:
        return 1
    if first_byte < 0xE0:
        return 2
    return 3 if first_byte < 0xF0 else 4
