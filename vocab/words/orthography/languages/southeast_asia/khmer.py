"""The orthography pack of Khmer: ។ and ៖, often with a space before them."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    STRAIGHT,
    UNSPACED,
)
from vocab.words.orthography.pack import ASCII_DIGITS

KHMER = replace(
    UNSPACED,
    language="km",
    # The full stop is a mark of abbreviations: គ.ស.
    sentence_ends=frozenset({"។", "៕", "!", "?", ".", "…", "...", "?!", "!?"}),
    pauses=frozenset("៖,;:"),
    pairs=ANGLED | CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    spaced_marks=frozenset("។៕៖!?"),
    # A space ends a phrase.
    spaced_dashes=DEFAULT.spaced_dashes,
    dialogue_dashes=LINE_DASHES,
    digits=ASCII_DIGITS + "០១២៣៤៥៦៧៨៩",
    units=DEFAULT.units | {"៛"},
)
