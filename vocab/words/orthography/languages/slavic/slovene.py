"""The orthography pack of Slovene: » « and „ “ with the comma inside, dotted ordinals."""

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

SLOVENE = replace(
    DEFAULT,
    language="sl",
    pairs=LOW | {"»": "«", "›": "‹", "'": "'"} | STRAIGHT | BRACKETS,
    closing_variants={"“": "”"},
    dialogue_dashes=LINE_DASHES,
    dotted_ordinals=True,
    abbreviations=words(
        "npr itd ipd itn oz tj t.i str st št čl dr mag prof doc inž dipl univ g ga gdč sv ul c tel"
        " min sek maks tis mio mrd ok gl prim pr.n.št n.št stol l r d.o.o d.d s.p p.p op ur zv jan"
        " feb mar apr jun jul avg sep okt nov dec"
    ),
)
