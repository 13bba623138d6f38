"""How much of a text a list covers, and which words it lacks.

The checker of replies decides what a word is, so that coverage and the reports of replies agree.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from vocab.words.casing import has_capital, lower
from vocab.words.checker.analysis import RankOf
from vocab.words.checker.listed_words import straight
from vocab.words.checker.rank_profile import RankProfile, rank_profile
from vocab.words.checker.report import Written
from vocab.words.checker.text_checker import TextChecker, text_checker
from vocab.words.orthography import Orthography, Style
from vocab.words.parse import Limits, normalized, why_rejected

# The checker takes about a second for this many.
MAX_TEXT_CHARS = 50_000
# Numbers of words for which the share is computed too.
STEPS = (1_000, 2_000, 5_000, 10_000)
# Readers understand a text with help if they know 95 % of its words, and without help if they know
# 98 % (Laufer and Ravenhorst-Kalovski 2010).
SHARES = (0.95, 0.98)
_ENDS = ".!?…:;。！？·¿¡\"“”„«»‹›‘’'([{*#-–—"


@dataclass(frozen=True, slots=True)
class Missing:
    """A word that the list lacks.

    spelling: As an entry. Capitals of the beginnings of sentences are gone.
    why_not: Why no list can have it; None if it can be added.
    """

    spelling: str
    count: int
    why_not: str | None = None


class RunningWord(NamedTuple):
    """rank: None for a word off the list, and for a joined word without an entry of its own."""

    lowered: str
    rank: int | None
    listed: bool


@dataclass(slots=True)
class Coverage:
    """words: Running words of the text. listed: How many of them the list has.
    missing: The most frequent first.
    running: Each running word, in order.
    size: Number of entries of the list.
    """

    size: int
    words: int = 0
    listed: int = 0
    missing: list[Missing] = field(default_factory=list)
    running: list[RunningWord] = field(default_factory=list)

    @property
    def ranks(self) -> list[int]:
        return [word.rank for word in self.running if word.rank is not None]

    @property
    def profile(self) -> RankProfile:
        return rank_profile([(each.lowered, each.rank) for each in self.running], self.size)

    @property
    def share(self) -> float:
        """From 0 to 1; 0 for a text without words."""
        return self.listed / self.words if self.words else 0.0

    @property
    def of_first(self) -> list[tuple[int, float]]:
        """(n, the share that the first n words cover) for each of STEPS below the whole list."""
        steps = [n for n in STEPS if n < self.size and self.words]
        ranks = self.ranks
        return [(n, sum(rank <= n for rank in ranks) / self.words) for n in steps]

    @property
    def needed(self) -> list[tuple[float, int | None]]:
        """(share, how many first words cover it) for each of SHARES; None if the list cannot."""
        return [(share, self._first_words_for(share)) for share in SHARES]

    def _first_words_for(self, share: float) -> int | None:
        # Without the small number, 0.95 of 20 words could be more than 19.
        count = math.ceil(share * self.words - 1e-9)
        ranks = sorted(self.ranks)
        if count > len(ranks):
            return None
        return ranks[count - 1] if count else 0


def coverage(
    text: str,
    words: Sequence[str],
    orthography: Orthography,
    style: Style,
    limits: Limits | None = None,
    checker: TextChecker | None = None,
    rank_in_list: RankOf | None = None,
    size: int | None = None,
) -> Coverage:
    """checker: Of these words in this style, if there is one.

    rank_in_list: By default a listed word has the rank that the checker knows.
    size: Number of words with a rank; by default all of these words.
    Raises SegmenterMissing.
    """
    language = orthography.language
    spellings: dict[str, Counter[tuple[str, bool]]] = {}
    found = Coverage(len(words) if size is None else size)
    checker = checker or text_checker(words, orthography, style)
    listed = set(words)
    # OpenAI's is OpenAI and 's, if the list has 's.
    suffixes = [end for end, entry in orthography.suffixes.items() if entry in listed]
    for piece, begins in _running_words(text, checker):
        found.words += 1
        found.listed += piece.listed
        rank = None
        if piece.listed:
            rank = rank_in_list(piece.text, True) if rank_in_list else checker.rank_of(piece.text)
        found.running.append(RunningWord(lower(piece.text, language), rank, piece.listed))
        if not piece.listed:
            word = _without_suffix(straight(piece.text), suffixes)
            spellings.setdefault(lower(word, language), Counter())[word, begins] += 1
    entries = [(_entry(key, seen), seen.total()) for key, seen in spellings.items()]
    entries.sort(key=lambda entry: -entry[1])  # of equal ones, the first in the text stays first
    found.missing = [
        Missing(spelling, count, _why_not(spelling, limits or Limits(), language))
        for spelling, count in entries
    ]
    return found


def _running_words(text: str, checker: TextChecker) -> Iterator[tuple[Written, bool]]:
    """Yield each word, and whether a sentence may begin with it."""
    # The checker keeps its choices for a whole text. No word goes over the end of a line.
    for line in text.splitlines():
        for piece in checker.written(line):
            if piece.is_word:
                before = line[: piece.start].rstrip()
                yield piece, not before or before[-1] in _ENDS


def _without_suffix(word: str, suffixes: Sequence[str]) -> str:
    for suffix in suffixes:
        if word.endswith(suffix) and len(word) > len(suffix):
            return word.removesuffix(suffix)
    return word


def _entry(lowered: str, seen: Counter[tuple[str, bool]]) -> str:
    """Return the spelling for the list: capitals only if they are not those of sentences."""
    inside = Counter({word: count for (word, begins), count in seen.items() if not begins})
    if not inside or any(not has_capital(word) for word in inside):
        return lowered
    return inside.most_common(1)[0][0]


def _why_not(spelling: str, limits: Limits, language: str) -> str | None:
    if len(spelling) > limits.max_line_chars:
        return f"it has {len(spelling):,} characters; that is no word"
    return why_rejected(normalized(spelling), limits, language)
