"""The constraint with all token paths: a word may be spelt by any tokens that have its bytes.

It needs only the bytes of a tokenizer's tokens, and it is used where canonical paths are not
possible. Under it a model can begin an unlisted word with a token that also begins a listed one, so
`canonical/token_automaton.py` is the better default.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np

from generation.constraint.any_tokens.length_distance import CHARACTER_BYTES, WordDistance
from generation.constraint.any_tokens.spelling_distance import SpellingDistance
from generation.constraint.finish import (
    END_KINDS,
    MIN_SENTENCE_TOKENS,
    EndKind,
    Finish,
    may_begin_end,
)
from generation.constraint.lengths.groups import TokenGroup
from generation.constraint.session import NO_IDS, DeadEnd, Place, State, TokenIds
from generation.constraint.token_ids import union
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.surroundings import START, BoundaryState
from vocab.words.text_automaton import Configuration, TextAutomaton
from vocab.words.trie import NO_RANK, ROOT, Int64, build_trie
from vocab.words.utf8 import character_length

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BytePosition(NamedTuple):
    """A position that the text so far may have, counted in bytes.

    at: The text automaton's configuration. Inside a word its node may be inside a character.
    pending: The first bytes of a mark whose character is incomplete.
    continued: True at the end of a text that the reply continues. Even a short reply need not end
        here.
    """

    at: Configuration
    pending: bytes = b""
    continued: bool = False


BytePositions = frozenset[BytePosition]

ROW_BYTES = 500  # of a row without its array
MAX_GROUPED = 8  # positions whose groups are cached, with thousands of tokens each


class TokenByteTrie:
    """A trie of the bytes of all tokens, shared by all lists of a tokenizer.

    It is made of a few arrays, because 262,144 tokens as linked objects would take hundreds of
    megabytes.
    """

    def __init__(self, table: TokenTable) -> None:
        tokens: dict[bytes, list[int]] = {}  # SentencePiece can have two tokens of one byte
        for token_id, encoded in table.bytes_of.items():
            if encoded:
                tokens.setdefault(encoded, []).append(token_id)
        keys = list(tokens)
        self._groups = list(tokens.values())
        self._trie = build_trie(
            np.frombuffer(b"".join(keys), np.uint8).astype(np.int64),
            np.fromiter((len(key) for key in keys), np.int64, len(keys)),
            np.arange(len(keys), dtype=np.int32),
        )

    def tokens(self, node: int) -> list[int]:
        """Return the tokens whose bytes end at `node`."""
        group = int(self._trie.rank[node])
        return [] if group == NO_RANK else self._groups[group]

    def children(self, node: int) -> Iterator[tuple[int, int]]:
        """Yield each byte that may follow at `node`, and the node after it."""
        below = self._trie.children(node)
        return zip(self._trie.label[below].tolist(), range(below.start, below.stop), strict=True)


class SpellingAutomaton:
    """All texts of `text`, by any tokens. Used by one thread at a time.

    It is a Constraint and its own session. A state is a set of positions, and its row is the union
    of their rows. The position after a word does not depend on the word, so what may follow a word
    is computed once.
    """

    def __init__(
        self,
        text: TextAutomaton,
        table: TokenTable,
        trie: TokenByteTrie,
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
        self._rows: OrderedDict[BytePosition, TokenIds] = OrderedDict()
        self._needs: OrderedDict[tuple[EndKind, BytePosition], Int64] = OrderedDict()
        self._end_distance = SpellingDistance(text, table)
        self._word_distance = WordDistance(text, table)
        self._groups: OrderedDict[BytePosition, list[TokenGroup]] = OrderedDict()
        self.start = self.start_at(START)

    def session(self) -> SpellingAutomaton:
        return self  # a request has nothing but its states

    def start_at(self, at: BoundaryState) -> State:
        return frozenset({BytePosition(Configuration(at), continued=at != START)})

    is_full = False  # states are values, and the caches of rows are bounded
    state_count = 0
    reachable = None

    @property
    def nbytes(self) -> int:
        rows = [*list(self._rows.values()), *list(self._needs.values())]
        return ROW_BYTES * len(rows) + sum(row.nbytes for row in rows)

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        assert isinstance(state, frozenset)  # noqa: S101
        positions = [each for position in state for each in self._with_word_end(position)]
        rows = [self._row(position) for position in positions]
        row = rows[0] if len(rows) == 1 else union(rows)
        if len(row) == 0:
            raise DeadEnd
        if remaining is None or remaining > self._end_distance.horizon:
            return row
        return self._within(row, positions, remaining)

    def parts(self, state: State, remaining: int | None = None) -> None:
        """None: the rows of a state's positions have ids in common."""

    def place(self, state: State) -> Place:
        """Of a text in a language with spaces. The first bytes of a mark are inside a word."""
        assert isinstance(state, frozenset)  # noqa: S101
        if not any(each.pending or each.at.form_class is not None for each in state):
            return Place.BETWEEN
        ends = any(self._word_end(each) is not None for each in state)
        return Place.MAY_END if ends else Place.INSIDE

    def _within(self, row: TokenIds, positions: Sequence[BytePosition], left: int) -> TokenIds:
        """Return the tokens after which a sentence, or else a word, still ends in time."""
        written = [each for each in positions if not each.continued]
        if left < MIN_SENTENCE_TOKENS and any(map(self._end_distance.ends_sentence, written)):
            return self._stops
        for kind in END_KINDS[self.finish]:
            kept = [self._row(each)[self._needs_of(each, kind) <= left - 1] for each in positions]
            if any(map(len, kept)):
                return union(kept)
        return row

    def sentence_ends(self, state: State) -> TokenIds:
        assert isinstance(state, frozenset)  # noqa: S101
        if any(self._end_distance.ends_sentence(each) for each in state if not each.continued):
            return NO_IDS
        positions = [each for position in state for each in self._with_word_end(position)]
        rows = [
            self._row(each)[self._needs_of(each, EndKind.SENTENCE) == 0]
            for each in positions
            if each.at.form_class is None and not each.pending
            if may_begin_end(self.text.surroundings, each.at.at)
        ]
        ends = union([NO_IDS, *rows])
        return ends[~np.isin(ends, self._stops)]

    def groups(self, state: State) -> Iterator[TokenGroup]:
        assert isinstance(state, frozenset)  # noqa: S101
        for each in state:
            for position in self._with_word_end(each):
                yield from self._groups_of(position)

    def _groups_of(self, position: BytePosition) -> list[TokenGroup]:
        found = self._groups.get(position)
        if found is None:
            needs, end = self._word_distance.needs, EndKind.SENTENCE
            found = [
                TokenGroup(np.array(ids), text, min(needs(each, end) for each in positions))
                for ids, positions in self._walk(position)
                for text in [self._table.bytes_of[ids[0]]]
            ]
            if len(self._row(position)) > sum(len(each.ids) for each in found):
                found.append(TokenGroup(self._stops, None, 0))
            _keep(self._groups, position, found, MAX_GROUPED)
        return found

    @property
    def most_words(self) -> int:
        """See GroupingSession. In a language without spaces a token may be several words."""
        return 3 + self._longest_token

    @cached_property
    def _longest_token(self) -> int:
        return max(map(len, self._table.bytes_of.values()), default=0) // CHARACTER_BYTES

    def advance(self, state: State, token_id: int) -> State:
        assert isinstance(state, frozenset)  # noqa: S101
        positions: BytePositions = state
        for byte in self._table.bytes_of.get(token_id, b""):
            positions = frozenset(
                following for position in positions for following in self._step(position, byte)
            )
        if not positions:
            raise DeadEnd
        return positions

    def _with_word_end(self, position: BytePosition) -> list[BytePosition]:
        end = self._word_end(position)
        return [position] if end is None else [position, end]

    def _word_end(self, position: BytePosition) -> BytePosition | None:
        """Return the position after a word that may end here."""
        at = position.at
        if at.form_class is None or not self.text.boundaries(at):
            return None
        return BytePosition(Configuration(at.at))

    def _step(self, position: BytePosition, byte: int) -> list[BytePosition]:
        found = self._step_without_end(position, byte)
        end = self._word_end(position)
        if end is not None:
            found += self._step_without_end(end, byte)
        return found

    def _step_without_end(self, position: BytePosition, byte: int) -> list[BytePosition]:
        """Take one byte, which continues the current word, or begins a mark or a word."""
        at, found = position.at, []
        encoded = bytes([byte])
        if at.form_class is not None:
            trie = self.text.lexicon.trie(at.form_class)
            assert trie is not None  # noqa: S101
            node = trie.step(at.node, encoded, self.text.max_rank)
            return [] if node is None else [BytePosition(at._replace(node=node))]
        if not position.pending:
            for form_class, trie in self.text.words_at(at.at):
                node = trie.step(ROOT, encoded, self.text.max_rank)
                if node is not None:
                    after = self.text.surroundings.after_word(at.at, form_class)
                    found.append(BytePosition(Configuration(after, form_class, node)))
        data = position.pending + encoded
        marks = self.text.surroundings.marks(at.at)
        if len(data) == character_length(data[0]):
            following = marks.get(data.decode(errors="replace"))
            if following is not None:
                found.append(BytePosition(Configuration(following)))
        elif any(mark.encode().startswith(data) for mark in marks):
            found.append(BytePosition(at, data))
        return found

    def _row(self, position: BytePosition) -> TokenIds:
        """Return the tokens that may follow if the current word does not end here."""
        row = self._rows.get(position)
        if row is None:
            self.rows_made += 1
            tokens = [token for group, _ in self._walk(position) for token in group]
            row = np.asarray(tokens, np.int64)
            # The end of a word is a position of its own, and its row has the stop tokens.
            between_words = not position.pending and position.at.form_class is None
            if between_words and self.text.surroundings.can_end(position.at.at):
                row = np.concatenate((row, self._stops))
            _keep(self._rows, position, row, self._max_states)
        return row

    def _needs_of(self, position: BytePosition, kind: EndKind) -> Int64:
        """Return [tokens of the row]: the maximum number of tokens from each to an end."""
        needs = self._needs.get((kind, position))
        if needs is None:
            found = [
                bytes_left
                for group, positions in self._walk(position)
                for bytes_left in [min(self._end_distance.needs(each, kind) for each in positions)]
                * len(group)
            ]
            needs = np.zeros(len(self._row(position)), np.int64)  # 0 for the stop tokens
            needs[: len(found)] = found
            _keep(self._needs, (kind, position), needs, self._max_states)
        return needs

    def _walk(self, position: BytePosition) -> Iterator[tuple[list[int], tuple[BytePosition, ...]]]:
        """Yield the tokens of equal bytes that may follow, and the positions after them."""
        pending: list[tuple[int, tuple[BytePosition, ...]]] = [(ROOT, (position,))]
        while pending:
            node, positions = pending.pop()
            tokens = self._trie.tokens(node)
            if tokens:
                yield tokens, positions
            step = self._step_without_end if node == ROOT else self._step
            for byte, child in self._trie.children(node):
                following = {after for before in positions for after in step(before, byte)}
                if following:
                    pending.append((child, tuple(following)))


def _keep(cache: OrderedDict[Key, Value], key: Key, row: Value, size: int) -> None:
    cache[key] = row
    if len(cache) > size:
        cache.popitem(last=False)
