"""The orthography pack of Spanish: ¿ ? and ¡ !, and dialogue dashes that touch a word."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    MINUTES,
    ORDINALS,
    RAYAS,
    STRAIGHT,
    in_brackets,
)
from vocab.words.orthography.pack import words

SPANISH = replace(
    DEFAULT,
    language="es",
    pairs={"¿": "?", "¡": "!"} | ANGLED | CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    raya=RAYAS,
    abbreviations=words(
        "sr sra srta sres sras dr dra d dña ud uds vd vds etc av avda pág págs núm tel prof ej"
        " ee uu aprox c cap fig vol art gral lic ing a.c d.c a.m p.m s.a p.ej ss mm dto dcha izda"
        " dpto ed eds máx mín"
    ),
    beginnings=in_brackets("re in im des sub pre co auto ex"),
    endings=in_brackets("s es a as o os n"),
    ordinals=words("º ª er .º .ª .er") | ORDINALS | MINUTES,
    signs=DEFAULT.signs | words("US$ n.º N.º nº Nº n° N°"),
)
