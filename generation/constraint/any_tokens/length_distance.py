"""The way to a sentence's end, counted in words, where a word may be spelt by any tokens."""

from __future__ import annotations

import numpy as np

from generation.constraint.any_tokens.spelling_distance import SpellingDistance
from generation.constraint.finish import EndKind
from generation.constraint.tokenizer.token_bytes import TokenTable
from vocab.words.surroundings import BoundaryState
from vocab.words.text_automaton import TextAutomaton
from vocab.words.trie import ROOT
from vocab.words.word_forms import FormClass

CHARACTER_BYTES = 3  # of a character that counts as a word
# In UTF-8 the bytes of a character after its first one are from FIRST_CONTINUATION to FIRST_START.
FIRST_CONTINUATION, FIRST_START = 0x80, 0xC0


class WordDistance(SpellingDistance):
    """An ellipsis is no end: a sentence may go on."""

    def __init__(self, text: TextAutomaton, table: TokenTable) -> None:
        super().__init__(text, table)
        self._spaced = text.lexicon.orthography.spaced

    def _is_end(self, at: BoundaryState, kind: EndKind) -> bool:
        return super()._is_end(at, kind) and not at.in_ellipsis

    def _cost(self, mark: str, pending: bytes = b"") -> int:
        return int(mark.isalnum())  # ½ too

    def _cost_of_word(self, form_class: FormClass, node: int) -> int:
        """Return an upper bound of the words that are written from a node of a word to its end."""
        left = super()._cost_of_word(form_class, node)
        if not self._spaced:
            return -(-left // CHARACTER_BYTES)
        return int(not self._has_letter(form_class, node))

    def _has_letter(self, form_class: FormClass, node: int) -> bool:
        """True if the word up to this node has a complete letter, so that it is counted."""
        trie = self._text.lexicon.trie(form_class)
        assert trie is not None  # noqa: S101
        ranks = trie.ranks
        depth = int(np.searchsorted(ranks.levels, node, side="right")) - 1
        byte = int(ranks.label[node])
        if depth == 1:
            return byte < FIRST_CONTINUATION and chr(byte).isalnum()
        if depth == 2 and FIRST_CONTINUATION <= byte < FIRST_START:
            following = ranks.label[ranks.children(node)]
            inside = (following >= FIRST_CONTINUATION) & (following < FIRST_START)
            return not inside.any()
        return node != ROOT
