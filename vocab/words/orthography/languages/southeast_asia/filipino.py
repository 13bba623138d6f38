"""The orthography pack of Filipino (Tagalog): 'y and 't, words said twice, hyphens of prefixes."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    SINGLE,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

_PREFIXES = words("ika pang taga maka maki naki mag nag pag tig kontra pro anti alas ala de")

FILIPINO = replace(
    DEFAULT,
    language="fil",
    pairs=CURLY | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    suffixes={"'y": "ay", "'t": "at"},  # ako'y, iba't iba
    reduplicated=frozenset({"", "ng", "g"}),  # araw-araw, iba-ibang, ayon-ayong
    hyphen_prefixes=_PREFIXES,  # ika-12, taga-Maynila, alas-otso
    bound=_PREFIXES - words("pag mag kontra alas ala de"),
    ordinals=words("ng") | ORDINALS,
    signs=DEFAULT.signs | {"₱"},
    capitals=words(
        "Lunes Martes Miyerkules Huwebes Biyernes Sabado Enero Pebrero Marso Abril Mayo Hunyo"
        " Hulyo Agosto Setyembre Oktubre Nobyembre Disyembre Tagalog Filipino Pilipino Pilipinas"
        " Ingles Kastila Cebuano Ilokano"
    ),
    homographs=words("Linggo"),
    abbreviations=words(
        "atbp hal g gng bb dr dra prof kgg blg p pp t st sta sto sr jr brgy n.u n.h n.g n.t gob"
        " sen kon hon atty engr rev ene peb mar abr hun hul ago set okt nob dis no vol tel"
    ),
)
