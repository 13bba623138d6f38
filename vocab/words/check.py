"""Check a finished text against a list, by other means than those that wrote it.

The mask walks an automaton forwards, character by character. This module takes the finished text
apart at its white space and punctuation and looks each piece up in sets. It shares no code with
the mask (not even the casing rules), so that a fault in one is caught by the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

# What can stand around a word but never in one. Marks that can do both ('. - + #) are tried off
# one by one.
_AROUND = '"“”„«»()¿¡?!…,;:'
_MAYBE_AROUND = ".'’ʼ+#-‐–—"
_PIECE = re.compile(r"[^\s—–]+")
_DOTTED_I = {"tr", "az"}


@dataclass(frozen=True, slots=True)
class VocabReport:
    """What a reply's words are.

    words: running words. distinct_words: different ones, letter case aside.
    out_of_list: every word that is not on the list, in order, repeats included.
    """

    words: int
    distinct_words: int
    out_of_list: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        return {
            "words": self.words,
            "distinct_words": self.distinct_words,
            "out_of_list": list(self.out_of_list),
        }


class WordChecker:
    """Looks words up among `words`, the entries in force, in any order."""

    def __init__(self, words: Sequence[str], language: str) -> None:
        self._dotted_i = language.split("-")[0].lower() in _DOTTED_I
        self._exact = set(words)
        self._shouted = {self._upper(word) for word in words}
        # Lower-case entries may take a capital first letter.
        self._plain = {word for word in words if word == self._lower(word)}
        self._phrases: dict[str, list[list[str]]] = defaultdict(list)
        for word in words:
            parts = word.split()
            if len(parts) > 1:
                self._phrases[self._lower(parts[0])].append(parts)

    def report(self, text: str) -> VocabReport:
        pieces = _PIECE.findall(unicodedata.normalize("NFC", text))
        found: list[str] = []
        missing: list[str] = []
        position = 0
        while position < len(pieces):
            length = self._phrase_length(pieces, position)
            if length:
                found.append(" ".join(pieces[position : position + length]).strip(_AROUND))
                position += length
                continue
            piece = pieces[position].strip(_AROUND)
            position += 1
            if not any(character.isalnum() for character in piece):
                if piece.strip(_MAYBE_AROUND):
                    missing.append(piece)  # a symbol that no list holds
                continue
            word = next((form for form in _trimmed(piece) if self.lists(form)), None)
            if word is None:
                word = piece.strip(_AROUND + _MAYBE_AROUND)
                missing.append(word)
            found.append(word)
        distinct = {self._lower(word) for word in found}
        return VocabReport(len(found), len(distinct), tuple(missing))

    def lists(self, word: str) -> bool:
        """True if the word, spelt this way, is an entry."""
        word = word.replace("’", "'") if "’" in word and word not in self._exact else word
        if word in self._exact or word in self._shouted:
            return True
        lowered = self._lower(word[0]) + word[1:]
        if lowered in self._plain:
            return True
        # 'tis -> 'Tis: the first letter is not always the first character.
        if not word[0].isalnum() and len(word) > 1:
            return word[0] + self._lower(word[1]) + word[2:] in self._plain
        return False

    def _phrase_length(self, pieces: Sequence[str], position: int) -> int:
        """How many pieces the longest multi-word entry takes that begins here; 0 if none does."""
        first = self._lower(pieces[position].strip(_AROUND))
        best = 0
        for parts in self._phrases.get(first, ()):
            window = pieces[position : position + len(parts)]
            if len(window) < len(parts) or len(parts) <= best:
                continue
            # Punctuation inside the phrase would make it two phrases.
            inner = [window[0].lstrip(_AROUND), *window[1:-1]]
            for last in _trimmed(window[-1].rstrip(_AROUND)):
                if self.lists(" ".join([*inner, last])):
                    best = len(parts)
        return best

    def _lower(self, text: str) -> str:
        if self._dotted_i:
            text = text.replace("İ", "i").replace("I", "ı")
        return unicodedata.normalize("NFC", text.lower())

    def _upper(self, text: str) -> str:
        if self._dotted_i:
            text = text.replace("i", "İ")
        return unicodedata.normalize("NFC", text.upper())


def _trimmed(piece: str) -> list[str]:
    """The piece, and what is left of it when marks that may be punctuation come off its ends."""
    forms = [piece]
    while forms[-1] and forms[-1][-1] in _MAYBE_AROUND:
        forms.append(forms[-1][:-1].rstrip(_AROUND))
    return [form for form in forms if form]
