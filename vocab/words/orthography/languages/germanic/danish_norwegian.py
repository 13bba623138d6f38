"""The orthography packs of Danish and of Norwegian, Bokmål and Nynorsk: dotted ordinals."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

_COMMON = replace(
    DEFAULT,
    dialogue_dashes=LINE_DASHES,
    suspended_hyphens=True,
    name_endings=words("s '"),
    dotted_ordinals=True,
    ordinals=words(",- ,– kr") | ORDINALS,
)
_QUOTES = CURLY | {"”": "”", "‘": "’", "’": "’", "'": "'"} | STRAIGHT | BRACKETS
DANISH = replace(
    _COMMON,
    language="da",
    pairs={"»": "«", "›": "‹", "„": "”"} | _QUOTES,
    homographs=frozenset({"I"}),  # "you" of several people; i means "in"
    abbreviations=words(
        "f.eks fx bl.a osv o.s.v m.m m.fl m.v dvs d.v.s d.å d.d ca evt inkl ekskl jf kap kl"
        " kr nr pga p.g.a pkt s sml st str stk tlf tilh vedr ang hhv ift ifm mht vha mio mia min"
        " max maks gl e.kr f.kr o.lign o.l hr fr frk dr prof red udg jan feb apr aug sept okt nov"
        " dec adr afd adm dir ref"
    ),
    # 80'erne, 5'eren
    ordinals=_COMMON.ordinals | words("'er 'ere 'erne 'eren 'ernes"),
)
_NORWEGIAN = words(
    "bl.a m.m m.fl m.v osv o.l o.a d.v.s dvs d.e ca evt ev inkl ekskl jf jfr kap kl kr nr pga pkt s"
    " st str stk tlf vedr ang hhv ift ifm mht vha mill mrd min maks gl e.kr f.kr dr prof red utg hr"
    " fr frk jan feb apr aug sept okt nov des adr avd adm dir ref el etc"
)
BOKMAL = replace(
    _COMMON,
    language="nb",
    pairs=ANGLED | _QUOTES,
    abbreviations=_NORWEGIAN | words("f.eks m.a.o s.k t.o.m f.o.m p.g.a"),
)
NYNORSK = replace(
    BOKMAL,
    language="nn",
    abbreviations=_NORWEGIAN | words("t.d m.a o.fl s.k t.o.m f.o.m"),
)
