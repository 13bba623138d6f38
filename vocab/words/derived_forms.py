"""Spellings that a language derives from an entry: anak-anak, and Armenian որտե՞ղ."""

from __future__ import annotations

from collections.abc import Iterator

from vocab.words.orthography.pack import Orthography

# Minimum number of letters of a part that is said twice.
MIN_DOUBLED = 3


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
