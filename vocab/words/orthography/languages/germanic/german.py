"""The orthography pack of German: capital nouns, hyphens before a space, dotted ordinals."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    DEFAULT,
    LOW,
    ORDINALS,
    STRAIGHT,
    in_brackets,
)
from vocab.words.orthography.pack import words

GERMAN = replace(
    DEFAULT,
    language="de",
    pairs=LOW
    | {"»": "«", "›": "‹", "«": "»", "‹": "›", "“": "”"}  # « » are used in Switzerland
    | STRAIGHT
    | {"'": "'"}
    | BRACKETS,
    capital_anywhere=True,
    suspended_hyphens=True,
    dotted_ordinals=True,
    beginnings=in_brackets(
        "un Un ver be ge ent er ab an auf aus ein mit vor zu nach um her hin wieder re Re in In ir"
        " sub Sub Mit Ver Be Vor Ab An Auf Aus Ein Nach Um"
    ),
    endings=in_brackets("in innen e en er es em n s r st t te ten nen")
    | words("/-in /-innen :in :innen *in *innen /-r /-n /-s /-en /-e"),
    ordinals=words("er fach %ig %ige %igen %iger %iges %igem ,- ,– ,-- ,— DM") | ORDINALS,
    suffixes={"'s": "es"},
    name_endings=words("s '"),
    abbreviations=words(
        "hr fr dr prof usw etc bzw ca evtl ggf inkl nr str st vgl z.b d.h u.a z.t s.o u.s.w jh"
        " jan feb apr jun jul aug sept okt nov dez mio mrd abb bd bde max min geb gest bspw sog"
        " bzgl u.ä o.ä i.d.r u.u v.a d.i n.chr v.chr hrsg aufl tel abs kap ff std sek sr jr"
    ),
)
