"""The orthography pack of Galician: optional ¿ and ¡, and the article behind a verb (come-lo)."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    RAYAS,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

GALICIAN = replace(
    DEFAULT,
    language="gl",
    pairs={"¿": "?", "¡": "!"} | ANGLED | CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    raya=RAYAS,
    suffixes={"-lo": "o", "-la": "a", "-los": "os", "-las": "as"},
    abbreviations=words(
        "sr sra srta sres sras dr dra d dna don prof profa etc av avda r pr pza páx páxs núm tel"
        " p pp ex p.ex cap art vol fig ed eds aprox máx mín séc s a.c d.c s.a xan feb mar abr xuñ"
        " xul ago set out nov dec"
    ),
    ordinals=words("º ª .º .ª") | ORDINALS,
    signs=DEFAULT.signs | words("n.º N.º nº Nº n° N°"),
)
