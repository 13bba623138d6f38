"""Facts about the scripts that are written without spaces between words."""

from __future__ import annotations

from functools import lru_cache

import regex

# Script extensions, because ー and 々 belong to several scripts.
UNSPACED_SCRIPTS = ("Han", "Hira", "Kana", "Bopo", "Thai", "Laoo", "Khmr", "Mymr", "Tibt")
_SCRIPTS = "".join(rf"\p{{scx={script}}}" for script in UNSPACED_SCRIPTS)
# Burmese words of one letter, which Unicode counts as marks: ၌ (at), ၍ (and), ၎ (that), ၏ (of).
LETTER_SIGNS = frozenset("၌၍၎၏")
# The letters, marks and numerals of these scripts, as a set of the package regex.
UNSPACED = rf"[[{_SCRIPTS}]&&[\p{{L}}\p{{M}}\p{{N}}{''.join(LETTER_SIGNS)}]]"
# Thai and Lao vowels that are letters of their own: written before the consonant, or behind it.
LEADING_VOWELS = frozenset("เแโใไເແໂໃໄ")
FOLLOWING_VOWELS = frozenset("ะาำๅະາຳຽ")
# Khmer and Myanmar signs that put the next consonant below this one.
STACKING_SIGNS = frozenset("\u17d2\u1039")

_IS_UNSPACED = regex.compile(UNSPACED, regex.V1)


@lru_cache(maxsize=8192)
def is_unspaced(character: str) -> bool:
    """True for a letter, mark or numeral of a script without spaces between words; False for ""."""
    return _IS_UNSPACED.fullmatch(character) is not None
