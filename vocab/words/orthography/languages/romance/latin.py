"""The orthography pack of Latin: the first names of Romans are abbreviations."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    LOW,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

LATIN = replace(
    DEFAULT,
    language="la",
    # Printed texts have the quotation marks of the country where they appear.
    pairs=CURLY | {"‘": "’"} | ANGLED | LOW | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    abbreviations=words(
        "a ap c cn d l m n p q s ser sex sp t ti f s.p.q.r a.u.c a.d kal id non cos coss s.v.b.e"
        " s.d s.p.d imp aug pont tr pot p.p etc cf e.g i.e ibid op cit lib cap v vv pag fol n.b"
    ),
)
