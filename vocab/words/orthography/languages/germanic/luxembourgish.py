"""The orthography pack of Luxembourgish: d' before any word, capital nouns, dotted ordinals."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    LOW,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

LUXEMBOURGISH = replace(
    DEFAULT,
    language="lb",
    pairs=LOW | {"»": "«", "›": "‹", "'": "'"} | ANGLED | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    prefixes=words("d z"),  # d'Kanner, z'iessen
    bound=words("d z"),
    capital_anywhere=True,
    suspended_hyphens=True,
    dotted_ordinals=True,
    abbreviations=words(
        "z.b asw etc bzw d.h resp ca evtl ggf inkl nr st str s vgl a.s.w s.o s.u u.a hr mme m mlle"
        " dr prof ing jh mio mrd min sek max abb bd geb gest v.chr n.chr tel op.cit jan feb mäe"
        " abr jun jul aug sept okt nov dez"
    ),
)
