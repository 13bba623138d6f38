"""The orthography packs of Bosnian, Croatian and Serbian, in both scripts: „ ” or „ “."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    LOW,
    ORDINALS,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

_QUOTES = LOW | {"»": "«", "›": "‹"} | STRAIGHT | BRACKETS
_COMMON = replace(
    DEFAULT,
    pairs=_QUOTES,
    closing_variants={"“": "”", "‘": "’"},
    dialogue_dashes=LINE_DASHES,
    dotted_ordinals=True,  # also years: 2020. godine
)
CROATIAN = replace(
    _COMMON,
    language="hr",
    abbreviations=words(
        "npr itd sl tj tzv tzn odn br str god g st v s r gl ul sv mr sc dr prof doc akad ing dipl"
        " inž tel mob min sek mil mlrd tis čl p.n.e n.e pr.kr po.kr d.d d.o.o o.g usp op.cit"
        " m.p v.d ur prev izd sij velj ožu tra svi lip srp kol ruj lis stu pro"
    ),
)
SERBIAN = replace(
    _COMMON,
    language="sr",
    pairs=_QUOTES | {"’": "’"},
    closing_variants={"“": "”"},
    abbreviations=words(
        "нпр итд сл тј тзв одн бр стр год г ст в р гл ул св мр др проф доц акад инж дипл"
        " тел моб мин сек мил млрд хиљ чл п.н.е н.е д.о.о а.д в.д о.д ур прев изд м.п"
        " npr itd sl tj tzv odn br str god g st v r gl ul sv mr dr prof doc akad inž dipl tel mob"
        " min sek mil mlrd hilj čl p.n.e n.e d.o.o a.d v.d o.d ur prev izd m.p"
    ),
    # 80-их, 5-ог, 80-ih
    ordinals=words("-их -им -те -ти -та -то -ог -ом -ih -im -te -ti -ta -to -og -om") | ORDINALS,
)
BOSNIAN = replace(
    SERBIAN,
    language="bs",
    pairs=_QUOTES,
    closing_variants=_COMMON.closing_variants,
)
