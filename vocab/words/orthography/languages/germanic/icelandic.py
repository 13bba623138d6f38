"""The orthography pack of Icelandic: „ “ and dotted ordinals (17. júní)."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    LOW,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

ICELANDIC = replace(
    DEFAULT,
    language="is",
    pairs=LOW | {"»": "«", "'": "'"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    suspended_hyphens=True,
    dotted_ordinals=True,
    abbreviations=words(
        "t.d þ.e þ.e.a.s o.s.frv o.fl o.þ.h þ.á.m m.a a.m.k u.þ.b sbr skv kl kr bls nr st s sl nk"
        " f.h e.h f.kr e.kr dr frk hr sr sím s.s m.ö.o s.k þ.m.t n.k ca gr mgr kap útg ritstj"
        " þýð jan feb apr ág sept okt nóv des millj mín klst sek"
    ),
)
