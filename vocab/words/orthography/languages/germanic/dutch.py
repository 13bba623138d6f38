"""The orthography pack of Dutch: 't Is begins a sentence, with the capital on the second word."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    SINGLE,
    STRAIGHT,
    in_brackets,
)
from vocab.words.orthography.pack import words

DUTCH = replace(
    DEFAULT,
    language="nl",
    capital_after_apostrophe=True,
    pairs=CURLY | SINGLE | {"„": "”", "‚": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    suffixes={"'s": "'s"},
    name_endings=words("s 's '"),
    suspended_hyphens=True,
    abbreviations=words(
        "dhr mevr mw dr prof drs ir mr ing enz etc bijv bv ca nr o.a d.w.z e.d m.b.t evt a.u.b"
        " i.p.v n.a.v t.a.v m.a.w i.v.m z.s.m a.s j.l p.s vgl blz pag red tel max min"
    ),
    polite=words("U Uw Uwe"),
    beginnings=in_brackets("on her ver be ont ge de sub in re pre mis mede"),
    endings=in_brackets("s en n e t de te ten den"),
    ordinals=words("e de ste 's ,- ,– ,-- ,—") | ORDINALS,
)
