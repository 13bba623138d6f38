"""The orthography pack of Urdu: ۔ ؟ ، and years such as 1947ء."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
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

URDU = replace(
    DEFAULT,
    language="ur",
    # Many keyboards make an ellipsis of full stops.
    sentence_ends=ARABIC_ENDS - {"."} | {"۔", "۔۔۔"},
    pauses=frozenset("،؛:"),
    pairs=CURLY | {"”": "“"} | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    digits=ASCII_DIGITS + "۰۱۲۳۴۵۶۷۸۹",
    ordinals=words("ء ھ واں ویں وں /-") | ORDINALS,
    signs=DEFAULT.signs | words("₨ Rs. $ US$ € £"),
    inner_marks=frozenset("۔"),  # ایم۔اے
    abbreviations=words(
        "ص صص ج م ق ب ف ھ ع ق۔م بی۔اے ایم۔اے بی۔ایس ایم۔ایس ایم۔فل پی۔ایچ۔ڈی ایم۔بی۔بی۔ایس"
        " ایل۔ایل۔بی بی۔ایڈ ایم۔ایڈ ایم۔این۔اے ایم۔پی۔اے آئی۔جی پی۔ٹی۔وی بی۔بی۔سی"
    ),
    abbreviation_signs=frozenset("۔."),
)
