"""The orthography pack of Vietnamese."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    SINGLE,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

VIETNAMESE = replace(
    DEFAULT,
    language="vi",
    pairs=CURLY | SINGLE | ANGLED | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    ordinals=words("đ đồng tr k h") | ORDINALS,
    units=DEFAULT.units | {"₫"},
    abbreviations=words(
        "v.v tp t.p tx tt q p h x gs pgs ts ths bs ks cn ds ls nxb stt tr vd nsưt nsnd đt đ/c kts"
        " gs.ts pgs.ts n.d tcn scn"
    ),
)
