"""The spellings of a list's words, computed for the checker.

Like `word_checker.py`, this shares the facts of the orthography packs with the mask but no code,
not even the casing rules.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum

from vocab.words.checker.letter_groups import is_alone, letter_groups
from vocab.words.orthography import Orthography, Style, Units

_DOTTED_I = {"tr", "az"}
_FIRST_PART = re.compile(r".[^ '-]*", re.DOTALL)


Ranks = dict[str, int]  # spelling -> rank from 1, the best one


class Capitals(Enum):
    """The capitals of a word: those of its entry, a first one besides, or all letters."""

    OF_ENTRY = 0
    FIRST = 1
    ALL = 2


class ListedWords:
    """The spellings of `words`, the entries that the request allows, the best rank first.

    All texts have ' for every apostrophe (see `straight`).

    stems: Words that attach to the next one, with their apostrophe or hyphen, and their ranks.
    number_stems: The same for words that attach to a number.
    suffixes: Texts that may follow a word directly.
    particles: Words that may follow a closing mark, a number or a word in Latin letters.
    longest: Number of characters of the longest spelling.
    """

    def __init__(self, words: Sequence[str], orthography: Orthography, style: Style) -> None:
        self._orthography = orthography
        language = orthography.language.split("-")[0].lower()
        self._dotted_i = language in _DOTTED_I
        self._dutch = language == "nl"
        self._armenian = language == "hy"
        self._georgian = language == "ka"
        ranks: Ranks = {}
        for rank, word in enumerate(words, 1):
            ranks.setdefault(straight(word), rank)
        if not orthography.spaced and style.units == Units.CHARACTERS:
            ranks = _ranks_of_groups(ranks)
        if orthography.capital_of:
            ranks = self._with_capitals(ranks)
        if orthography.final_sigma:
            ranks = _best((re.sub(r"σ(?=\s|$)", "ς", word), rank) for word, rank in ranks.items())
        for contraction, ways in orthography.contractions.items():
            known = [max(map(ranks.__getitem__, way)) for way in ways if ranks.keys() >= set(way)]
            if known:
                _add(ranks, contraction, min(known))
        hyphens = orthography.prefix_hyphens
        elided = {
            stem + "'": (stem + "'", *([stem] if stem in orthography.bound else []))
            for stem in orthography.prefixes
        }
        joined = {
            stem + hyphen: (stem, *(stem + each for each in hyphens))
            for stem in orthography.hyphen_prefixes
            for hyphen in hyphens
        }
        numbered = {
            stem + hyphen: (stem, *(stem + each for each in hyphens))
            for stem in orthography.number_prefixes
            for hyphen in hyphens
        }
        self.stems = _ranks_of_any(elided | joined, ranks)
        self.number_stems = _ranks_of_any(numbered, ranks)
        self.suffixes = {
            suffix
            for suffix, entry in orthography.suffixes.items()
            if entry in ranks or suffix in ranks
        }
        self.particles = orthography.particles & ranks.keys()
        beginnings = (*orthography.suffix_marks, *("'" if orthography.apostrophe_suffixes else ""))
        if beginnings:
            self.suffixes |= {entry for entry in ranks if entry.startswith(beginnings)}
        for ending in orthography.reduplicated:  # anak-anak, teman-temannya
            for word, rank in list(ranks.items()):
                stem = word.removesuffix(ending)
                if word.endswith(ending) and word.isalpha() and len(stem) > 2:
                    _add(ranks, f"{stem}-{word}", rank)
        for word, rank in list(ranks.items()) if orthography.abbreviations else ():
            if word.lower() in orthography.abbreviations:
                for sign in orthography.abbreviation_signs:
                    _add(ranks, word + sign, rank)
        for letter, mark in orthography.respelt.items():
            for word, rank in list(ranks.items()):
                if letter in word:
                    _add(ranks, word.replace(letter, mark), rank)
        for part in orthography.parts:
            ranks.pop(part, None)
        self._exact = ranks
        self._capitals = _best((self.upper(word), rank) for word, rank in ranks.items())
        # Only an entry whose first part is in lower case may take a capital first letter.
        self._lower_case = {w: rank for w, rank in ranks.items() if self._begins_small(w)}
        self._ambiguous = _best(
            (self._title_that_lower_loses(word), rank) for word, rank in self._lower_case.items()
        )
        self.longest = max(map(len, self._exact.keys() | self._capitals.keys()), default=1)
        self.longest += bool(orthography.stress_marks)

    def lists(self, word: str) -> bool:
        """True if the list has the word in this spelling."""
        return self.capitals_of(word) is not None

    def capitals_of(self, word: str) -> Capitals | None:
        """Return which capitals a listed word has; None if the list has no such spelling."""
        word = self._spelling(word)
        if word in self._exact:
            return Capitals.OF_ENTRY
        if self._rank_of_title(word) is not None:
            return Capitals.FIRST
        return Capitals.ALL if word in self._capitals else None

    def rank_of(self, word: str) -> int | None:
        """Return the rank of a listed word or stem, from 1; None if the list has no such spelling.

        A word that several entries allow has the best of their ranks, and a contraction the worst
        rank of its parts.
        """
        word = self._spelling(word)
        stem = self.lower(word)
        ranks = (
            self._exact.get(word),
            self._rank_of_title(word),
            self._capitals.get(word),
            self.stems.get(stem),
            self.number_stems.get(stem),
        )
        return min((rank for rank in ranks if rank is not None), default=None)

    def _spelling(self, word: str) -> str:
        """Return the word as entries are compared: with ', without a mark of stress."""
        word = straight(word)
        if word.isupper():
            word = unicodedata.normalize("NFC", word.replace("ẞ", "SS"))
        if word not in self._exact:
            for mark in self._orthography.stress_marks:  # որտե՞ղ
                before, found, after = word.partition(mark)
                if found:
                    return self._spelling(before + after) if before else ""
        return word

    def _rank_of_title(self, word: str) -> int | None:
        """Return the rank of the entry that this is with a capital first letter."""
        if not word:
            return None
        if self._armenian and word.startswith("Եվ"):
            rank = self._lower_case.get("և" + word[2:])
            if rank is not None:
                return rank
        if word in self._ambiguous:
            return self._ambiguous[word]
        if self._dutch:
            if word.startswith(("Ij", "'")):
                first, space, rest = word.partition(" ")  # 's Avonds
                lowered = f"{first} {self.lower(rest[:1])}{rest[1:]}" if space else ""
                return self._lower_case.get(lowered)
            if word.startswith("IJ") and "ij" + word[2:] in self._lower_case:
                return self._lower_case["ij" + word[2:]]
        if word[0].isalpha() and word[0] == word[0].title():  # Ǆ is not: ǅ is
            rank = self._lower_case.get(self.lower(word[0]) + word[1:])
            if rank is not None:
                return rank
        # 'tis -> 'Tis, ʻae -> ʻAe: the first letter is not always the first character.
        if not word[0].isalnum() or word[0] == "ʻ":
            return self._lower_case.get(word[0] + self.lower(word[1:2]) + word[2:])
        return None

    def _with_capitals(self, ranks: Ranks) -> Ranks:
        """Return the entries with the capitals that the language gives them: monday -> Monday."""
        facts = self._orthography
        capitals = {self.lower(word): word for word in facts.capitals}
        optional = ((word, self.lower(word)) for word in facts.homographs | facts.polite)
        # These may be written both ways: march and March.
        both = {word: ranks[lowered] for word, lowered in optional if lowered in ranks}
        return _best(
            itertools.chain(
                both.items(),
                (
                    (" ".join(capitals.get(part, part) for part in word.split(" ")), rank)
                    for word, rank in ranks.items()
                ),
            )
        )

    def takes_elision(self, word: str) -> bool:
        """True if an elided word may precede this listed word."""
        facts = self._orthography
        vowel = unicodedata.normalize("NFKD", word[0].casefold())[0] in facts.elides_before
        # SMS is spoken letter by letter: l'SMS. But SANTÉ is only santé in capitals.
        spoken = word[0] in facts.vowel_names and word[:2].upper() == word[:2]
        return not facts.elides_before or vowel or (spoken and word in self._exact)

    def _title_that_lower_loses(self, entry: str) -> str:
        """Return the entry with its capital if `lower` makes another letter of it: ς -> Σ -> σ."""
        at = 1 if entry[0] == "'" and len(entry) > 1 else 0
        capital = "İ" if self._dotted_i and entry[at] == "i" else entry[at].title()
        if len(capital) != 1 or self.lower(capital) == entry[at]:
            return entry
        return entry[:at] + capital + entry[at + 1 :]

    def _begins_small(self, entry: str) -> bool:
        first = _FIRST_PART.match(entry)
        shown = first[0] if first else ""
        if self._orthography.inner_capitals:  # isiZulu
            shown = shown[:1]
        return shown == self.lower(shown)

    def lower(self, text: str) -> str:
        if self._dotted_i:
            text = text.replace("İ", "i").replace("I", "ı")
        return unicodedata.normalize("NFC", text.lower())

    def upper(self, text: str) -> str:
        if self._dotted_i:
            text = text.replace("i", "İ")
        if self._georgian:
            return text
        if self._armenian:
            text = text.replace("և", "եվ")
        capitals = unicodedata.normalize("NFC", text.upper())
        if self._orthography.bare_capitals:
            for vowel, bare in (("Ά", "Α"), ("Έ", "Ε"), ("Ό", "Ο"), ("Ύ", "Υ")):
                for second, apart in (("Ι", "Ϊ"), ("Υ", "Ϋ")):
                    capitals = capitals.replace(vowel + second, bare + apart)
            marks = unicodedata.normalize("NFD", capitals).replace("\u0301", "")
            capitals = unicodedata.normalize("NFC", marks)
        return capitals


