"""End a reply in time where a word may be spelt by any tokens: an upper bound, counted in bytes.

Every byte that is still needed may be written by a token of its own, so what needs n bytes needs n
tokens at most. A vocabulary that lacks the token of some byte gets no bound and no budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from generation.constraint.finish import (
    PAIRED,
    UNREACHABLE,
    Goal,
    is_good,
    open_signs,
    shortest_way,
)
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.surroundings import STRONG, BoundaryState
from vocab.words.trie import ROOT, Int32
from vocab.words.word_forms import FORM_CLASSES, FormClass

if TYPE_CHECKING:
    from generation.constraint.any_tokens.spelling_automaton import Reading
    from vocab.words.text_automaton import TextAutomaton

# Behind the last word: a sentence end, two closing marks, and what has to come before them.
MAX_ENDING_BYTES = 16


class SpellingDistance:
    """Distances in bytes from a place in a text to a good end. Used by one thread at a time."""

    def __init__(self, text: TextAutomaton, table: TokenTable) -> None:
        self._text = text
        self._table = table
        self._to_word_end: dict[FormClass, Int32] = {}
        self._known: dict[tuple[Goal, BoundaryState], int] = {}

    @cached_property
    def horizon(self) -> int:
        """With more tokens left than this, every end is in reach; 0 if there is no bound."""
        if not all(bytes([byte]) in self._table.ids_of for byte in _BYTES_OF_TEXT):
            return 0
        tries = (self._text.lexicon.trie(each) for each in FORM_CLASSES)
        longest = max(len(trie.ranks.levels) - 2 for trie in tries if trie is not None)
        # One word to finish and one more, at most: a dash or an apostrophe wants another.
        return 2 * longest + MAX_ENDING_BYTES

    def needs(self, reading: Reading, goal: Goal) -> int:
        """How many bytes lead from a reading to a good end, at most."""
        at, form_class, node = reading.at
        if form_class is not None:
            steps = int(self._steps(form_class)[node])
            return min(steps + self._from_place(at, goal), UNREACHABLE)
        if not reading.pending:
            return self._from_place(at, goal)
        return min(
            (
                len(mark.encode()) - len(reading.pending) + self._from_place(following, goal)
                for mark, following in self._text.surroundings.marks(at).items()
                if mark.encode().startswith(reading.pending)
            ),
            default=UNREACHABLE,
        )

    def ends_sentence(self, reading: Reading) -> bool:
        between_words = reading.at.form_class is None and not reading.pending
        return between_words and self._text.surroundings.ends_sentence(reading.at.at)

    def _steps(self, form_class: FormClass) -> Int32:
        if form_class not in self._to_word_end:
            trie = self._text.lexicon.trie(form_class)
            assert trie is not None  # noqa: S101
            self._to_word_end[form_class] = trie.ranks.steps_to_end(self._text.max_rank)
        return self._to_word_end[form_class]

    def _from_place(self, at: BoundaryState, goal: Goal) -> int:
        if at.after in PAIRED:
            ways = (cost + self._from_place(after, goal) for cost, after in self._edges(at))
            return min((*ways, UNREACHABLE))
        bare = at._replace(closers=open_signs(at))
        key = (goal, bare)
        surroundings = self._text.surroundings
        if key not in self._known:
            self._known[key] = shortest_way(
                bare, self._edges, lambda a: is_good(surroundings, a, goal)
            )
        needed = self._known[key]
        if needed == UNREACHABLE or goal is Goal.WORD:
            return needed
        outer = at.closers.removesuffix(bare.closers)
        return needed + sum(2 if mark == STRONG else len(mark.encode()) for mark in outer)

    def _edges(self, at: BoundaryState) -> Iterator[tuple[int, BoundaryState]]:
        surroundings = self._text.surroundings
        for mark, following in surroundings.marks(at).items():
            if len(following.closers) <= len(at.closers):
                yield len(mark.encode()), following
        for form_class, _ in self._text.words_at(at):
            yield int(self._steps(form_class)[ROOT]), surroundings.after_word(at, form_class)


# UTF-8 never uses the others (RFC 3629, section 3).
_BYTES_OF_TEXT = (0x0A, *range(0x20, 0x7F), *range(0x80, 0xC0), *range(0xC2, 0xF5))
