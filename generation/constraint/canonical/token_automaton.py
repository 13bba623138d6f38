"""The token automaton: the tokens that may come next, under a wordlist and a tokenizer.

A state is a number for a set of positions that the text so far may have: inside a word (a node of a
trie of token paths) or between words (a boundary). There are several where a token can be both, as
` York` after ` New` when `New York`, `New` and `York` are all listed. This is the subset
construction, done lazily.

The allowed tokens of a state are computed on the first visit and kept. What may follow a finished
word does not depend on the word, so it is kept once for all words (`boundaries.py`): the row of a
state is its own few tokens and a reference to a shared row.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from threading import RLock

from generation.constraint.canonical.boundaries import Boundaries, InWord, Position
from generation.constraint.canonical.end_distance import EndDistance
from generation.constraint.canonical.length_groups import LengthGroups
from generation.constraint.canonical.mark_tokens import BOUNDARY_AT_START, Boundary
from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.finish import Finish
from generation.constraint.lengths.groups import TokenGroup
from generation.constraint.session import DeadEnd, Place, RowParts, State, TokenIds
from generation.constraint.token_ids import concatenated, disjoint
from vocab.words.orthography import Style
from vocab.words.surroundings import START, BoundaryState

Positions = frozenset[Position]

# Of a state with its row and of a step, as measured with SmolLM2.
STATE_BYTES = 700
STEP_BYTES = 250


class TokenAutomaton:
    """The automaton for the first `max_rank` entries in one style. Any thread may use it.

    It is a Constraint and its own session.

    stop_ids: The tokens that end a reply.
    finish: Where a reply ends that reaches its token limit.
    max_states: Maximum number of rows and of steps in the caches. With more states than this the
        automaton is full, because requests may hold the numbers of its states.
    """

    def __init__(
        self,
        paths: WordPaths,
        max_rank: int,
        stop_ids: Sequence[int],
        *,
        style: Style | None = None,
        finish: Finish = Finish.SENTENCE,
        max_states: int = 20_000,
    ) -> None:
        self.paths = paths  # shared with the automata of other N
        self._boundaries = Boundaries(paths, max_rank, stop_ids, style)
        self._end_distance = EndDistance(self._boundaries, finish)
        self._max_states = max_states
        self.rows_made = 0
        self._positions: list[Positions] = []
        self._number: dict[Positions, int] = {}
        self._rows: OrderedDict[int, RowParts] = OrderedDict()
        self._steps: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._places: dict[int, Place] = {}
        # The caches are read without this lock; everything is computed under it.
        self._lock = RLock()
        self.start: State = self._intern(frozenset({BOUNDARY_AT_START}))

    # --- the session -----------------------------------------------------------------------------

    def start_at(self, at: BoundaryState) -> State:
        if at == START:
            return self.start
        with self._lock:
            return self._intern(frozenset({Boundary(at, continued=True)}))

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        # Concatenated at each call: cached, it would be a copy of the shared row for every word.
        return concatenated(self.parts(state, remaining))

    def parts(self, state: State, remaining: int | None = None) -> RowParts:
        assert isinstance(state, int)  # noqa: S101
        parts = self._rows.get(state)
        if parts is None:
            with self._lock:
                self.rows_made += 1
                parts = self._rows[state] = self._parts(self._positions[state])
                if len(self._rows) > self._max_states:
                    self._rows.popitem(last=False)
        if not parts:
            raise DeadEnd
        if remaining is None or remaining > self._end_distance.horizon:
            return parts
        with self._lock:
            return self._end_distance.within(parts, self._positions[state], remaining)

    def advance(self, state: State, token_id: int) -> State:
        """Return the state after an allowed token. Raises DeadEnd after any other."""
        assert isinstance(state, int)  # noqa: S101
        step = (state, token_id)
        after = self._steps.get(step)
        if after is None:
            with self._lock:
                after = self._steps[step] = self._after(state, token_id)
                if len(self._steps) > self._max_states:
                    self._steps.popitem(last=False)
        return after

    def sentence_ends(self, state: State) -> TokenIds:
        assert isinstance(state, int)  # noqa: S101
        with self._lock:
            return self._end_distance.sentence_ends(self._positions[state])

    def groups(self, state: State) -> list[TokenGroup]:
        assert isinstance(state, int)  # noqa: S101
        with self._lock:
            return list(self._length_groups.of(self._positions[state]))

    @property
    def most_words(self) -> int:
        return self._length_groups.most_words

    @cached_property
    def _length_groups(self) -> LengthGroups:
        return LengthGroups(self._boundaries)

    def place(self, state: State) -> Place:
        assert isinstance(state, int)  # noqa: S101
        place = self._places.get(state)
        if place is None:
            with self._lock:
                place = self._places[state] = self._find_place(self._positions[state])
        return place

    def _find_place(self, positions: Positions) -> Place:
        if not any(isinstance(each, InWord) for each in positions):
            return Place.BETWEEN
        ends = any(self._boundaries.boundary_of(each) is not None for each in positions)
        return Place.MAY_END if ends else Place.INSIDE

    def _after(self, state: int, token_id: int) -> int:
        following: set[Position] = set()
        for position in self._positions[state]:
            following.update(self._step(position, token_id))
        if not following:
            raise DeadEnd
        return self._intern(frozenset(following))

    @property
    def reachable(self) -> TokenIds:
        """See `Boundaries.reachable`."""
        with self._lock:
            return self._boundaries.reachable

    # --- the constraint --------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the rows that every text needs, which takes most of the time of a build."""
        with self._lock:
            self._boundaries.prepare()

    def session(self) -> TokenAutomaton:
        return self  # a request has nothing but its states

    @property
    def is_full(self) -> bool:
        return len(self._positions) > self._max_states

    @property
    def nbytes(self) -> int:
        states = STATE_BYTES * len(self._positions) + STEP_BYTES * len(self._steps)
        arrays = [*self._boundaries.arrays, *self._end_distance.arrays]
        return states + sum({id(array): array.nbytes for array in arrays}.values())

    @property
    def state_count(self) -> int:
        return len(self._positions)

    # --- one state -------------------------------------------------------------------------------

    def _intern(self, positions: Positions) -> int:
        number = self._number.get(positions)
        if number is None:
            number = self._number[positions] = len(self._positions)
            self._positions.append(positions)
        return number

    def _parts(self, positions: Positions) -> RowParts:
        parts, boundaries = [], self._boundaries
        for position in positions:
            if isinstance(position, InWord):
                trie = boundaries.trie(position.key)
                parts.append(boundaries.first_tokens(trie, position.node))
            boundary = boundaries.boundary_of(position)
            if boundary is not None:
                parts.append(boundaries.row(boundary).tokens)
        return disjoint(parts)

    def _step(self, position: Position, token_id: int) -> list[Position]:
        found: list[Position] = []
        boundaries = self._boundaries
        if isinstance(position, InWord):
            child = boundaries.child(boundaries.trie(position.key), position.node, token_id)
            if child is not None:
                found.append(position._replace(node=child))
        boundary = boundaries.boundary_of(position)
        if boundary is not None:
            row = boundaries.row(boundary)
            if token_id in row.following:
                found.append(row.following[token_id])
            for words in row.words:
                node = words.paths.begin(token_id, boundaries.max_rank)
                if node is not None:
                    found.append(InWord(words.key, node, words.after))
        return found
