"""The orthography pack of Swahili: capitals of days and months, and prices such as 500/=."""

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

SWAHILI = replace(
    DEFAULT,
    language="sw",
    pairs=CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    capitals=words(
        "Jumatatu Jumanne Jumatano Alhamisi Ijumaa Jumamosi Jumapili"
        " Januari Februari Machi Aprili Mei Juni Julai Agosti Septemba Oktoba Novemba Desemba"
        " Kiswahili Kiingereza Kifaransa Kijerumani Kiarabu Kihispania Kichina Mungu"
    ),
    signs=DEFAULT.signs | words("Sh. Tsh. Ksh. TSh. KSh. Ush."),
    units=DEFAULT.units | {"/=", "/-"},
    abbreviations=words(
        "bw bi dkt dk mh prof mch sh st n.k nk k.m km k.v kv k.k b.k k.w.k k.o taz uk s.l.p slp"
        " g.m.t s.a.w mt jr kapt jen no"
    ),
)
