"""The constraint with all token paths: a word may be spelt by any tokens that have its bytes.

The plain definition of the language, token by token: it needs no tokenizer beyond the bytes of
its tokens, and it is what canonical paths fall back to. A model under it can begin an unlisted
word with a token that also begins a listed one; `automaton.py` is the better default.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from generation.constraint.contract import DeadEnd, State, TokenIds
from generation.constraint.marks import encoded_length
from generation.constraint.tokens import TokenTable
from vocab.words.lexicon import ROOT
from vocab.words.text import After, Configuration, TextAutomaton
from vocab.words.trie import NO_RANK, RankTrie

START = Configuration(ROOT, After.START, "", "")


class Reading(NamedTuple):
    """at: the text automaton's configuration; inside a word its node may be in mid-character.
    pending: the first bytes of a mark whose character is not whole yet.
    """

    at: Configuration
    pending: bytes = b""


Readings = frozenset[Reading]


class ByteTrie:
    """The tokens of a vocabulary by their bytes. Shared by all lists of a tokenizer.

    A few arrays: as linked objects, 262,144 tokens would take hundreds of megabytes.
    """

    def __init__(self, table: TokenTable) -> None:
        tokens: dict[bytes, list[int]] = {}  # SentencePiece can have two for one byte
        for token_id, encoded in table.bytes_of.items():
            if encoded:
                tokens.setdefault(encoded, []).append(token_id)
        keys = list(tokens)
        self._groups = list(tokens.values())
        self._trie = RankTrie(
            np.frombuffer(b"".join(keys), np.uint8).astype(np.int64),
            np.fromiter((len(key) for key in keys), np.int64, len(keys)),
            np.arange(len(keys), dtype=np.int32),
        )

    def tokens(self, node: int) -> list[int]:
        """The tokens whose bytes end at `node`."""
        group = int(self._trie.rank[node])
        return [] if group == NO_RANK else self._groups[group]

    def children(self, node: int) -> Iterator[tuple[int, int]]:
        """Each byte that goes on from `node`, and the node behind it."""
        below = self._trie.children(node)
        return zip(self._trie.label[below].tolist(), range(below.start, below.stop), strict=True)


class SpellingAutomaton:
    """All texts of `text`, by any tokens. Used by one thread at a time.

    A state's row is the union of its readings' rows, and a finished word is the same reading
    whatever the word was, so what may follow a word is worked out once.
    """

    def __init__(
        self,
        text: TextAutomaton,
        table: TokenTable,
        trie: ByteTrie,
        stop_ids: Sequence[int],
        max_states: int = 20_000,
    ) -> None:
        self.text = text
        self._table = table
        self._trie = trie
        self._stops = np.asarray(stop_ids, np.int64)
        self._max_states = max_states
        self._rows: OrderedDict[Reading, TokenIds] = OrderedDict()
        self.start: State = frozenset({Reading(START)})

    def session(self) -> SpellingAutomaton:
        return self  # a state is all there is to a request

    is_full = False  # states are values: only rows are kept, and those are bounded

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        """Return the ids that may come next, [n], n >= 1. Raises DeadEnd."""
        assert isinstance(state, frozenset)  # noqa: S101
        rows = [self._row(part) for reading in state for part in self._parts(reading)]
        row = rows[0] if len(rows) == 1 else np.unique(np.concatenate(rows))
        if len(row) == 0:
            raise DeadEnd
        return row

    def advance(self, state: State, token_id: int) -> State:
        assert isinstance(state, frozenset)  # noqa: S101
        readings: Readings = state
        for byte in self._table.bytes_of.get(token_id, b""):
            readings = frozenset(
                following for reading in readings for following in self._step(reading, byte)
            )
        if not readings:
            raise DeadEnd
        return readings

    def _parts(self, reading: Reading) -> list[Reading]:
        """A word that may end here, apart from what may follow any word."""
        end = self._end_of_word(reading)
        return [reading] if end is None else [reading, end]

    def _end_of_word(self, reading: Reading) -> Reading | None:
        at = reading.at
        if at.node == ROOT or not self.text.lexicon.ends_word(at.node, self.text.max_rank):
            return None
        return Reading(Configuration(ROOT, After.WORD, "", at.closers))

    def _step(self, reading: Reading, byte: int) -> list[Reading]:
        found = self._step_alone(reading, byte)
        end = self._end_of_word(reading)
        if end is not None:
            found += self._step_alone(end, byte)
        return found

    def _step_alone(self, reading: Reading, byte: int) -> list[Reading]:
        """One byte, the word under way going on or a boundary taking a mark or a word."""
        at, found = reading.at, []
        if not reading.pending and (at.node != ROOT or at.after in self.text.unit_starts):
            node = self.text.lexicon.step(at.node, bytes([byte]), self.text.max_rank)
            if node is not None:
                found.append(Reading(Configuration(node, After.WORD, "", at.closers)))
        if at.node == ROOT:
            data = reading.pending + bytes([byte])
            marks = self.text.marks(at)
            if len(data) == encoded_length(data[0]):
                following = marks.get(data.decode(errors="replace"))
                if following is not None:
                    found.append(Reading(following))
            elif any(mark.encode().startswith(data) for mark in marks):
                found.append(Reading(at, data))
        return found

    def _row(self, reading: Reading) -> TokenIds:
        """The tokens from one reading, its word not ended; stops where the text may end."""
        row = self._rows.get(reading)
        if row is not None:
            return row
        tokens: list[int] = []
        pending: list[tuple[int, tuple[Reading, ...]]] = [(ROOT, (reading,))]
        first = True
        while pending:
            node, readings = pending.pop()
            tokens += self._trie.tokens(node)
            for byte, child in self._trie.children(node):
                step = self._step_alone if first else self._step
                following = {after for before in readings for after in step(before, byte)}
                if following:
                    pending.append((child, tuple(following)))
            first = False
        row = np.asarray(sorted(tokens), np.int64)
        if not reading.pending and self.text.can_end(frozenset({reading.at})):
            # A word's own end counts for the boundary behind it, which is another reading.
            row = row if reading.at.node != ROOT else np.concatenate((row, self._stops))
        self._rows[reading] = row
        if len(self._rows) > self._max_states:
            self._rows.popitem(last=False)
        return row
