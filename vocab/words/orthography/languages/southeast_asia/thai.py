"""The orthography pack of Thai: spaces only between phrases and sentences."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    STRAIGHT,
    UNSPACED,
)
from vocab.words.orthography.pack import ASCII_DIGITS

THAI = replace(
    UNSPACED,
    language="th",
    label_letters="กขคงจฉabcdABCD",
    # A space ends a phrase or a sentence; these marks come from foreign punctuation.
    sentence_ends=frozenset({".", "!", "?", "…", "...", "?!", "!?"}),
    pairs=CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    spaced_dashes=DEFAULT.spaced_dashes,
    digits=ASCII_DIGITS + "๐๑๒๓๔๕๖๗๘๙",
)
