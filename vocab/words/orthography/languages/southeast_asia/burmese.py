"""The orthography pack of Burmese: ။ and ၊, and spaces between phrases."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    STRAIGHT,
    UNSPACED,
)
from vocab.words.orthography.pack import ASCII_DIGITS

BURMESE = replace(
    UNSPACED,
    language="my",
    sentence_ends=frozenset({"။", "!", "?", "…", "...", "?!", "!?"}),
    pauses=frozenset("၊:"),
    pairs=CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    # A space ends a phrase.
    spaced_dashes=DEFAULT.spaced_dashes,
    dialogue_dashes=LINE_DASHES,
    digits=ASCII_DIGITS + "၀၁၂၃၄၅၆၇၈၉",
)
