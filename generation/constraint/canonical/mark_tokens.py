"""The tokens between two words that are made of marks only.

A boundary is a position of the text between words: the state of the automaton between words, and
the first bytes of a mark whose character is incomplete. `boundaries.py` adds the words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from generation.constraint.canonical.word_paths import SPACE, JoinedMarks, Preceding
from generation.constraint.tokenizer.encode_words import EncodeBatch
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.orthography import Numbers
from vocab.words.surroundings import LINE_STARTS, START, After, BoundaryState, Surroundings
from vocab.words.utf8 import character_length


class Boundary(NamedTuple):
    """A position between words.

    pending: The first bytes of a mark whose character is incomplete.
    fused: True if the last mark belongs to the token path of the next word. A word that began here
        would not have its canonical path, so only another mark may come.
    continued: True at the end of a text that the reply continues. Even a short reply need not end
        here.
    """

    at: BoundaryState
    pending: bytes = b""
    fused: bool = False
    continued: bool = False


# Of a token or a mark that may follow at a boundary, with its states, as measured with SmolLM2.
MARK_BYTES = 500

BOUNDARY_AT_START = Boundary(START)


class MarkTokens:
    """The tokens made of marks only, under one tokenizer and one automaton between words.

    Any thread may use it.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        table: TokenTable,
        encode: EncodeBatch,
        joined: JoinedMarks,
    ) -> None:
        """joined: The marks that the tokenizer joins to letters."""
        self.surroundings = surroundings
        self._joined = joined
        self._spaced = _has_spaced_marks(surroundings, encode)
        # Pairs with spaces inside. While the run after their opening mark is not empty, the space
        # has not been written.
        orthography = surroundings.orthography
        self._inner_spaced = {orthography.pairs[mark] for mark in orthography.inner_spaced}
        self._fused: dict[tuple[BoundaryState, str], bool] = {}
        self._following: dict[Boundary, dict[int, Boundary]] = {}
        self._ids_of = table.ids_of
        self._by_first_byte: dict[int, list[tuple[int, bytes]]] = {}
        for token_id in table.letterless_of("".join(surroundings.all_marks).encode()):
            encoded = table.bytes_of[token_id]
            self._by_first_byte.setdefault(encoded[0], []).append((token_id, encoded))

    def tokens(self) -> Iterator[tuple[int, bytes]]:
        """Every token made of bytes of marks, whether or not some text can have it."""
        return chain.from_iterable(self._by_first_byte.values())

    def following(self, boundary: Boundary) -> dict[int, Boundary]:
        """Map each token of marks that may come at `boundary` to the boundary after it.

        Returns the same object each time.
        """
        known = self._following.get(boundary)
        if known is None:
            known = self._following.setdefault(boundary, self._find_following(boundary))
        return known

    @property
    def nbytes(self) -> int:
        tokens = sum(len(each) for each in list(self._following.values()))
        return MARK_BYTES * (tokens + len(self._fused))

    def _find_following(self, boundary: Boundary) -> dict[int, Boundary]:
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
            size = character_length(data[0])
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
        joined = (self._preceding(at), mark) in self._joined
        return joined and self.surroundings.word_starts(following)

    def _preceding(self, at: BoundaryState) -> Preceding:
        """Return what the last character is. No-break spaces count as spaces."""
        if at.after is After.SPACED_START:
            return Preceding.SPACE
        if at.after in LINE_STARTS:
            return Preceding.NOTHING
        if at.after in (After.WORD, After.STEM, After.HYPHEN_STEM, After.PROCLITIC) or (
            at.after is After.NUMBER and at.run
        ):
            return Preceding.WORD
        if (
            at.after in (After.SPACE, After.MARKER)
            or (at.after is After.DASH and not at.run)
            or (at.after is After.DIALOGUE and at.run == SPACE)
            or (at.after is After.OPENING and not at.run and at.closers[-1:] in self._inner_spaced)
        ):
            return Preceding.SPACE
        return Preceding.MARK

    def may_stand(self, after: Boundary, encoded: bytes) -> bool:
        """False for a token after which no word could have its canonical path.

        A mark that belongs to the next word comes as part of the first token of its path. As a
        token of its own it may come only if another token of marks can follow, and a space only if
        the tokenizer encodes some marks with a space token before them. Part of a character may
        come if further tokens can complete it to a mark that may come.

        after: The boundary after the token.
        encoded: The bytes since the last complete mark.
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
        # The tokenizer joins a single mark to a word, not several.
        alone = len(encoded) == character_length(encoded[0])
        return alone and self._takes_marks(after)

    def _takes_marks(self, boundary: Boundary) -> bool:
        """True if a token of marks may come next that does not itself belong to a word."""
        firsts = {mark.encode()[0] for mark in self.surroundings.marks(boundary.at)}
        return any(
            (after := self._read(boundary, encoded)) is not None and not after.fused
            for first in firsts
            for _, encoded in self._by_first_byte.get(first, ())
        )

    def _can_be_written(self, rest: bytes) -> bool:
        """True if the last bytes of a mark have one token together or one token each."""
        return rest in self._ids_of or all(bytes([byte]) in self._ids_of for byte in rest)


def _has_spaced_marks(surroundings: Surroundings, encode: EncodeBatch) -> bool:
    """True if the tokenizer encodes some mark after a space as a space token and the mark."""
    # The values of `run` after a space: before a word, and before a mark after a word or a number.
    runs = ["", "w"] + (["n1"] if surroundings.style.numbers is Numbers.ALL else [])
    states = [BoundaryState(After.SPACE, run) for run in runs]
    marks: Sequence[str] = sorted({mark for at in states for mark in surroundings.marks(at)})
    space, *paths = encode([SPACE, *(SPACE + mark for mark in marks)])
    return len(space) == 1 and any(path[:1] == space for path in paths)
