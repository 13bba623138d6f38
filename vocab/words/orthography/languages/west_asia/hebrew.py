"""The orthography pack of Hebrew: ״ and ׳ inside words, the maqaf, prefixes before marks."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    SINGLE,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

# Attached to the next word as part of its entry, to quotation marks (ב"הארץ") and to numbers.
_PREFIXES = words("ב ה ו ל מ ש כ וב וה ול ומ וש וכ שב שה של שמ כש מה לכש בכ לכ מכ וכש")

HEBREW = replace(
    DEFAULT,
    language="he",
    label_letters="אבגדהוזחabcdABCD",
    pairs=CURLY | {"„": "”", "”": "”", "״": "״"} | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    proclitics=_PREFIXES,
    number_prefixes=_PREFIXES,  # ב-1948
    prefix_hyphens=frozenset("-־"),
    inner_marks=frozenset('"־'),
    # צה"ל and צה״ל, ג'ירפה and ג׳ירפה, בית-ספר and בית־ספר: keyboards lack the signs of Hebrew.
    respelt={'"': "״", "״": '"', "'": "׳", "׳": "'", "-": "־", "־": "-"},
    units=DEFAULT.units | {"₪"},
    signs=DEFAULT.signs | {"₪"},
)
