"""The orthography pack of Romanian: short words that a hyphen joins to the next or the last one."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    STRAIGHT,
    enclitics,
)
from vocab.words.orthography.pack import words

ROMANIAN = replace(
    DEFAULT,
    language="ro",
    pairs={"„": "”"} | ANGLED | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    # s-a, m-ai, l-au, într-o, dintr-un, c-a. The first ones have lost their vowel.
    hyphen_prefixes=words("s m l n v c d într dintr printr"),
    bound=words("s m l n v c d într dintr printr"),
    elides_before=frozenset("aeiou"),
    vowel_names=frozenset(),
    # dă-mi-l, văzând-o, te-am, ce-i, și-ar
    suffixes=enclitics("mi ți i și li ni ne vi vă le mă te se o a ai am ar au are aș ați e")
    | {"-l": "îl", "-s": "sunt", "-n": "în"},
    abbreviations=words(
        "dl dna dra dlui dr prof ing acad gen col nr str bd bl sc ap et jud com sect tel etc pag p"
        " pp art alin lit cap vol ed fig cca aprox max min sec mil mld ex de ș.a ș.a.m.d ș.cl î.hr"
        " d.hr î.e.n e.n sf v s.n s.a ian feb mar apr iun iul aug sept oct nov dec"
    ),
    ordinals=words("-lea -a") | ORDINALS,
)
