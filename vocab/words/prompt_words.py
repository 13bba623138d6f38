"""The words of a user's messages that a reply may use too, although no list has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set

from vocab.words.casing import capitalised, has_capital, lower
from vocab.words.checker.word_checker import WordChecker
from vocab.words.entry_spellings import straight
from vocab.words.orthography import Orthography
from vocab.words.orthography.pack import TYPEWRITER

_WORD = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
# What stands between the end of a sentence and the first word of the next one.
_OPENING = " \t\u00a0\"'“”„«»‘’‚‹›([{¿¡*_#->—–"
_SENTENCE_ENDS = frozenset(".!?…:\n。！？۔।")


def prompt_words(
    texts: Iterable[str],
    checker: WordChecker,
    entries: Set[str],
    orthography: Orthography,
    *,
    names: bool,
    words: bool,
) -> Iterator[str]:
    """Yield words of the texts that are no entries, each once, in the order of the texts.

    checker: Of the vocabulary without these words. entries: Its entries.
    names: Yield words that have a capital inside a sentence, as they are written.
    words: Yield all unlisted words, those at the start of a sentence without its capital.
    """
    seen = set(entries)
    for text in texts:
        for found in _WORD.finditer(text):
            word = _alone(straight(found[0]), orthography)
            is_name = has_capital(word[0]) and not _starts_sentence(text, found.start())
            if words and not is_name:
                word = _without_capital(word, orthography.language)
            wanted = words and not checker.lists(word)
            if (wanted or (names and is_name)) and word not in seen:
                seen.add(word)
                yield word


def _alone(word: str, orthography: Orthography) -> str:
    """Return the word without what attaches to it: homme of l'homme, Ana of Ana's."""
    head, apostrophe, rest = word.partition(TYPEWRITER)
    if apostrophe and head.lower() in orthography.prefixes:
        return rest
    head, apostrophe, rest = word.rpartition(TYPEWRITER)
    attached = apostrophe + rest
    if head and attached in orthography.suffixes.keys() | orthography.name_endings:
        return head
    return word


def _without_capital(word: str, language: str) -> str:
    small = lower(word, language)
    return small if capitalised(small, language) == word else word


def _starts_sentence(text: str, at: int) -> bool:
    before = text[:at].rstrip(_OPENING)
    return not before or before[-1] in _SENTENCE_ENDS
