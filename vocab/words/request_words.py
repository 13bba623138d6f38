"""The words of one request: what it adds to its wordlist and what it takes away.

The list that results is a value: the same parts always give the same entries, so a digest of the
parts names it, and another process makes it again from the parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property

from vocab.words.casing import has_capital, lower, upper
from vocab.words.entry_spellings import straight
from vocab.words.orthography import Orthography
from vocab.words.word_filter import WordFilter

APOSTROPHE_ALONE = "'"
# Names with such an end may take an apostrophe alone (James', Hans'), and no s.
HISSING = ("s", "S", "ß", "x", "z")


class Origin(StrEnum):
    """Why an entry that no list has is allowed."""

    ALLOWED = "allowed"
    NAME = "names"
    PROMPT = "prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstWords:
    """The first `n_words` entries of a stored revision.

    reference: Its name, such as es@3. digest: SHA-256 of all its entries.
    """

    reference: str
    digest: str
    n_words: int


@dataclass(frozen=True, kw_only=True)
class RequestWords:
    """All entries are as a list has them (`parse.normalized`).

    lists: Further lists, which are united with that of the request.
    words: A list of its own instead of that of the request, the best rank first.
    word_filter: Applies to the lists and to `words`, to each list with its own ranks.
    allowed, names: Entries that are added to the lists.
    prompt_names, prompt_words: Whether names and other words of the user's messages are added.
    prompt: Those words.
    banned: Words and phrases that no reply has, in no case. They go before all others.
    """

    lists: tuple[FirstWords, ...] = ()
    words: tuple[str, ...] = ()
    word_filter: WordFilter = field(default_factory=WordFilter)
    allowed: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    prompt_names: bool = False
    prompt_words: bool = False
    prompt: tuple[str, ...] = ()
    banned: tuple[str, ...] = ()

    @property
    def changes_lists(self) -> bool:
        """False if the entries of the request's list are all there, and no others but additions."""
        return bool(self.lists or self.words or self.banned or self.word_filter != WordFilter())


@dataclass(frozen=True, kw_only=True)
class VocabularySource:
    """What a request's vocabulary is made from. first: The first words of the request's list."""

    first: FirstWords
    words: RequestWords

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) of the parts."""
        own = asdict(self.words) | {"lists": None}
        return _digest([self._lists, own])

    @cached_property
    def listed_digest(self) -> str:
        """The same of those parts alone that decide which entries of lists are there."""
        words = self.words
        return _digest([self._lists, words.words, asdict(words.word_filter), words.banned])

    @property
    def _lists(self) -> list[tuple[str, int]]:
        return [(each.digest, each.n_words) for each in (self.first, *self.words.lists)]


def _digest(parts: object) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def listed_words(
    lists: Sequence[Sequence[str]], words: RequestWords, language: str
) -> tuple[str, ...]:
    """Return the entries of the lists that the request allows, each once.

    lists: The entries of the request's list and of `words.lists`, up to their n_words.
    """
    own = [words.words, *lists[1:]] if words.words else lists
    wanted = (entry for each in own for entry in words.word_filter.select(each, language))
    return tuple(dict.fromkeys(without_banned(wanted, words.banned, language)))


def added_words(
    listed: Sequence[str], words: RequestWords, orthography: Orthography
) -> dict[str, Origin]:
    """Return the entries that the request adds to the listed ones, in order, with their origin."""
    origins = [
        (words.allowed, Origin.ALLOWED),
        (with_endings(words.names, orthography), Origin.NAME),
        (_with_name_endings(words.prompt, orthography), Origin.PROMPT),
    ]
    added: dict[str, Origin] = {}
    for entries, origin in origins:
        for entry in without_banned(entries, words.banned, orthography.language):
            added.setdefault(entry, origin)
    for entry in added.keys() & set(listed):
        del added[entry]
    return added


def with_endings(names: Iterable[str], orthography: Orthography) -> Iterator[str]:
    """Yield each name, and the name with the endings that its language gives to names."""
    for name in names:
        yield name
        hisses = name.endswith(HISSING)
        for ending in sorted(orthography.name_endings):
            if ending.isalpha() if hisses else ending == APOSTROPHE_ALONE:
                continue  # Hanss, Anna'
            yield name + ending


def _with_name_endings(entries: Iterable[str], orthography: Orthography) -> Iterator[str]:
    """The same for the entries with a capital; yield the others as they are."""
    for entry in entries:
        yield from with_endings([entry], orthography) if has_capital(entry[0]) else [entry]


def without_banned(entries: Iterable[str], banned: Sequence[str], language: str) -> Iterable[str]:
    """Return the entries that have no banned word or phrase among their words, in any case."""
    phrases = {f" {spelling} " for each in banned for spelling in folded(each, language)}
    if not phrases:
        return entries
    return (
        entry
        for entry in entries
        if not any(
            phrase in f" {spelling} " for spelling in folded(entry, language) for phrase in phrases
        )
    )


def folded(text: str, language: str) -> set[str]:
    """Return what `text` becomes in lower case, from its own spelling and from its capitals.

    A hyphen separates words as a space does.
    """
    parts = text.replace("-", " ")
    return {straight(lower(each, language)) for each in (parts, upper(parts, language))}


def origins_used(words: Iterable[str], added: Mapping[str, Origin]) -> dict[str, list[str]]:
    """Return by origin those of the added entries that are among `words`, each once."""
    used = dict.fromkeys(word for word in words if word in added)
    return {str(origin): [word for word in used if added[word] is origin] for origin in Origin}
