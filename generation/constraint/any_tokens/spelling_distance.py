"""End a reply in time where a word may be spelt by any tokens.

The distance to an end is counted in bytes. Each byte can be written by a token of its own, so a
distance of n bytes needs at most n tokens. A vocabulary that lacks the token of some byte of the
list gets no bound, and its replies may be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from generation.constraint.finish import (
    PAIRED,
    UNREACHABLE,
    EndKind,
    is_end,
    open_signs,
    shortest_path,
)
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.surroundings import STRONG, BoundaryState
from vocab.words.trie import ROOT, Int32
from vocab.words.word_forms import FormClass

if TYPE_CHECKING:
    from generation.constraint.any_tokens.spelling_automaton import BytePosition
    from vocab.words.text_automaton import TextAutomaton

# After the last word: a sentence end, two closing marks, and marks that must come before them.
MAX_ENDING_BYTES = 16


class SpellingDistance:
    """Distances, in bytes, to an end of each kind. Used by one thread at a time."""

    def __init__(self, text: TextAutomaton, table: TokenTable) -> None:
        self._text = text
        self._table = table
        self._to_word_end: dict[FormClass, Int32] = {}
        self._known: dict[tuple[EndKind, BoundaryState], int] = {}

    @cached_property
    def horizon(self) -> int:
        """With more tokens left than this, every end is in reach; 0 if there is no bound."""
        lexicon, surroundings = self._text.lexicon, self._text.surroundings
        classes = filter(surroundings.admits_somewhere, lexicon.form_classes)
        tries = [trie.ranks for each in classes if (trie := lexicon.trie(each)) is not None]
        used = set("".join(surroundings.all_marks).encode())
        used.update(*(np.unique(trie.label[1:]).tolist() for trie in tries))
        if not all(bytes([byte]) in self._table.ids_of for byte in used):
            return 0
        longest = max(len(trie.levels) - 2 for trie in tries)
        # The current word, and another one if it ends with a dash or an apostrophe.
        return 2 * longest + MAX_ENDING_BYTES

    def needs(self, position: BytePosition, kind: EndKind) -> int:
        """Return the maximum number of bytes from a position to an end."""
        at, form_class, node = position.at
        if form_class is not None:
            steps = self._cost_of_word(form_class, node)
            return min(steps + self._from_state(at, kind), UNREACHABLE)
        if not position.pending:
            return self._from_state(at, kind)
        return min(
            (
                self._cost(mark, position.pending) + self._from_state(following, kind)
                for mark, following in self._text.surroundings.marks(at).items()
                if mark.encode().startswith(position.pending)
            ),
            default=UNREACHABLE,
        )

    def ends_sentence(self, position: BytePosition) -> bool:
        between_words = position.at.form_class is None and not position.pending
        return between_words and self._text.surroundings.ends_sentence(position.at.at)

    def _steps(self, form_class: FormClass) -> Int32:
        if form_class not in self._to_word_end:
            trie = self._text.lexicon.trie(form_class)
            assert trie is not None  # noqa: S101
            self._to_word_end[form_class] = trie.ranks.steps_to_end(self._text.max_rank)
        return self._to_word_end[form_class]

    def _from_state(self, at: BoundaryState, kind: EndKind) -> int:
        if at.after in PAIRED:
            costs = (cost + self._from_state(after, kind) for cost, after in self._edges(at))
            return min((*costs, UNREACHABLE))
        without_closers = at._replace(closers=open_signs(at))
        key = (kind, without_closers)
        if key not in self._known:
            self._known[key] = shortest_path(
                without_closers, self._edges, lambda a: self._is_end(a, kind)
            )
        needed = self._known[key]
        if needed == UNREACHABLE or kind is EndKind.WORD:
            return needed
        outer = at.closers.removesuffix(without_closers.closers)
        return needed + sum(map(self._cost, outer))

    def _edges(self, at: BoundaryState) -> Iterator[tuple[int, BoundaryState]]:
        surroundings = self._text.surroundings
        for mark, following in surroundings.marks(at).items():
            if len(following.closers) <= len(at.closers):
                yield self._cost(mark), following
        for form_class, _ in self._text.words_at(at):
            cost = self._cost_of_word(form_class, ROOT)
            yield cost, surroundings.after_word(at, form_class)

    def _is_end(self, at: BoundaryState, kind: EndKind) -> bool:
        return is_end(self._text.surroundings, at, kind)

    def _cost(self, mark: str, pending: bytes = b"") -> int:
        """Return the number of bytes of a mark after its first bytes."""
        return 2 if mark == STRONG else len(mark.encode()) - len(pending)

    def _cost_of_word(self, form_class: FormClass, node: int) -> int:
        """Return the number of bytes from a node of a word to its end."""
        return int(self._steps(form_class)[node])
