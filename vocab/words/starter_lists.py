"""The lists of common words that come with the project, as a measure for other lists.

They say how common a word is and in which case it is written. They are files beside the code:
`wordlists/LANG.txt`, and not the lists for learners in `wordlists/LANG-learner.txt`. What users did
to the lists in the database has no effect here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from vocab.words.casing import lower, primary_language
from vocab.words.language_tag import language_name, script_of
from vocab.words.parse import parse

_VOCAB = Path(__file__).resolve().parents[1]
# In the wheel they are inside the package, and in a clone beside it.
_IN_WHEEL = _VOCAB / "wordlists"
FOLDER = _IN_WHEEL if _IN_WHEEL.is_dir() else _VOCAB.parent / "wordlists"
# After all words of the list.
LAST = 1 << 30


class NoStarterList(ValueError):
    """There is no list of common words in the language. The message names those that have one."""


@dataclass(frozen=True)
class StarterList:
    """language: Its code, without a region.
    entries: The commonest first.
    """

    language: str
    entries: tuple[str, ...]

    @cached_property
    def ranks(self) -> dict[str, int]:
        """Entry -> its rank, from 1."""
        return {entry: rank for rank, entry in enumerate(self.entries, start=1)}

    @cached_property
    def by_lower(self) -> dict[str, tuple[str, ...]]:
        """Lower case -> the entries that are this word, the commonest first."""
        found: dict[str, tuple[str, ...]] = {}
        for entry in self.entries:
            key = self.lower(entry)
            found[key] = (*found.get(key, ()), entry)
        return found

    def lower(self, word: str) -> str:
        return lower(word, self.language)

    def rank(self, word: str) -> int:
        """Return how common the word is: 1 is the commonest. LAST for a word that is not listed.

        A word in another case counts as the listed one: `haus` as `Haus`.
        """
        rank = self.ranks.get(word)
        if rank is None:
            others = self.by_lower.get(self.lower(word))
            rank = self.ranks[others[0]] if others else LAST
        return rank


def by_frequency(words: Iterable[str], language: str) -> list[str]:
    """Return the words with the commonest first, and those that are not known last in their order.

    Raises NoStarterList.
    """
    return sorted(words, key=starter_list(language).rank)


def starter_list(language: str) -> StarterList:
    """Return the list for a BCP-47 tag. Raises NoStarterList."""
    if not has_starter_list(language):
        there = ", ".join(language_name(code) for code in languages())
        raise NoStarterList(
            f"there is no list of common words in {language_name(language)} ({language});"
            f" there are lists in {there}"
        )
    return _load(primary_language(language))


def has_starter_list(language: str) -> bool:
    """Return True if there is a list in this language and in its script."""
    primary = primary_language(language)
    return primary in languages() and script_of(language) == script_of(primary)


def languages() -> Sequence[str]:
    return tuple(sorted(path.stem for path in FOLDER.glob("*.txt") if "-" not in path.stem))


@lru_cache(maxsize=4)
def _load(primary: str) -> StarterList:
    data = (FOLDER / f"{primary}.txt").read_bytes()
    return StarterList(primary, tuple(parse(data, language=primary).words))
