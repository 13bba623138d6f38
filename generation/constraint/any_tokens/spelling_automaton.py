"""The constraint with all token paths: a word may be spelt by any tokens that have its bytes.

The plain definition of the language, token by token: it needs no tokenizer beyond the bytes of
its tokens, and it is what canonical paths fall back to. A model under it can begin an unlisted
word with a token that also begins a listed one; `automaton.py` is the better default.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from generation.constraint.any_tokens.spelling_distance import SpellingDistance
from generation.constraint.canonical.mark_tokens import encoded_length
from generation.constraint.finish import GOALS, MIN_SENTENCE_TOKENS, Finish, Goal
from generation.constraint.session import DeadEnd, State, TokenIds, united
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.surroundings import START
from vocab.words.text_automaton import Configuration, TextAutomaton
from vocab.words.trie import NO_RANK, ROOT, Int64, build_trie

Key = TypeVar("Key", bound=Hashable)


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
        self._trie, _ = build_trie(
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
        *,
        finish: Finish = Finish.SENTENCE,
    ) -> None:
        self.text = text
        self.finish = finish
        self._table = table
        self._trie = trie
        self._stops = np.asarray(stop_ids, np.int64)
        self._max_states = max_states
        self.rows_made = 0
        self._rows: OrderedDict[Reading, TokenIds] = OrderedDict()
        self._needs: OrderedDict[tuple[Goal, Reading], Int64] = OrderedDict()
        self._budget = SpellingDistance(text, table)
        self.start: State = frozenset({Reading(Configuration(START))})

    def session(self) -> SpellingAutomaton:
        return self  # a state is all there is to a request

    is_full = False  # states are values: only rows are kept, and those are bounded
    state_count = 0
    reachable = None

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        """Return the ids that may come next, [n], n >= 1. Raises DeadEnd.

        remaining: how many tokens the reply may still have, this one included.
        """
        assert isinstance(state, frozenset)  # noqa: S101
        readings = [part for reading in state for part in self._parts(reading)]
        rows = [self._row(reading) for reading in readings]
        row = rows[0] if len(rows) == 1 else united(rows)
        if len(row) == 0:
            raise DeadEnd
        if remaining is None or remaining > self._budget.horizon:
            return row
        return self._within(row, readings, remaining)

    def parts(self, state: State, remaining: int | None = None) -> None:
        """None: the rows of a state's readings have ids in common."""

    def _within(self, row: TokenIds, readings: Sequence[Reading], left: int) -> TokenIds:
        """The tokens after which a sentence, or else a word, still ends in time."""
        if left < MIN_SENTENCE_TOKENS and any(map(self._budget.ends_sentence, readings)):
            return self._stops
        for goal in GOALS[self.finish]:
            kept = [self._row(each)[self._needs_of(each, goal) <= left - 1] for each in readings]
            if any(map(len, kept)):
                return united(kept)
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
        """The boundary behind a word that may end here."""
        at = reading.at
        if at.form_class is None or not self.text.boundaries(at):
            return None
        return Reading(Configuration(at.at))

    def _step(self, reading: Reading, byte: int) -> list[Reading]:
        found = self._step_alone(reading, byte)
        end = self._end_of_word(reading)
        if end is not None:
            found += self._step_alone(end, byte)
        return found

    def _step_alone(self, reading: Reading, byte: int) -> list[Reading]:
        """One byte: the word under way goes on, or a boundary takes a mark or a word."""
        at, found = reading.at, []
        encoded = bytes([byte])
        if at.form_class is not None:
            trie = self.text.lexicon.trie(at.form_class)
            assert trie is not None  # noqa: S101
            node = trie.step(at.node, encoded, self.text.max_rank)
            return [] if node is None else [Reading(at._replace(node=node))]
        if not reading.pending:
            for form_class, trie in self.text.words_at(at.at):
                node = trie.step(ROOT, encoded, self.text.max_rank)
                if node is not None:
                    after = self.text.surroundings.after_word(at.at, form_class)
                    found.append(Reading(Configuration(after, form_class, node)))
        data = reading.pending + encoded
        marks = self.text.surroundings.marks(at.at)
        if len(data) == encoded_length(data[0]):
            following = marks.get(data.decode(errors="replace"))
            if following is not None:
                found.append(Reading(Configuration(following)))
        elif any(mark.encode().startswith(data) for mark in marks):
            found.append(Reading(at, data))
        return found

    def _row(self, reading: Reading) -> TokenIds:
        """The tokens from one reading, its word not ended; stops where the text may end."""
        row = self._rows.get(reading)
        if row is None:
            self.rows_made += 1
            tokens = [token for group, _ in self._walk(reading) for token in group]
            row = np.asarray(tokens, np.int64)
            # A word's own end counts for the boundary behind it, which is another reading.
            between_words = not reading.pending and reading.at.form_class is None
            if between_words and self.text.surroundings.can_end(reading.at.at):
                row = np.concatenate((row, self._stops))
            _keep(self._rows, reading, row, self._max_states)
        return row

    def _needs_of(self, reading: Reading, goal: Goal) -> Int64:
        """[tokens of the reading's row]: how many more tokens each needs to a good end, at most."""
        needs = self._needs.get((goal, reading))
        if needs is None:
            found = [
                bytes_left
                for group, readings in self._walk(reading)
                for bytes_left in [min(self._budget.needs(each, goal) for each in readings)]
                * len(group)
            ]
            needs = np.zeros(len(self._row(reading)), np.int64)  # a stop needs nothing
            needs[: len(found)] = found
            _keep(self._needs, (goal, reading), needs, self._max_states)
        return needs

    def _walk(self, reading: Reading) -> Iterator[tuple[list[int], tuple[Reading, ...]]]:
        """Yield tokens that may follow, those of the same bytes together, and what they lead to."""
        pending: list[tuple[int, tuple[Reading, ...]]] = [(ROOT, (reading,))]
        while pending:
            node, readings = pending.pop()
            tokens = self._trie.tokens(node)
            if tokens:
                yield tokens, readings
            step = self._step_alone if node == ROOT else self._step
            for byte, child in self._trie.children(node):
                following = {after for before in readings for after in step(before, byte)}
                if following:
                    pending.append((child, tuple(following)))


def _keep(cache: OrderedDict[Key, Int64], key: Key, row: Int64, size: int) -> None:
    cache[key] = row
    if len(cache) > size:
        cache.popitem(last=False)
