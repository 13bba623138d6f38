"""The constraint by lm-format-enforcer, with the text automaton as its character parser.

It is portable and slow. Tokens that hold part of a character are never allowed, because the library
works on characters. Words with a character that has no token of its own are left out, because a
text that began one could not continue. The library's transformers integration cannot be imported
with transformers 5, so the small part of it that is needed is here, on its core classes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable

import numpy as np
from lmformatenforcer import CharacterLevelParser, TokenEnforcer, TokenEnforcerTokenizerData
from lmformatenforcer.exceptions import LMFormatEnforcerException
from lmformatenforcer.tokenlist import TokenList

from generation.constraint.session import NO_IDS, DeadEnd, State, TokenIds
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.surroundings import START, BoundaryState
from vocab.words.text_automaton import Configuration, TextAutomaton, TextState
from vocab.words.vocabulary import Vocabulary

Prefix = tuple[int, ...]


class TextParser(CharacterLevelParser):  # type: ignore[misc]
    """A state of the text automaton as one of lm-format-enforcer's immutable parsers."""

    def __init__(self, automaton: TextAutomaton, state: TextState) -> None:
        super().__init__()
        self.automaton = automaton
        self.state = state

    def add_character(self, new_character: str) -> TextParser:
        following = self.automaton.step(self.state, new_character)
        if following is None:
            # That library takes any other exception for an end of the text.
            raise LMFormatEnforcerException(f"{new_character!r} may not come here")
        return TextParser(self.automaton, following)

    def get_allowed_characters(self) -> str:
        return "".join(self.automaton.next_characters(self.state))

    def can_end(self) -> bool:
        return self.automaton.can_end(self.state)

    def cache_key(self) -> Hashable:
        return self.state


class AllowedCache(OrderedDict[Hashable, TokenList]):
    """Maps a text state to its allowed tokens. Drops the oldest entries beyond `max_states`.

    All TokenEnforcers of a constraint share it; their own caches would be lost with the request.
    """

    def __init__(self, max_states: int) -> None:
        super().__init__()
        self.max_states = max_states

    def __setitem__(self, key: Hashable, value: TokenList) -> None:
        # An array, because decoding indexes logits with it at every step.
        value.allowed_tokens = np.asarray(value.allowed_tokens, dtype=np.int64)
        super().__setitem__(key, value)
        while len(self) > self.max_states:
            self.popitem(last=False)


class LmfeConstraint:
    """A Constraint, used by one thread at a time."""

    def __init__(
        self, data: TokenEnforcerTokenizerData, vocabulary: Vocabulary, max_states: int
    ) -> None:
        """Raises DeadEnd if the tokenizer cannot write any of the words."""
        self._data = data
        # Each of these characters can be written wherever the text may have it.
        alphabet = {text for _, text, _ in data.regular_tokens if len(text) == 1}
        try:
            self._automaton = vocabulary.automaton_within(alphabet)
        except ValueError as error:
            raise DeadEnd from error
        self._allowed = AllowedCache(max_states)

    is_full = False  # the states belong to the sessions
    state_count = 0  # states are tuples of ids
    rows_made = 0  # the library does not report it

    @property
    def nbytes(self) -> int:
        return sum(row.allowed_tokens.nbytes for row in list(self._allowed.values()))

    def session(self) -> LmfeSession:
        return LmfeSession(self._enforcer)

    def _enforcer(self, start: TextState) -> TokenEnforcer:
        # Each request has its own enforcer, because an enforcer keeps every prefix that it has seen
        # and takes a prompt that is one token longer than another for its continuation.
        enforcer = TokenEnforcer(self._data, TextParser(self._automaton, start))
        enforcer.allowed_token_cache = self._allowed
        return enforcer


class LmfeSession:
    """A ConstraintSession. A state is the tuple of generated ids, as in that library.

    make_enforcer: Returns an enforcer of the texts that begin in a state.
    """

    def __init__(self, make_enforcer: Callable[[TextState], TokenEnforcer]) -> None:
        self._make_enforcer = make_enforcer
        self.start = self.start_at(START)

    def start_at(self, at: BoundaryState) -> State:
        self._enforcer = self._make_enforcer(frozenset({Configuration(at)}))
        return ()

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        assert isinstance(state, tuple)  # noqa: S101
        # The enforcer takes a prefix for a new prompt unless it has seen the prefix before it.
        known = self._enforcer.prefix_states
        for length in range(len(state)):
            if state[:length] not in known:
                self._enforcer.get_allowed_tokens(state[:length])
        found: TokenIds = self._enforcer.get_allowed_tokens(state).allowed_tokens
        if len(found) == 0:
            raise DeadEnd
        return found

    def advance(self, state: State, token_id: int) -> State:
        assert isinstance(state, tuple)  # noqa: S101
        return (*state, token_id)

    def sentence_ends(self, state: State) -> TokenIds:
        """None: the library does not tell where a sentence ends."""
        return NO_IDS

    def parts(self, state: State, remaining: int | None = None) -> None:
        """None: each row is one array of its own."""

    reachable = None


def tokenizer_data(table: TokenTable, stop_ids: Iterable[int]) -> TokenEnforcerTokenizerData:
    """Return the tokenizer data of lm-format-enforcer, shared by all lists. It takes seconds."""
    tokens = []
    for token_id, encoded in table.bytes_of.items():
        try:
            text = encoded.decode()
        except UnicodeDecodeError:
            continue  # the token holds part of a character
        if text:
            # Declared as word starts, because the library decodes the whole reply at every step to
            # find the text of other tokens.
            tokens.append((token_id, text, True))
    vocabulary_size = max(table.bytes_of) + 1
    return TokenEnforcerTokenizerData(
        tokens,
        lambda ids: table.text(ids).decode(errors="replace"),
        list(stop_ids),
        False,
        vocabulary_size,
    )
