"""The orthography pack of Yoruba: letters with dots below and tone marks."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

YORUBA = replace(
    DEFAULT,
    language="yo",
    pairs=CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    capitals=words("Yorùbá Ọlọ́run Gẹ̀ẹ́sì"),
    signs=DEFAULT.signs | {"₦"},
    abbreviations=words("ọ̀gb arb alh alhj dr prof rev abbl f.a o.i ò.ì ojú bíṣ ọ̀jọ̀gb st no"),
)
