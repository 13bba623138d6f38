"""Restores the case and the letters of an entry of a case-folded corpus: Straße, προς, İstanbul.

Case folding maps several spellings to one. The dictionaries choose among them; for languages
without a dictionary the tables do.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import product

from vocab.words.casing import capitalised, upper
from vocab.words.frequency.dictionary import Dictionary
from vocab.words.frequency.tables import Tables

# A dictionary may accept any word in capitals, so longer ones do not count as initials.
MAX_INITIALS = 5
_APOSTROPHES = str.maketrans("’ʼ`´", "''''")
# Tatweel and the vowel signs of Arabic: list entries are bare letters.
_ARABIC_SIGNS = re.compile("[\u0640\u064b-\u0652\u0670]")
_INFINITIVES = ("en", "ern", "eln")
_ROMAN = re.compile(r"(?=[ivxlc]{2})c{0,3}(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")


def folded(raw: str, language: str) -> str:
    """Return the lower-case NFC form that the tables use, with ' for every apostrophe."""
    word = unicodedata.normalize("NFC", raw).translate(_APOSTROPHES)
    if language == "tr":
        word = word.replace("I", "ı").replace("İ", "i")
    word = unicodedata.normalize("NFC", word.lower())
    if language == "ar":
        word = _ARABIC_SIGNS.sub("", word)
    elif language == "el":
        word = re.sub(r"σ(?=$|')", "ς", word) if len(word) > 1 else word
    return word


def restored_spellings(word: str, tables: Tables, dictionary: Dictionary | None) -> list[str]:
    """Return every spelling of the folded word for the list, or [] if no dictionary has it."""
    if word in tables.written:
        found = [tables.written[word]]
    elif dictionary is None or "'" in (word[0], word[-1]):  # only the tables list clitics
        found = [tables.kept.get(word, word)]
    else:
        found = _by_dictionary(word, tables, dictionary)
        if not found and word in tables.kept:
            found = [tables.kept[word]]
    if word in tables.also and found:
        found.append(tables.also[word])
    return list(dict.fromkeys(found))


def _by_dictionary(word: str, tables: Tables, dictionary: Dictionary) -> list[str]:
    found: list[str] = []
    for variant in _unfolded(word, tables.language):
        noun = capitalised(variant, tables.language)
        if dictionary.knows(variant):
            found.append(variant)
            if tables.capitalised_nouns and word not in tables.lower_only:
                found += _noun_besides(noun, dictionary)
        elif dictionary.knows(noun):
            found.append(noun)
        if found:
            break
    if not found and 1 < len(word) <= MAX_INITIALS and not _ROMAN.fullmatch(word):
        initials = upper(word, tables.language)
        # Greek capitals have no accents: ΤΙ is τι in capitals, so τί cannot be initials.
        if folded(initials, tables.language) == word and dictionary.knows(initials):
            found.append(initials)
    return found


def _noun_besides(noun: str, dictionary: Dictionary) -> list[str]:
    """Return [noun] if the dictionary has it as an entry of its own, else [].

    Every German infinitive is also a noun (das Gehen). These do not count; the tables list the
    useful ones.
    """
    stems = dictionary.capital_stems(noun)
    if noun.endswith(_INFINITIVES):
        stems.discard(noun)
    return [noun] if stems else []


def _unfolded(word: str, language: str) -> list[str]:
    """Return the words that folding may have turned into this one (ß becomes ss), itself last.

    Spellings with ß come first, because dictionaries accept many wrong spellings with ss: as Swiss
    spellings or as compounds (Landes-strasse).
    """
    if language != "de" or "ss" not in word:
        return [word]
    pieces = word.split("ss")
    joins = product(("ß", "ss"), repeat=len(pieces) - 1)
    return [
        pieces[0] + "".join(a + b for a, b in zip(join, pieces[1:], strict=True)) for join in joins
    ]
