"""Restores the case and the letters of an entry of a case-folded corpus: Straße, προς, İstanbul.

Case folding maps several spellings to one. The dictionaries choose among them; for languages
without a dictionary the tables do.
"""

from __future__ import annotations

from itertools import product

from vocab.words.casing import capitalised, upper
from vocab.words.frequency.dictionary import Dictionary
from vocab.words.frequency.drop_rules import ROMAN_NUMERAL
from vocab.words.frequency.folding import folded
from vocab.words.frequency.place_names import place_names
from vocab.words.frequency.tables import Tables

# A dictionary may accept any word in capitals, so longer ones do not count as initials.
MAX_INITIALS = 5
_INFINITIVES = ("en", "ern", "eln")


def restored_spellings(word: str, tables: Tables, dictionary: Dictionary | None) -> list[str]:
    """Return every spelling of the folded word for the list, or [] if no dictionary has it."""
    if word in tables.written:
        found = [tables.written[word]]
    elif (name := _place_name(word, tables)) is not None:
        found = [name]
    elif dictionary is None or "'" in (word[0], word[-1]):  # only the tables list clitics
        found = [tables.kept.get(word, word)]
    else:
        found = _by_dictionary(word, tables, dictionary)
        if not found and word in tables.kept:
            found = [tables.kept[word]]
    if word in tables.also and found:
        found.append(tables.also[word])
    return list(dict.fromkeys(found))


def _place_name(word: str, tables: Tables) -> str | None:
    if word in tables.lower_only or word in tables.also:
        return None
    return place_names(tables.language).get(word)


def _by_dictionary(word: str, tables: Tables, dictionary: Dictionary) -> list[str]:
    found: list[str] = []
    for variant in _unfolded(word, tables.language):
        noun = capitalised(variant, tables.language)
        if dictionary.knows(variant):
            # Most words in both cases are the noun: `schule` is only a rare form of a verb. The
            # tables name the others.
            as_noun = (
                tables.capitalised_nouns and word not in tables.lower_only | tables.also.keys()
            )
            found += (_noun_besides(noun, dictionary) if as_noun else []) or [variant]
        elif dictionary.knows(noun):
            found.append(noun)
        if found:
            break
    if not found and 1 < len(word) <= MAX_INITIALS and not ROMAN_NUMERAL.fullmatch(word):
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
