"""The orthography pack of Maltese: articles before a hyphen, prepositions before an apostrophe."""

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

# The article takes the first letter of the word behind it, if that is one of these.
_ASSIMILATED = "ċdnrstxżz"
_PREPOSITIONS = {
    "i": "il", "ta": "tal", "fi": "fil", "bi": "bil", "ma": "mal", "għa": "għall", "mi": "mill",
    "li": "lill", "bħa": "bħall", "sa": "sal", "da": "dal", "di": "dil",
}  # fmt: skip
_ARTICLES = frozenset(
    {"l", "fl", "bl", *_ASSIMILATED, *_PREPOSITIONS.values()}
    | {stem + letter for stem in _PREPOSITIONS for letter in _ASSIMILATED}
)
_ELIDED = words("b f x m t s l")  # b'mod, f'Malta, x'inhu, m'għandix

MALTESE = replace(
    DEFAULT,
    language="mt",
    pairs=CURLY | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    prefixes=_ELIDED,
    hyphen_prefixes=_ARTICLES,
    # min is also who, mar he went, dar a house.
    bound=(_ARTICLES | _ELIDED)
    - words("min mar mit mad man bin bir bit dan din dar dad tin tan sar sas tas sad mix"),
    capitals=words(
        "Ħadd Ħamis Sibt Jannar Frar Marzu April Mejju Ġunju Lulju Awwissu Settembru Ottubru"
        " Novembru Diċembru Malti Maltija Maltin Ingliż Ingliża Ingliżi Taljan Taljana Taljani"
        " Franċiż Franċiża Ġermaniż Spanjol Għarbi"
    ),
    homographs=words("Tnejn Tlieta Erbgħa Ġimgħa"),
    abbreviations=words(
        "eċċ p pġ nru dr prof onor mons sra tel p.e i.e e.ż a.k q.k w.k kap art vol av perit st"
    ),
)
