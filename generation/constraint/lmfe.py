"""The constraint through lm-format-enforcer, with the text automaton as its character parser.

Portable and slow: tokens that hold part of a character are never allowed, because that library
works on characters. Words with a character that no token writes whole are therefore left out, or
the text could run into them and not get on. Its transformers integration cannot be imported with
transformers 5, so the little of it that is needed stands here, on its core classes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterable

import numpy as np
from lmformatenforcer import CharacterLevelParser, TokenEnforcer, TokenEnforcerTokenizerData
from lmformatenforcer.exceptions import LMFormatEnforcerException
from lmformatenforcer.tokenlist import TokenList

from generation.constraint.session import DeadEnd, State, TokenIds
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.text_automaton import TextAutomaton, TextState
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
            # The only exception that library does not swallow into "end of text".
            raise LMFormatEnforcerException(f"{new_character!r} may not come here")
        return TextParser(self.automaton, following)

    def get_allowed_characters(self) -> str:
        return "".join(self.automaton.next_characters(self.state))

    def can_end(self) -> bool:
        return self.automaton.can_end(self.state)

    def cache_key(self) -> Hashable:
        return self.state


class AllowedCache(OrderedDict[Hashable, TokenList]):
    """Text state -> allowed tokens, least recently added out first.

    Handed to every TokenEnforcer of a constraint: its own cache would die with the request.
    """

    def __init__(self, max_states: int) -> None:
        super().__init__()
        self.max_states = max_states

    def __setitem__(self, key: Hashable, value: TokenList) -> None:
        # Kept as an array: decoding indexes logits with it at every step.
        value.allowed_tokens = np.asarray(value.allowed_tokens, dtype=np.int64)
        super().__setitem__(key, value)
        while len(self) > self.max_states:
            self.popitem(last=False)


class LmfeConstraint:
    """Shared by all requests with the same vocabulary, used by one thread at a time."""

    def __init__(
        self, data: TokenEnforcerTokenizerData, vocabulary: Vocabulary, max_states: int
    ) -> None:
        """Raises DeadEnd if the tokenizer can write none of the words."""
        self._data = data
        # A character with a token of its own can be written wherever it may stand.
        alphabet = {text for _, text, _ in data.regular_tokens if len(text) == 1}
        try:
            self._automaton = vocabulary.automaton_within(alphabet)
        except ValueError as error:
            raise DeadEnd from error
        self._allowed = AllowedCache(max_states)

    is_full = False  # what grows belongs to the session
    state_count = 0  # states are tuples of ids
    rows_made = 0  # the library does not report it

    def session(self) -> LmfeSession:
        # One enforcer a request: it keeps every prefix it has seen, and would take a prompt that
        # is one token longer than another for its continuation.
        enforcer = TokenEnforcer(self._data, TextParser(self._automaton, self._automaton.start))
        enforcer.allowed_token_cache = self._allowed
        return LmfeSession(enforcer)


class LmfeSession:
    """A state is the tuple of generated ids, which is how that library tells states apart."""

    def __init__(self, enforcer: TokenEnforcer) -> None:
        self._enforcer = enforcer

    @property
    def start(self) -> State:
        return ()

    def allowed(self, state: State, remaining: int | None = None) -> TokenIds:
        assert isinstance(state, tuple)  # noqa: S101
        # A prefix whose parent it has not seen is taken for a prompt, that is for a fresh start.
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

    def parts(self, state: State, remaining: int | None = None) -> None:
        """None: each row is one array of its own."""

    reachable = None


def tokenizer_data(table: TokenTable, stop_ids: Iterable[int]) -> TokenEnforcerTokenizerData:
    """What lm-format-enforcer needs to know of a tokenizer; takes seconds, shared by all lists."""
    tokens = []
    for token_id, encoded in table.bytes_of.items():
        try:
            text = encoded.decode()
        except UnicodeDecodeError:
            continue  # part of a character
        if text:
            # Declared a word start, so that its text is taken as it is instead of being found by
            # decoding the whole generation at every step.
            tokens.append((token_id, text, True))
    vocabulary_size = max(table.bytes_of) + 1
    return TokenEnforcerTokenizerData(
        tokens,
        lambda ids: table.text(ids).decode(errors="replace"),
        list(stop_ids),
        False,
        vocabulary_size,
    )
