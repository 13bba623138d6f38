"""The orthography pack of Greek: ; is the question mark, and capitals have no accents."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    RAYAS,
    STRAIGHT,
    in_brackets,
)
from vocab.words.orthography.pack import words

GREEK = replace(
    DEFAULT,
    language="el",
    label_letters="αβγδεζηθΑΒΓΔΕΖΗΘ",
    sentence_ends=frozenset(
        {".", "!", ";", "…", "...", ";!", "!;", "!!", "!!!", ";;", ";;;"}
    ),  # ; is the question mark
    pauses=frozenset(",·:"),
    pairs=ANGLED | CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    raya=RAYAS,
    final_sigma=True,
    bare_capitals=True,
    abbreviations=words(
        "κ κα κος κ.λπ κλπ κ.τ.λ κτλ κ.ά π.χ λ.χ δηλ μ.χ π.μ μ.μ αρ σελ βλ δρ εκδ τηλ"
    ),
    endings=in_brackets("ς η ης α ες οι ων"),
    units=DEFAULT.units | words("εκ. μ μ. χλμ χλμ. γρ γρ. λ."),
    ordinals=words("ος η ο ης") | ORDINALS,
)