def straight(text: str) -> str:
    """Replace every apostrophe by '. All positions in the text stay the same."""
    return text.replace("’", "'").replace("ʼ", "'")


def _add(ranks: Ranks, spelling: str, rank: int) -> None:
    if ranks.setdefault(spelling, rank) > rank:
        ranks[spelling] = rank


def _best(spellings: Iterable[tuple[str, int]]) -> Ranks:
    ranks: Ranks = {}
    for spelling, rank in spellings:
        if ranks.setdefault(spelling, rank) > rank:
            ranks[spelling] = rank
    return ranks


def _ranks_of_any(spellings: Mapping[str, Iterable[str]], entries: Ranks) -> Ranks:
    """Return the best rank of each spelling. spellings: With the entries that allow each one."""
    known = {
        spelling: [entries[entry] for entry in allowing if entry in entries]
        for spelling, allowing in spellings.items()
    }
    return {spelling: min(ranks) for spelling, ranks in known.items() if ranks}


def _ranks_of_groups(entries: Ranks) -> Ranks:
    """Return the smallest parts of the entries that `units=characters` allows."""
    odd = {letter for letter in set("".join(entries)) if not is_alone(letter)}
    return {
        group: rank
        for entry, rank in reversed(entries.items())  # the best rank comes last, and stays
        for group in (letter_groups(entry) if odd and not odd.isdisjoint(entry) else entry)
    }
