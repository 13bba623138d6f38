"""The orthography pack of Swedish: ” ” and ’ ’, a colon inside words (EU:s) and ordinals (5:e)."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

SWEDISH = replace(
    DEFAULT,
    language="sv",
    pairs={"”": "”", "’": "’", "»": "»", "“": "”", "‘": "’", "'": "'"} | STRAIGHT | BRACKETS,
    closing_variants={"»": "«"},
    dialogue_dashes=LINE_DASHES,
    suspended_hyphens=True,
    name_endings=frozenset("s"),
    inner_marks=frozenset(":"),  # EU:s, tv:n
    abbreviations=words(
        "t.ex bl.a osv o.s.v m.m m.fl d.v.s dvs s.k p.g.a pga t.o.m fr.o.m f.d f.n f.ö i.st.f jfr"
        " kap kl ca nr s sid st str tel tfn etc resp inkl exkl max min milj mdr ung fig tab bil ev"
        " e.d e.kr f.kr dr prof fil red övers uppl utg bd anm avd hr jr sr"
    ),
    ordinals=words(":a :e :- kr") | ORDINALS,
)
