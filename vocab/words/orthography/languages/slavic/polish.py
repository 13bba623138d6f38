"""The orthography pack of Polish: „ ” quotation marks and dotted ordinals."""

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
    in_brackets,
)
from vocab.words.orthography.pack import words

POLISH = replace(
    DEFAULT,
    language="pl",
    pairs={"„": "”", "‚": "’", "'": "'"} | ANGLED | CURLY | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    dotted_ordinals=True,
    polite=words(
        "Pan Pana Panu Panem Panie Panowie Panów Pani Panią Państwo Państwa Ci Cię Ciebie Tobie"
    ),
    beginnings=in_brackets("nie prze po od do współ re pod"),
    endings=in_brackets("a y i e ów em ami ach ą ę m ś my"),
    ordinals=words("zł") | ORDINALS,
    abbreviations=words(
        "p pp prof np itd itp tzw tzn ul al pl os nr ks im ok r w godz min sek tys mln mld m.in"
        " tj św śp wg zob por red str tel gen płk mgr inż dr hab woj n.e p.n.e"
    ),
)
