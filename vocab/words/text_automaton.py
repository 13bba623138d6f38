"""The automaton that accepts the texts of a wordlist, character by character.

`TextAutomaton` combines a lexicon and its surroundings. A space, an apostrophe or a full stop may
continue an entry (`New York`, `don't`, `etc.`) or follow a shorter one, so the automaton is
nondeterministic: a state is a set of configurations, one for each interpretation of the text.

States are hashable and do not depend on the text that led to them.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from vocab.words.lexicon import ROOT, ByteTrie, Lexicon
from vocab.words.orthography import Style
from vocab.words.surroundings import START, BoundaryState, Surroundings
from vocab.words.word_forms import FormClass


class Configuration(NamedTuple):
    """One interpretation of the text so far.

    at: The state between words; inside a word, the state after that word.
    form_class: The class of the unfinished word, which selects its trie; None between words.
    node: The node of the unfinished word in that trie.
    """

    at: BoundaryState
    form_class: FormClass | None = None
    node: int = ROOT


TextState = frozenset[Configuration]

# Texts repeat themselves, so steps are cached. Maximum number of entries of each cache, which is
# cleared when it is full. An entry takes about 400 bytes, so a list needs less than 4 MB.
MAX_KNOWN_STEPS = 4_000


class TextAutomaton:
    """Accepts the texts made of the first `max_rank` entries of `lexicon`. Thread-safe.

    A `max_rank` above the size of the lexicon means all entries.
    """

    def __init__(self, lexicon: Lexicon, style: Style, max_rank: int) -> None:
        self.lexicon = lexicon
        self.max_rank = min(max_rank, len(lexicon))
        self.surroundings = Surroundings(lexicon.orthography, style)
        self.start: TextState = frozenset({Configuration(START)})
        self._words_at: dict[BoundaryState, tuple[tuple[FormClass, ByteTrie], ...]] = {}
        self._steps: dict[tuple[TextState, str], TextState | None] = {}
        self._whole: dict[TextState, bool] = {}
        self._text_steps: dict[tuple[TextState, str], tuple[TextState | None, tuple[int, ...]]] = {}

    def build(self) -> None:
        """Build the tries now instead of on first use, because this takes long."""
        for form_class in self.lexicon.form_classes:
            if self.surroundings.admits_somewhere(form_class):
                self.lexicon.trie(form_class)

    # --- the automaton ---------------------------------------------------------------------------

    def step(self, state: TextState, character: str) -> TextState | None:
        """Return the state after `character`, or None if no text continues with it."""
        step = state, character
        try:
            return self._steps[step]
        except KeyError:
            pass
        if len(self._steps) >= MAX_KNOWN_STEPS:
            self._steps.clear()
            self._whole.clear()
        after = self._steps[step] = self._after(state, character)
        return after

    def step_text(self, state: TextState, text: str) -> tuple[TextState | None, tuple[int, ...]]:
        """Return the state after `text` (None if no text continues with it) and split positions.

        A position n means that `is_whole` holds after the first n characters of `text`.
        """
        if not text:
            return state, ()
        # The state after the first character, often a space, no longer depends on the word before
        # it, so cache entries that begin there are found again more often.
        first, rest = self.step(state, text[0]), text[1:]
        if first is None:
            return None, ()
        run = first, rest
        known = self._text_steps.get(run)
        if known is None:
            if len(self._text_steps) >= MAX_KNOWN_STEPS:
                self._text_steps.clear()
            known = self._text_steps[run] = self._step_text(first, rest)
        return known

    def _step_text(self, state: TextState, rest: str) -> tuple[TextState | None, tuple[int, ...]]:
        whole = [1] if self.is_whole(state) else []
        for count, character in enumerate(rest, start=2):
            following = self.step(state, character)
            if following is None:
                return None, tuple(whole)
            state = following
            if self.is_whole(state):
                whole.append(count)
        return state, tuple(whole)

    def _after(self, state: TextState, character: str) -> TextState | None:
        following: set[Configuration] = set()
        encoded = character.encode()
        for configuration in state:
            following.update(self._step_word(configuration, encoded))
            for at in self.boundaries(configuration):
                after = self.surroundings.marks(at).get(character)
                if after is not None:
                    following.add(Configuration(after))
        return frozenset(following) or None

    def read(self, text: str, state: TextState | None = None) -> TextState | None:
        """Return the state after `text`, or None if no text begins with it."""
        current = self.start if state is None else state
        for character in text:
            following = self.step(current, character)
            if following is None:
                return None
            current = following
        return current

    def next_characters(self, state: TextState) -> set[str]:
        """Return the characters that `step` accepts."""
        found: set[str] = set()
        for configuration in state:
            if configuration.form_class is not None:
                trie = self.lexicon.trie(configuration.form_class)
                assert trie is not None  # noqa: S101
                found.update(trie.next_characters(configuration.node, self.max_rank))
            for at in self.boundaries(configuration):
                found.update(self.surroundings.marks(at))
                for form_class, _ in self.words_at(at):
                    found.update(self._first_letters[form_class])
        return found

    def is_whole(self, state: TextState) -> bool:
        """True if no word and no run of marks is incomplete.

        Pairs may still be open. A text that has to be cut short is cut after such a state.
        """
        known = self._whole.get(state)
        if known is None:
            known = self._whole[state] = self._any(state, self.surroundings.is_whole)
        return known

    def can_end(self, state: TextState) -> bool:
        """True if the text may end: complete words, pairs closed, no comma or colon at the end."""
        return self._any(state, self.surroundings.can_end)

    def ends_sentence(self, state: TextState) -> bool:
        return self._any(state, self.surroundings.ends_sentence)

    # --- one configuration -----------------------------------------------------------------------

    def boundaries(self, configuration: Configuration) -> tuple[BoundaryState, ...]:
        """Return the state between words if a word may end here or none is unfinished, else ()."""
        if configuration.form_class is None:
            return (configuration.at,)
        trie = self.lexicon.trie(configuration.form_class)
        if trie is not None and trie.ends_word(configuration.node, self.max_rank):
            return (configuration.at,)
        return ()

    def words_at(self, at: BoundaryState) -> tuple[tuple[FormClass, ByteTrie], ...]:
        """Return the classes of words that may begin at `at`, with their tries.

        Classes without a word of rank <= `max_rank` are left out.
        """
        known = self._words_at.get(at)
        if known is None:
            known = self._words_at[at] = tuple(
                (form_class, trie)
                for form_class in self.lexicon.form_classes
                if self.surroundings.admits(at, form_class)
                and (trie := self.lexicon.trie(form_class)) is not None
                and trie.ranks.best_rank[ROOT] <= self.max_rank
            )
        return known

    def _step_word(self, configuration: Configuration, encoded: bytes) -> list[Configuration]:
        found = []
        at, form_class, node = configuration
        if form_class is not None:
            trie = self.lexicon.trie(form_class)
            assert trie is not None  # noqa: S101
            child = trie.step(node, encoded, self.max_rank)
            if child is not None:
                found.append(Configuration(at, form_class, child))
        for boundary in self.boundaries(configuration):
            for each, trie in self.words_at(boundary):
                child = trie.step(ROOT, encoded, self.max_rank)
                if child is not None:
                    after = self.surroundings.after_word(boundary, each)
                    found.append(Configuration(after, each, child))
        return found

    @cached_property
    def _first_letters(self) -> dict[FormClass, frozenset[str]]:
        return {
            form_class: frozenset(trie.next_characters(ROOT, self.max_rank))
            for form_class in self.lexicon.form_classes
            if (trie := self.lexicon.trie(form_class)) is not None
        }

    def _any(self, state: TextState, holds: object) -> bool:
        assert callable(holds)  # noqa: S101
        return any(holds(at) for each in state for at in self.boundaries(each))
