"""The lexicons and vocabularies that this process has used last.

A vocabulary refers to its lexicon, and both can take megabytes, so a vocabulary leaves the cache
with its lexicon.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock

from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style
from vocab.words.request_words import VocabularySource
from vocab.words.vocabulary import Vocabulary

# Vocabularies for each lexicon, on average: numbers of words and styles that are in use together.
VOCABULARIES = 2
# Words of all lexicons together. A lexicon takes about 160 bytes a word.
MAX_LEXICON_WORDS = 120_000
# Words of all vocabularies together. The checker of a vocabulary takes about 180 bytes a word.
MAX_WORDS = 60_000
# A list of fewer entries is built from nothing in a tenth of a second.
MIN_BASE_ENTRIES = 1_000


# The lexicon's key, the number of words and the style.
Key = tuple[Hashable, int | None, Style]


class VocabularyCache:
    """Any thread may use it. Nothing in it becomes stale: a revision never changes.

    max_lexicons: Maximum number of lexicons.
    """

    def __init__(self, max_lexicons: int) -> None:
        self._max_lexicons = max_lexicons
        self._lexicons: OrderedDict[Hashable, Lexicon] = OrderedDict()
        self._vocabularies: OrderedDict[Key, Vocabulary] = OrderedDict()
        self._lock = Lock()

    def get(
        self,
        lexicon_key: Hashable,
        digest: str,
        n_words: int | None,
        style: Style,
        make: Callable[[], Lexicon],
        source: VocabularySource | None = None,
    ) -> Vocabulary:
        """Return the vocabulary.

        n_words: None for all words of the lexicon.
        make: Makes its lexicon, if that is not in the cache.
        """
        key = (lexicon_key, n_words, style)
        with self._lock:
            lexicon = self._lexicons.get(lexicon_key)
            known = self._vocabularies.get(key)
        if lexicon is None:
            lexicon = make()
        n_words = len(lexicon) if n_words is None else n_words
        found = known or Vocabulary(digest, lexicon, n_words, style, source)
        with self._lock:
            # Of two threads that made the same one, the first wins.
            lexicon = self._lexicons.setdefault(lexicon_key, lexicon)
            self._lexicons.move_to_end(lexicon_key)
            if found.lexicon is not lexicon:
                found = Vocabulary(digest, lexicon, n_words, style, source)
            found = self._vocabularies.setdefault(key, found)
            self._vocabularies.move_to_end(key)
            self._drop_oldest()
        return found

    def lexicon_of(self, entries: Sequence[str], language: str, *, characters: bool) -> Lexicon:
        """Return a lexicon of these entries for `get`: one in use, one that extends the longest
        suitable one in use, or one built from nothing.
        """
        with self._lock:
            known = {base for each in self._lexicons.values() for base in (each, each.base or each)}
        known = {
            each for each in known if (each.language, each.characters) == (language, characters)
        }
        for lexicon in known:
            if lexicon.entries == tuple(entries):
                return lexicon
        bases = (
            each for each in known if len(each) >= MIN_BASE_ENTRIES and each.may_extend(entries)
        )
        base = max(bases, key=len, default=None)
        return Lexicon(entries, language, characters=characters, base=base)

    def _drop_oldest(self) -> None:
        while len(self._lexicons) > self._max_lexicons or (
            self._entries > MAX_LEXICON_WORDS and len(self._lexicons) > 1
        ):
            dropped, _ = self._lexicons.popitem(last=False)
            for key in [key for key in self._vocabularies if key[0] == dropped]:
                del self._vocabularies[key]
        words = sum(each.n_words for each in self._vocabularies.values())
        while len(self._vocabularies) > VOCABULARIES * self._max_lexicons or (
            words > MAX_WORDS and len(self._vocabularies) > 1
        ):
            _, dropped_words = self._vocabularies.popitem(last=False)
            words -= dropped_words.n_words

    @property
    def _entries(self) -> int:
        """The entries of all lexicons. Those of a base count once."""
        lexicons = self._lexicons.values()
        bases = {each.base or each for each in lexicons}
        appended = sum(len(each) - len(each.base) for each in lexicons if each.base)
        return sum(map(len, bases)) + appended

    def __len__(self) -> int:
        return len(self._vocabularies)
