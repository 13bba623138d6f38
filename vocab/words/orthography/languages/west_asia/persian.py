"""The orthography pack of Persian: guillemets, its own marks and digits."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    ARABIC_ENDS,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    SINGLE,
    STRAIGHT,
)
from vocab.words.orthography.pack import ASCII_DIGITS, words

PERSIAN = replace(
    DEFAULT,
    language="fa",
    label_letters="بپجدهabcdABCD",
    sentence_ends=ARABIC_ENDS,
    pauses=frozenset("،؛:"),
    pairs=ANGLED | CURLY | {"”": "“", "‹": "›"} | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    digits=ASCII_DIGITS + "۰۱۲۳۴۵۶۷۸۹",
    ordinals=words("ام م مین امین ش ق") | ORDINALS,  # ۲۰ام, and the calendar of a year: ۱۴۰۳ش
    abbreviations=words(
        "ص صص ج ش م ه ه.ش ه.ق ق ق.م پ.م ر.ک رک ن.ک نک د.ک ق.ظ ب.ظ تل خ ک پ چ س ت ر ع ض"
    ),
)
