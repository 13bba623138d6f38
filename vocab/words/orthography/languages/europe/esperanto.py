"""The orthography pack of Esperanto."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

ESPERANTO = replace(
    DEFAULT,
    language="eo",
    pairs=CURLY | {"„": "“"} | ANGLED | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    ordinals=words("a an aj ajn e -a -an -aj -ajn -e -jara -jaraj -foje") | ORDINALS,
    abbreviations=words(
        "ktp k.t.p k.a k.s k.c ekz ekz-e t.e t.n s-ro s-ino f-ino d-ro n-ro prof inĝ p pĝ vd"
        " kp bv i.a inkl ĉ atm ptm a.k p.k red eld rim resp jc sek min maks n.b p.s str jan feb"
        " mar apr aŭg sep okt nov dec"
    ),
)
