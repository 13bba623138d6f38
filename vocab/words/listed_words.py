"""Which words a list has in which spellings, as the checker knows it.

Like `check.py` it shares the facts of the orthography packs with the mask and no code, not even the
casing rules.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from vocab.words.orthography import Orthography, Style, Units

_DOTTED_I = {"tr", "az"}


class ListedWords:
    """`words`: the entries in force, in any order. Texts have ' for every apostrophe (`straight`).

    stems: what an apostrophe and a word may follow. suffixes: what may follow a word. longest: how
    many characters the longest spelling has.
    """

    def __init__(self, words: Sequence[str], orthography: Orthography, style: Style) -> None:
        self._orthography = orthography
        language = orthography.language.split("-")[0].lower()
        self._dotted_i = language in _DOTTED_I
        self._dutch = language == "nl"
        entries = {straight(word) for word in words}
        if not orthography.spaced and style.units == Units.CHARACTERS:
            entries = {character for entry in entries for character in entry}
        if orthography.final_sigma:
            entries |= {re.sub(r"σ(?=\s|$)", "ς", entry) for entry in entries}
        for contraction, parts in orthography.contractions.items():
            if entries.issuperset(parts):
                entries.add(contraction)
        self.stems = {
            stem
            for stem in orthography.prefixes
            if stem + "'" in entries or (stem in orthography.bound and stem in entries)
        }
        self.suffixes = {
            suffix for suffix, entry in orthography.suffixes.items() if entry in entries
        }
        if orthography.apostrophe_suffixes:
            self.suffixes |= {entry for entry in entries if entry.startswith("'")}
        short = {entry for entry in entries if entry.lower() in orthography.abbreviations}
        entries |= {entry + sign for entry in short for sign in orthography.abbreviation_signs}
        for letter, mark in orthography.respelt.items():
            entries |= {entry.replace(letter, mark) for entry in entries}
        self._exact = entries - orthography.parts
        self._shouted = {self.upper(entry) for entry in self._exact}
        # Lower-case entries may take a capital first letter.
        self._plain = {entry for entry in self._exact if entry == self.lower(entry)}
        self.longest = max(map(len, self._exact | self._shouted), default=1)

    def lists(self, word: str) -> bool:
        """True if the word, spelt this way, is an entry."""
        word = straight(word)
        if word.isupper():
            word = word.replace("ẞ", "SS")
        if word in self._exact or word in self._shouted:
            return True
        if self._dutch:
            if word.startswith(("Ij", "'")):
                first, space, rest = word.partition(" ")  # 's Avonds
                lowered = f"{first} {self.lower(rest[:1])}{rest[1:]}" if space else ""
                return lowered in self._plain
            if word.startswith("IJ") and "ij" + word[2:] in self._plain:
                return True
        if self.lower(word[0]) + word[1:] in self._plain:
            return True
        # 'tis -> 'Tis: the first letter is not always the first character.
        lowered = word[0] + self.lower(word[1:2]) + word[2:]
        return not word[0].isalnum() and lowered in self._plain

    def lower(self, text: str) -> str:
        if self._dotted_i:
            text = text.replace("İ", "i").replace("I", "ı")
        return unicodedata.normalize("NFC", text.lower())

    def upper(self, text: str) -> str:
        if self._dotted_i:
            text = text.replace("i", "İ")
        capitals = unicodedata.normalize("NFC", text.upper())
        if self._orthography.bare_capitals:
            for vowel, bare in (("Ά", "Α"), ("Έ", "Ε"), ("Ό", "Ο"), ("Ύ", "Υ")):
                for second, apart in (("Ι", "Ϊ"), ("Υ", "Ϋ")):
                    capitals = capitals.replace(vowel + second, bare + apart)
            marks = unicodedata.normalize("NFD", capitals).replace("\u0301", "")
            capitals = unicodedata.normalize("NFC", marks)
        return capitals


def straight(text: str) -> str:
    """One character for the apostrophes, which keeps every other in its place."""
    return text.replace("’", "'").replace("ʼ", "'")
