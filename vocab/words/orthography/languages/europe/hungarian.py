"""The orthography pack of Hungarian: „ ” and » «, dotted ordinals, endings behind a hyphen."""

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

HUNGARIAN = replace(
    DEFAULT,
    language="hu",
    pairs={"„": "”", "»": "«"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    suspended_hyphens=True,  # kis- és nagybetű
    dotted_ordinals=True,
    suffix_marks=frozenset("-"),
    suffixes={"-e": "e"},  # tudod-e
    # 15-én, 1990-es, 20%-os
    ordinals=words(
        "-a -e -i -t -k -án -én -ján -jén -ai -ei -ig -tól -től -ból -ből -ról -ről -ban -ben -ba"
        " -be -ra -re -nál -nél -hoz -hez -höz -nak -nek -at -et -ot -öt -as -es -os -ös -kor"
        " -szor -szer -ször -ik -ból -ből -val -vel -cal -cel -gyel -mal -tal -tel"
        " %-a %-át %-ban %-kal %-os %-ot %-ra %-ról %-nál %-nak"
    )
    | ORDINALS,
    abbreviations=words(
        "dr prof id ifj özv kb pl stb ill vö ld sz szt u úm ún ti uo tel krt pf jan febr márc ápr"
        " máj jún júl aug szept okt nov dec kft bt zrt nyrt rt p old köt kiad szerk ford mszt ker"
        " i.e i.sz kr.e kr.u de du min max vki vmi vkit vmit vkinek vminek ea st szül megh v.ö"
    ),
)
