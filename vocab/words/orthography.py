"""What may stand between and inside words, as data.

An `Orthography` says which marks end a sentence, pause it, open and close a pair, or dash it
apart. `text.py` turns it into an automaton; this module only holds the facts.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cache

from vocab.words.casing import primary_language

# Marks that stand inside entries: don't, ice-cream, Sr., C++, AT&T, and/or, l·l.
INNER_MARKS = frozenset("'’ʼ-‐.·/&+#")
# Of those, the ones an entry may begin or end with: 'tis, Sr., C++, C#.
LEADING_MARKS = frozenset("'’ʼ")
TRAILING_MARKS = frozenset("'’ʼ.+#")
# Zero-width joiners are letters' business in Persian and in Indic scripts.
JOINERS = frozenset("\u200c\u200d")


@dataclass(frozen=True, slots=True)
class Orthography:
    """The marks of a language. `sentence_ends` is closed: no other run of them can be written."""

    language: str
    sentence_ends: frozenset[str] = frozenset({".", "!", "?", "…", "...", "?!", "!?"})
    pauses: frozenset[str] = frozenset(",;:")
    # What opens a pair -> what closes it. A mark that opens and closes is its own partner.
    pairs: Mapping[str, str] = field(default_factory=lambda: {'"': '"', "“": "”", "(": ")"})
    # Between two words with a space on both sides.
    spaced_dashes: frozenset[str] = frozenset("–—-")
    # Between two words without spaces.
    tight_dashes: frozenset[str] = frozenset("—")
    # At the start of a line of dialogue.
    dialogue_dashes: frozenset[str] = frozenset()
    max_open_pairs: int = 2

    def within(self, alphabet: Set[str]) -> Orthography:
        """The same orthography without the marks that `alphabet` lacks."""
        return replace(
            self,
            sentence_ends=frozenset(run for run in self.sentence_ends if alphabet >= set(run)),
            pauses=self.pauses & alphabet,
            pairs={a: b for a, b in self.pairs.items() if {a, b} <= alphabet},
            spaced_dashes=self.spaced_dashes & alphabet,
            tight_dashes=self.tight_dashes & alphabet,
            dialogue_dashes=self.dialogue_dashes & alphabet,
        )


_DIALOGUE = frozenset("—–")
_DEFAULT = Orthography("und")
_BY_LANGUAGE: dict[str, Orthography] = {
    "es": replace(
        _DEFAULT,
        language="es",
        pairs={"¿": "?", "¡": "!", "«": "»", "“": "”", '"': '"', "(": ")"},
        dialogue_dashes=_DIALOGUE,
    ),
    "fr": replace(
        _DEFAULT, language="fr", pairs={"«": "»", '"': '"', "(": ")"}, dialogue_dashes=_DIALOGUE
    ),
    "de": replace(_DEFAULT, language="de", pairs={"„": "“", "»": "«", '"': '"', "(": ")"}),
}


@cache
def orthography_for(language: str) -> Orthography:
    """Return the orthography of a BCP-47 tag, the default one for a language without its own."""
    return _BY_LANGUAGE.get(primary_language(language)) or replace(_DEFAULT, language=language)


def why_unwritable(entry: str) -> str | None:
    """Say why no text can contain `entry` as a word, or None if one can.

    A word is letters, their marks and digits, with single spaces and a few marks inside.
    """
    if not any(unicodedata.category(character)[0] in "LN" for character in entry):
        return "it has no letter and no digit"
    for index, character in enumerate(entry):
        category = unicodedata.category(character)
        if category[0] in "LN" or (category[0] == "M" and index > 0):
            continue
        inside = 0 < index < len(entry) - 1
        if inside and (character in INNER_MARKS or character in JOINERS or character == " "):
            continue
        if index == 0 and character in LEADING_MARKS and entry[1].isalnum():
            continue
        if index == len(entry) - 1 and character in TRAILING_MARKS:
            continue
        name = unicodedata.name(character, "unnamed character")
        where = "begin with" if index == 0 else "contain" if inside else "end with"
        return f"a word cannot {where} {character!r} (U+{ord(character):04X} {name})"
    return None
