"""The orthography pack of Arabic: its own marks and digits, and attached particles."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    ARABIC_ENDS,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    RAYAS,
    SINGLE,
    STRAIGHT,
)
from vocab.words.orthography.pack import ASCII_DIGITS, words

ARABIC = replace(
    DEFAULT,
    language="ar",
    label_letters="أبجدهوزحabcdABCD",
    sentence_ends=ARABIC_ENDS,
    pauses=frozenset("،؛:,"),  # the comma of keyboards without an Arabic one
    pairs=ANGLED | CURLY | {"”": "“"} | SINGLE | STRAIGHT | BRACKETS,
    # An insertion stands -between dashes- that touch it; people type any kind of dash.
    spaced_dashes=DEFAULT.spaced_dashes | {"‒"},
    tight_dashes=DEFAULT.tight_dashes | {"‒"},
    raya=RAYAS | {"‒", "-"},
    dialogue_dashes=LINE_DASHES,
    proclitics=words(
        "و ف ب ل ك ال وال بال فال كال لل ولل وب ول فب فل وك أ"
        " وـ فـ بـ لـ كـ الـ والـ بالـ فالـ كالـ للـ وللـ وبـ ولـ فبـ فلـ وكـ"
    ),
    digits=ASCII_DIGITS + "٠١٢٣٤٥٦٧٨٩",
    abbreviations=words("د أ م ص ق.م إلخ"),
)
