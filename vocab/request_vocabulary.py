"""The vocabulary of a request that has words of its own (`vocab_allow`, `vocab_ban` and so on).

The entries of its lists have a lexicon, which other requests share, and the added entries are
appended to it. So a request with another name or another prompt builds only these few entries.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from vocab.models import WordlistRevision
from vocab.revisions import WordlistNotFound, vocabulary_by_digest
from vocab.vocabulary_cache import VocabularyCache
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style, Units, orthography_for
from vocab.words.request_words import (
    FirstWords,
    Origin,
    VocabularySource,
    added_words,
    listed_words,
)
from vocab.words.vocabulary import Vocabulary

# Apart from that of `revisions.py`, so that requests with words of their own drop no stored list.
_cache = VocabularyCache(settings.LEXICON_CACHE_SIZE)


class NoWordsLeft(ValueError):
    """The request's filter and bans leave no word of its lists."""


def request_vocabulary(source: VocabularySource, language: str, style: Style) -> Vocabulary:
    """Return the vocabulary of all entries that the parts give.

    Raises NoWordsLeft, and WordlistNotFound if a list has been deleted since.
    """
    characters = _has_characters(language, style)

    def make() -> Lexicon:
        base = _listed_lexicon(source, language, style)
        entries = (*base.entries, *added_words(base.entries, source.words, base.orthography))
        if len(entries) == len(base):
            return base
        if base.may_extend(entries):
            return Lexicon(entries, language, characters=characters, base=base)
        return Lexicon(entries, language, characters=characters)

    key = (source.digest, language, characters)
    return _cache.get(key, source.digest, None, style, make, source)


def added_entries(source: VocabularySource, language: str, style: Style) -> dict[str, Origin]:
    """Return the entries that the request has added to its lists, with their origin.

    Raises as `request_vocabulary`.
    """
    base = _listed_lexicon(source, language, style)
    return added_words(base.entries, source.words, base.orthography)


def _listed_lexicon(source: VocabularySource, language: str, style: Style) -> Lexicon:
    """Return the lexicon of the entries of lists, which requests with other additions share."""
    first, words = source.first, source.words
    if not words.changes_lists:
        stored = vocabulary_by_digest(first.digest, language, first.n_words, style)
        if first.n_words == len(stored.lexicon):
            return stored.lexicon
    characters = _has_characters(language, style)

    def make() -> Lexicon:
        lists = [() if words.words else _entries(first), *map(_entries, words.lists)]
        try:
            return Lexicon(listed_words(lists, words, language), language, characters=characters)
        except ValueError as error:
            raise NoWordsLeft from error

    key = (source.listed_digest, language, characters)
    return _cache.get(key, source.listed_digest, None, style, make).lexicon


def _entries(first: FirstWords) -> Sequence[str]:
    revision = WordlistRevision.objects.filter(sha256=first.digest).first()
    if revision is None:
        raise WordlistNotFound(f"The wordlist {first.reference} has been deleted in this moment")
    return revision.words[: first.n_words]


def _has_characters(language: str, style: Style) -> bool:
    return not orthography_for(language).spaced and style.units is Units.CHARACTERS
