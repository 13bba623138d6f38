"""The orthography pack of Lao: the marks of Thai, French quotation marks, its own digits."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import ANGLED, LINE_DASHES
from vocab.words.orthography.languages.southeast_asia.thai import THAI
from vocab.words.orthography.pack import ASCII_DIGITS

LAO = replace(
    THAI,
    language="lo",
    pairs={**THAI.pairs, **ANGLED},
    dialogue_dashes=LINE_DASHES,
    digits=ASCII_DIGITS + "໐໑໒໓໔໕໖໗໘໙",
    units=THAI.units | {"₭"},
)
