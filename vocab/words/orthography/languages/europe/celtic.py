"""The orthography packs of Irish and Welsh: apostrophes at both ends of a word."""

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

_CELTIC = replace(
    DEFAULT,
    pairs=STRAIGHT | CURLY | SINGLE | BRACKETS,
    dialogue_dashes=LINE_DASHES,
)
IRISH = replace(
    _CELTIC,
    language="ga",
    prefixes=words("b d m"),  # b'fhearr, d'ól, m'athair
    elides_before=frozenset("aeiouf"),  # also d'fhág
    hyphen_prefixes=words("t n"),  # an t-úll, ár n-arán
    bound=words("b d m t n"),
    suffixes={each: each for each in words("-sa -se -san -sean -na -ne")},
    ordinals=words("ú adh idí") | ORDINALS,
    capitals=words(
        "Luan Luain Máirt Céadaoin Déardaoin Aoine Satharn Sathairn Domhnach Domhnaigh Eanáir"
        " Feabhra Márta Mhárta Aibreán Aibreáin Bealtaine Bhealtaine Iúil Lúnasa Samhain Samhna"
        " Nollaig Nollag Gaeilge Ghaeilge Béarla Bhéarla Fraincis Fhraincis Gearmáinis"
        " Ghearmáinis Spáinnis Éire Éireann Éirinn"
    ),
    abbreviations=words(
        "srl etc m.sh i.e e.g r.ch i.ch a.d lch lgh uimh tel dr co st iml eag iar uas b.á.c a.m p.m"
        " r.n i.n"
    ),
)
WELSH = replace(
    _CELTIC,
    language="cy",
    # mae'r, mae'n, gyda'i, i'w, a'u, o'm, i'th, o'ch
    suffixes={
        "'r": "yr",
        "'n": "yn",
        "'i": "ei",
        "'w": "ei",
        "'u": "eu",
        "'m": "fy",
        "'th": "dy",
        "'ch": "eich",
    },
    ordinals=words("af il ail ydd edd ed fed eg ain au oedd") | ORDINALS,
    capitals=words(
        "Sul Mawrth Mercher Gwener Sadwrn Ionawr Chwefror Ebrill Mehefin Gorffennaf Awst"
        " Tachwedd Rhagfyr Cymraeg Gymraeg Saesneg Ffrangeg Almaeneg Sbaeneg Gwyddeleg Cymru"
        " Gymru"
    ),
    homographs=words("Llun Iau Mai Medi Hydref"),
    abbreviations=words(
        "e.e h.y a.y.y.b a.y.b ayb ayyb dr mr mrs parch tud t c gw cyf gol rhif st tel o.c c.c"
        " o.n y.b y.p y.h prof cf ion chwef ebr meh gorff tach rhag"
    ),
)
