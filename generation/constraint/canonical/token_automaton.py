"""The token automaton: which tokens may come next, under a wordlist, for a given tokenizer.

A state is a number. Behind it stands a set of readings of the text so far: in the middle of a
word (a node of a trie of token paths) or between words (a boundary). Readings are several where a
token can be both, as ` York` after ` New`, when `New York`, `new` and `York` are all listed.

A state's allowed tokens are worked out on the first visit and kept. What may follow a finished
word does not depend on the word, so it is kept once for all words (`boundaries.py`): a state's row
is its own few tokens and a reference to a shared row.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import RLock

from generation.constraint.canonical.boundaries import Boundaries, InWord, Reading
from generation.constraint.canonical.end_distance import EndDistance
from generation.constraint.canonical.mark_tokens import BOUNDARY_AT_START
from generation.constraint.canonical.word_paths import TrieKey, WordPaths
from generation.constraint.finish import Finish
from generation.constraint.session import (
    DeadEnd,
    RowParts,
    State,
    TokenIds,
    apart,
    joined,
)
from vocab.words.orthography import Style

Readings = frozenset[Reading]


class TokenAutomaton:
    """The automaton for the first `max_rank` entries in one style. Any thread may use it.

    stop_ids: the tokens that end a reply. finish: where a reply ends that runs out of tokens.
    max_states: how many states' rows and how many steps are kept, and how many states make it
    full: their numbers cannot be taken back from the requests that hold them.
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
        self._budget = EndDistance(self._boundaries, finish)
        self._max_states = max_states
        self.rows_made = 0
        self._readings: list[Readings] = []
        self._number: dict[Readings, int] = {}
        self._rows: OrderedDict[int, RowParts] = OrderedDict()
        self._steps: OrderedDict[tuple[int, int], int] = OrderedDict()
        # What is known is looked up without it; everything is worked out under it.
        self._lock = RLock()
        self.start: State = self._intern(frozenset({BOUNDARY_AT_START}))

    # --- what decoding asks ----------------------------------------------------------------------

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        """Return the ids that may come next, [n], n >= 1, each once. Raises DeadEnd.

        remaining: how many tokens the reply may still have, this one included.
        """
        # Joined anew each time: kept, this would be the shared part once for every word.
        return joined(self.parts(state, remaining))

    def parts(self, state: State, remaining: int | None = None) -> RowParts:
        """The same as arrays that have no id in common, so that what is shared stays one array."""
        assert isinstance(state, int)  # noqa: S101
        parts = self._rows.get(state)
        if parts is None:
            with self._lock:
                self.rows_made += 1
                parts = self._rows[state] = self._parts(self._readings[state])
                if len(self._rows) > self._max_states:
                    self._rows.popitem(last=False)
        if not parts:
            raise DeadEnd
        if remaining is None or remaining > self._budget.horizon:
            return parts
        with self._lock:
            return self._budget.within(parts, self._readings[state], remaining)

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

    def _after(self, state: int, token_id: int) -> int:
        following: set[Reading] = set()
        for reading in self._readings[state]:
            following.update(self._step(reading, token_id))
        if not following:
            raise DeadEnd
        return self._intern(frozenset(following))

    def prepare(self) -> None:
        """Do now what the first steps of any text would do, which takes long with a long list."""
        with self._lock:
            self._boundaries.prepare()

    def session(self) -> TokenAutomaton:
        return self  # a state is all there is to a request

    @property
    def is_full(self) -> bool:
        return len(self._readings) > self._max_states

    @property
    def state_count(self) -> int:
        return len(self._readings)

    @property
    def reachable(self) -> TokenIds:
        """See `Boundaries.reachable`."""
        with self._lock:
            return self._boundaries.reachable

    # --- one state -------------------------------------------------------------------------------

    def _intern(self, readings: Readings) -> int:
        number = self._number.get(readings)
        if number is None:
            number = self._number[readings] = len(self._readings)
            self._readings.append(readings)
        return number

    def _parts(self, readings: Readings) -> RowParts:
        parts, boundaries = [], self._boundaries
        for reading in readings:
            if isinstance(reading, InWord):
                trie = boundaries.trie(reading.key)
                parts.append(boundaries.first_tokens(trie, reading.node))
            boundary = boundaries.of(reading)
            if boundary is not None:
                parts.append(boundaries.row(boundary).tokens)
        return apart(parts)

    def _step(self, reading: Reading, token_id: int) -> list[Reading]:
        found: list[Reading] = []
        boundaries = self._boundaries
        if isinstance(reading, InWord):
            child = boundaries.child(boundaries.trie(reading.key), reading.node, token_id)
            if child is not None:
                found.append(reading._replace(node=child))
        boundary = boundaries.of(reading)
        if boundary is not None:
            shared = boundaries.row(boundary)
            if token_id in shared.following:
                found.append(shared.following[token_id])
            for words in shared.words:
                begun = words.paths.begin(token_id, boundaries.max_rank)
                if begun is not None:
                    part, node = begun
                    found.append(InWord(TrieKey(words.key, part), node, words.after))
        return found
