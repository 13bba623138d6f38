"""The orthography packs of Finnish and Estonian: hyphens before a space, dotted ordinals."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

_FINNIC = replace(
    DEFAULT,
    dialogue_dashes=LINE_DASHES,
    suspended_hyphens=True,  # kesä- ja talviloma, ema- ja isapoolne
    dotted_ordinals=True,
)
FINNISH = replace(
    _FINNIC,
    language="fi",
    pairs={"”": "”", "»": "»"} | STRAIGHT | BRACKETS,
    inner_marks=frozenset(":"),  # EU:n
    # 8:n, 20:ssä, 3:nnen
    ordinals=words(
        ":n :a :ä :ta :tä :tta :ttä :ssa :ssä :sta :stä :een :ään :iin :hin :lla :llä :lta :ltä"
        " :lle :na :nä :ksi :s :nen :nnen :nnella :nnellä :nnessa :nnessä :nteen :ntena :ntenä"
    )
    | ORDINALS,
    units=DEFAULT.units | words("%:n %:a %:ia %:iin %:ssa %:sta %:lla %:lle %:ksi €:n €:a"),
    abbreviations=words(
        "esim ym yms jne mm tms ts ns nk n s ks vrt v vv puh os kpl mrd milj ko ao eo em po huom"
        " prof tri maist toim synt k kirj alk ent ekr jkr ap ip sis lkm mon yks ed seur s.o t.s"
        " o.s e.m e.kr j.kr y.m j.n.e kesk keskim luentos pvm nro tel"
    ),
)
ESTONIAN = replace(
    _FINNIC,
    language="et",
    pairs={"„": "“"} | ANGLED | STRAIGHT | BRACKETS,
    closing_variants={"“": "”"},  # on many keyboards
    # 12-ni, 8-st, 1990ndatel
    ordinals=words(
        "-ni -st -le -lt -l -ks -s -sse -na -ga -t -aks -ks ndal ndat ndad ndatel ndate ndaist"
        " ndateks nda ndaks ndani ndast ndalt"
    )
    | ORDINALS,
    abbreviations=words(
        "nt jne vms jt jm jpt jms st s.t s.o vt vrd lk nr tel dr prof hr pr prl mag dots nim sh"
        " sünd surn saj a aj e.kr p.kr ekr pkr eks u ca kl mnt pst tn tlk koost toim ill näit lad"
        " jaan veebr apr aug sept okt nov dets min max"
    ),
)
