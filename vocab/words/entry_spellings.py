"""How one entry is spelt, whatever else is listed: I and Monday, anak-anak, Armenian որտե՞ղ."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from vocab.words.orthography.pack import TYPEWRITER, TYPOGRAPHIC, Orthography

# Minimum number of letters of a part that is said twice.
MIN_DOUBLED = 3


def straight(entry: str) -> str:
    """Return the entry with ' for every apostrophe."""
    if TYPOGRAPHIC in entry or "ʼ" in entry:
        return entry.replace(TYPOGRAPHIC, TYPEWRITER).replace("ʼ", TYPEWRITER)
    return entry


def with_capitals(text: str, orthography: Orthography) -> list[str]:
    """Return the entry with the capitals that its words have in every sentence.

    If the whole entry is also another word without a capital, both.
    """
    capitals = orthography.capital_of
    if not capitals:
        return [text]
    if text in capitals:
        word = capitals[text]
        return [word] if word in orthography.capitals else [text, word]
    if " " in text:
        words = text.split(" ")
        always = orthography.capitals
        return [" ".join(capitals[w] if capitals.get(w) in always else w for w in words)]
    return [text]


def with_final_sigma(text: str) -> str:
    """Return Greek words with ς at their ends."""
    words = (word[:-1] + "ς" if word.endswith("σ") else word for word in text.split(" "))
    return " ".join(words)


def is_numeral(entry: str) -> bool:
    """True for an entry with digits and no letters."""
    return any(map(str.isnumeric, entry)) and not any(map(str.isalpha, entry))


def respelt(text: str, orthography: Orthography) -> list[str]:
    """Return the other spellings of `text` that `orthography.respelt` gives, in any combination."""
    forms = [text]
    for letter, mark in orthography.respelt.items():
        forms += [each.replace(letter, mark) for each in forms if letter in each]
    return forms[1:]


def derived_forms(text: str, orthography: Orthography) -> Iterator[str]:
    """Yield every spelling of the word `text` that its language derives from it."""
    if orthography.reduplicated and text.isalpha():
        yield from _doubled(text, orthography)
    if orthography.stress_marks:
        yield from _stressed(text, orthography)


def _doubled(text: str, orthography: Orthography) -> Iterator[str]:
    """Yield the word said twice: anak-anak, teman-temannya."""
    for ending in orthography.reduplicated:
        stem = text.removesuffix(ending)
        if len(stem) >= MIN_DOUBLED and stem + ending == text:
            yield f"{stem}-{text}"


def _stressed(text: str, orthography: Orthography) -> Iterator[str]:
    """Yield the word with a mark behind its first or last vowel: որտե՞ղ, գնո՞ւմ, գնու՞մ."""
    vowels = list(orthography.stressed_vowel.finditer(text))
    places = {
        place
        for vowel in (*vowels[:1], *vowels[-1:])
        for place in range(vowel.start() + 1, vowel.end() + 1)
    }
    for place in sorted(places):
        for mark in orthography.stress_marks:
            yield text[:place] + mark + text[place:]


def takes_elision(word: str, orthography: Orthography) -> bool:
    """True if a prefix elides before the word: l'eau, l'homme, l'été, l'FBI."""
    letters, first = orthography.elides_before, word[0]
    if not letters:
        return False
    if unicodedata.normalize("NFD", first.lower())[0] in letters:
        return True
    return first in orthography.vowel_names and not word[1:2].islower()
