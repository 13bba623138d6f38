"""The spellings of a list's words, computed for the checker.

Like `word_checker.py`, this shares the facts of the orthography packs with the mask but no code,
not even the casing rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from enum import Enum

from vocab.words.checker.letter_groups import is_alone, letter_groups
from vocab.words.orthography import Orthography, Style, Units

_DOTTED_I = {"tr", "az"}
_FIRST_PART = re.compile(r".[^ '-]*", re.DOTALL)


class Capitals(Enum):
    """The capitals of a word: those of its entry, a first one besides, or all letters."""

    OF_ENTRY = 0
    FIRST = 1
    ALL = 2


class ListedWords:
    """The spellings of `words`, the entries that the request allows, in any order.

    All texts have ' for every apostrophe (see `straight`).

    stems: Words that attach to the next one, with their apostrophe or hyphen.
    number_stems: Words that attach to a number, with their hyphen.
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
        entries = {straight(word) for word in words}
        if not orthography.spaced and style.units == Units.CHARACTERS:
            letters = set("".join(entries))
            odd = {letter for letter in letters if not is_alone(letter)}
            if odd:
                mixed = {entry for entry in entries if not odd.isdisjoint(entry)}
                letters = set("".join(entries - mixed))
                letters.update(group for entry in mixed for group in letter_groups(entry))
            entries = letters
        if orthography.capital_of:
            capitals = {self.lower(word): word for word in orthography.capitals}
            optional = orthography.homographs | orthography.polite
            both = {word for word in optional if self.lower(word) in entries}
            entries = both | {
                " ".join(capitals.get(word, word) for word in entry.split(" ")) for entry in entries
            }
        if orthography.final_sigma:
            entries = {re.sub(r"σ(?=\s|$)", "ς", entry) for entry in entries}
        for contraction, ways in orthography.contractions.items():
            if any(entries.issuperset(parts) for parts in ways):
                entries.add(contraction)
        self.stems = {
            stem + "'"
            for stem in orthography.prefixes
            if stem + "'" in entries or (stem in orthography.bound and stem in entries)
        }
        joined = {
            prefix + hyphen: prefix
            for prefix in orthography.hyphen_prefixes | orthography.number_prefixes
            for hyphen in orthography.prefix_hyphens
            if prefix in entries
            or any(prefix + each in entries for each in orthography.prefix_hyphens)
        }
        self.stems |= {each for each in joined if joined[each] in orthography.hyphen_prefixes}
        self.number_stems = {each for each in joined if joined[each] in orthography.number_prefixes}
        self.suffixes = {
            suffix
            for suffix, entry in orthography.suffixes.items()
            if entry in entries or suffix in entries
        }
        self.particles = orthography.particles & entries
        beginnings = (*orthography.suffix_marks, *("'" if orthography.apostrophe_suffixes else ""))
        if beginnings:
            self.suffixes |= {entry for entry in entries if entry.startswith(beginnings)}
        for ending in orthography.reduplicated:  # anak-anak, teman-temannya
            whole = {word for word in entries if word.endswith(ending) and word.isalpha()}
            stems = {word: word[: len(word) - len(ending)] for word in whole}
            entries |= {f"{stem}-{word}" for word, stem in stems.items() if len(stem) > 2}
        abbreviations = {entry for entry in entries if entry.lower() in orthography.abbreviations}
        entries |= {
            entry + sign for entry in abbreviations for sign in orthography.abbreviation_signs
        }
        for letter, mark in orthography.respelt.items():
            entries |= {entry.replace(letter, mark) for entry in entries}
        self._exact = entries - orthography.parts
        self._capitals = {self.upper(entry) for entry in self._exact}
        # Only an entry whose first part is in lower case may take a capital first letter.
        self._lower_case = {entry for entry in self._exact if self._begins_small(entry)}
        self._ambiguous = {self._title_that_lower_loses(entry) for entry in self._lower_case}
        self.longest = max(map(len, self._exact | self._capitals), default=1)
        self.longest += bool(orthography.stress_marks)

    def lists(self, word: str) -> bool:
        """True if the list has the word in this spelling."""
        return self.capitals_of(word) is not None

    def capitals_of(self, word: str) -> Capitals | None:
        """Return which capitals a listed word has; None if the list has no such spelling."""
        word = straight(word)
        if word.isupper():
            word = word.replace("ẞ", "SS")
        if word in self._exact:
            return Capitals.OF_ENTRY
        for mark in self._orthography.stress_marks:  # որտե՞ղ
            before, found, after = word.partition(mark)
            if found:
                return self.capitals_of(before + after) if before else None
        if self._is_title(word):
            return Capitals.FIRST
        return Capitals.ALL if word in self._capitals else None

    def _is_title(self, word: str) -> bool:
        if self._armenian and word.startswith("Եվ") and "և" + word[2:] in self._lower_case:
            return True
        if word in self._ambiguous:
            return True
        if self._dutch:
            if word.startswith(("Ij", "'")):
                first, space, rest = word.partition(" ")  # 's Avonds
                lowered = f"{first} {self.lower(rest[:1])}{rest[1:]}" if space else ""
                return lowered in self._lower_case
            if word.startswith("IJ") and "ij" + word[2:] in self._lower_case:
                return True
        is_title = word[0].isalpha() and word[0] == word[0].title()  # Ǆ is not: ǅ is
        if is_title and self.lower(word[0]) + word[1:] in self._lower_case:
            return True
        # 'tis -> 'Tis, ʻae -> ʻAe: the first letter is not always the first character.
        lowered = word[0] + self.lower(word[1:2]) + word[2:]
        return (not word[0].isalnum() or word[0] == "ʻ") and lowered in self._lower_case

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
