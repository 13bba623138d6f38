"""What one request may say: the first N entries of one revision, in one language and style."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property

from vocab.words.check import WordChecker
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style, Units
from vocab.words.segment_check import SegmentChecker
from vocab.words.segment_verdict import SegmentVerifier
from vocab.words.segmenters import segmenter_for
from vocab.words.text_automaton import TextAutomaton
from vocab.words.word_forms import FORM_CLASSES, Role

DEFAULT_STYLE = Style()


@dataclass(frozen=True)
class Vocabulary:
    """Immutable; two with the same `key` allow the same texts, whatever the list is called.

    digest: sha256 of the revision's entries.
    n_words: how many entries, best rank first; 1 .. len(lexicon).
    """

    digest: str
    lexicon: Lexicon
    n_words: int
    style: Style = DEFAULT_STYLE

    def __post_init__(self) -> None:
        if not 1 <= self.n_words <= len(self.lexicon):
            raise ValueError(f"n_words must be from 1 to {len(self.lexicon)}, got {self.n_words}")

    @property
    def language(self) -> str:
        return self.lexicon.language

    @property
    def lexicon_key(self) -> tuple[str, str, bool]:
        """What the spellings depend on: the same for every N and style."""
        return (self.digest, self.language, self.lexicon.characters)

    @property
    def key(self) -> tuple[object, ...]:
        return (*self.lexicon_key, self.n_words, *self.style.key)

    @property
    def spaced(self) -> bool:
        """True if its language separates words by spaces."""
        return self.lexicon.orthography.spaced

    @property
    def words(self) -> tuple[str, ...]:
        return self.lexicon.entries[: self.n_words]

    @cached_property
    def automaton(self) -> TextAutomaton:
        return TextAutomaton(self.lexicon, self.style, self.n_words)

    def automaton_within(self, alphabet: Set[str]) -> TextAutomaton:
        """The automaton without the words and marks that have characters outside `alphabet`.

        Raises ValueError if that leaves no word.
        """
        lexicon = Lexicon(self.words, self.language, alphabet, characters=self.lexicon.characters)
        return TextAutomaton(lexicon, self.style, self.n_words)

    @property
    def segmented(self) -> bool:
        """True if its words are those that a segmenter finds in a text."""
        return not self.spaced and self.style.units is Units.WORDS

    @cached_property
    def segment_verifier(self) -> SegmentVerifier | None:
        """Says what the automaton cannot: whether a segmenter finds listed words in a text.

        None if there is nothing to ask. Raises SegmenterMissing.
        """
        if not self.segmented:
            return None
        ranks: dict[str, int] = {}
        for form_class in FORM_CLASSES:
            if form_class.role is Role.WORD:
                ranks |= self.lexicon.forms(form_class)
        in_force = [form for form, rank in ranks.items() if rank <= self.n_words]
        return SegmentVerifier(
            sorted(in_force, key=ranks.__getitem__), segmenter_for(self.language)
        )

    @cached_property
    def checker(self) -> WordChecker | SegmentChecker:
        """Raises SegmenterMissing."""
        orthography = self.lexicon.orthography
        if self.segmented:
            segment = segmenter_for(self.language)
            return SegmentChecker(self.words, orthography, self.style, segment)
        return WordChecker(self.words, orthography, self.style)
