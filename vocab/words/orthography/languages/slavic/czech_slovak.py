"""The orthography packs of Czech and Slovak: „ “ and dotted ordinals; -li in Czech."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    LOW,
    ORDINALS,
    STRAIGHT,
    enclitics,
)
from vocab.words.orthography.pack import words

_COMMON = replace(
    DEFAULT,
    pairs=LOW | {"»": "«", "›": "‹", "'": "'"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    dotted_ordinals=True,
)
CZECH = replace(
    _COMMON,
    language="cs",
    suffixes=enclitics("li"),  # je-li, máte-li
    abbreviations=words(
        "např tj tzn tzv atd apod aj mj popř příp resp event č čís str s r roč kap obr tab"
        " odst pozn př.n.l n.l o.s a.s s.r.o v.o.s tis mil mld min max hod sek kč p pí sl dr ing"
        " mgr bc prof doc mudr judr phdr csc ph.d gen plk sv ul nám tř tel fax st cca pol zvl srov"
    ),
    ordinals=words("krát ,- ,–") | ORDINALS,
)
SLOVAK = replace(
    _COMMON,
    language="sk",
    abbreviations=words(
        "napr t.j tj t.z tzv tzn atď pod resp príp č str s r roč kap obr tab ods pozn porov"
        " n.l a.s s.r.o o.z tis mil mld min max hod sek p pí sl dr ing mgr bc prof doc mudr"
        " judr phdr csc phd gen plk sv ul nám tel fax st cca zv"
    ),
    ordinals=words("krát -krát ,- ,–") | ORDINALS,
)
