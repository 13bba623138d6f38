"""The orthography pack of Portuguese: pronouns that attach to a verb by a hyphen."""

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
    SINGLE,
    STRAIGHT,
    enclitics,
    in_brackets,
)
from vocab.words.orthography.pack import words

PORTUGUESE = replace(
    DEFAULT,
    language="pt",
    pairs=CURLY | ANGLED | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    raya=RAYAS,
    prefixes=words("d"),
    bound=words("d"),
    elides_before=frozenset("aeiouh"),
    suffixes=enclitics("me te se o a os as lhe lhes nos vos")
    | {"-lo": "o", "-la": "a", "-los": "os", "-las": "as", "-no": "o", "-na": "a", "-nas": "as"},
    abbreviations=words(
        "sr sra srs sras dr dra d dona prof profa etc av pág págs ex tel vol art r séc aprox núm"
        " cap fig p.ex a.c d.c s.a ltda cia eng dto esq"
    ),
    beginnings=in_brackets("re in im des sub pré co auto ex"),
    endings=in_brackets("s es a as o os m"),
    ordinals=words("º ª .º .ª") | ORDINALS | MINUTES,
    signs=DEFAULT.signs | words("R$ US$ Cr$ CR$ Cz$ n.º N.º nº Nº n° N°"),
)
