"""The vocabulary of one request: the first N entries of a revision, in one language and style."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property

from vocab.words.casing import capitalised, upper
from vocab.words.checker.text_checker import TextChecker, is_segmented, text_checker
from vocab.words.lexicon import ROOT, Lexicon
from vocab.words.orthography import Numbers, Style
from vocab.words.request_words import VocabularySource, folded
from vocab.words.segmenting.beside_numbers import BesideNumbers
from vocab.words.segmenting.segmenters import segmenter_for
from vocab.words.segmenting.verifier import SegmentVerifier
from vocab.words.text_automaton import TextAutomaton
from vocab.words.word_forms import WORDS, FormClass, LetterCase, Role

DEFAULT_STYLE = Style()


@dataclass(frozen=True)
class Vocabulary:
    """Immutable. Vocabularies with the same `key` allow the same texts, also under other names.

    digest: SHA-256 of the revision's entries, or of the parts of `source`.
    n_words: Number of allowed entries, best rank first: 1 .. len(lexicon).
    source: What the entries are made from if a request has words of its own; None if they are those
        of a revision.
    Raises ValueError for any other n_words.
    """

    digest: str
    lexicon: Lexicon
    n_words: int
    style: Style = DEFAULT_STYLE
    source: VocabularySource | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.n_words <= len(self.lexicon):
            raise ValueError(f"n_words must be from 1 to {len(self.lexicon)}, got {self.n_words}")

    @property
    def language(self) -> str:
        return self.lexicon.language

    @property
    def lexicon_key(self) -> tuple[str, str, bool]:
        """Identifies the lexicon, which is the same for every n_words and style."""
        return (self.digest, self.language, self.lexicon.characters)

    @property
    def key(self) -> tuple[object, ...]:
        return (*self.lexicon_key, self.n_words, *self.style.key)

    @property
    def spaced(self) -> bool:
        """True if the language separates words by spaces."""
        return self.lexicon.orthography.spaced

    @property
    def words(self) -> tuple[str, ...]:
        return self.lexicon.entries[: self.n_words]

    @cached_property
    def banned_phrases(self) -> tuple[tuple[str, ...], ...]:
        """The banned words and phrases, in lower case, that the allowed words can still write.

        A banned entry is not among the words. But other words may make a phrase, and parts may make
        a word: de and el make del.
        """
        banned = self.source.words.banned if self.source else ()
        spellings = {each for text in banned for each in folded(text, self.language)}
        return tuple(
            phrase
            for phrase in sorted(tuple(spelling.split()) for spelling in spellings)
            if len(phrase) > 1 or self._is_written(phrase[0])
        )

    def _is_written(self, word: str) -> bool:
        spellings = {word, capitalised(word, self.language), upper(word, self.language)}
        tries = [
            trie
            for each in self.lexicon.form_classes
            if each.role in WORDS and (trie := self.lexicon.trie(each)) is not None
        ]
        for trie in tries:
            for spelling in spellings:
                node = trie.step(ROOT, spelling.encode(), self.n_words)
                if node is not None and trie.ends_word(node, self.n_words):
                    return True
        return False

    @cached_property
    def automaton(self) -> TextAutomaton:
        return TextAutomaton(self.lexicon, self.style, self.n_words)

    def automaton_within(self, alphabet: Set[str]) -> TextAutomaton:
        """Return the automaton without words and marks that need characters outside `alphabet`.

        Raises ValueError if no word remains.
        """
        lexicon = Lexicon(self.words, self.language, alphabet, characters=self.lexicon.characters)
        return TextAutomaton(lexicon, self.style, self.n_words)

    @property
    def segmented(self) -> bool:
        """True if a segmenter decides what the words of a text are."""
        return is_segmented(self.lexicon.orthography, self.style)

    @cached_property
    def segment_verifier(self) -> SegmentVerifier | None:
        """Verifies that a segmenter finds listed words in a text, which the automaton cannot do.

        None if `segmented` is False. Raises SegmenterMissing.
        """
        if not self.segmented:
            return None
        ranks: dict[str, int] = {}
        for form_class in self.lexicon.form_classes:
            if form_class.role in WORDS:
                ranks = self.lexicon.forms(form_class) | ranks  # the first class has the best rank
        allowed = [form for form, rank in ranks.items() if rank <= self.n_words]
        allowed.sort(key=ranks.__getitem__)
        return SegmentVerifier(allowed, segmenter_for(self.language), self._beside_numbers)

    @property
    def _beside_numbers(self) -> BesideNumbers | None:
        if self.style.numbers is not Numbers.ALL:
            return None
        signs, units, attached = (
            self.lexicon.forms(FormClass(role, LetterCase.PLAIN, ""))
            for role in (Role.SIGN, Role.UNIT, Role.ORDINAL)
        )
        return BesideNumbers(signs, units, attached)

    @cached_property
    def checker(self) -> TextChecker:
        """Raises SegmenterMissing."""
        return text_checker(self.words, self.lexicon.orthography, self.style)
