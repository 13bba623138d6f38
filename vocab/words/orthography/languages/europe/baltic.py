"""The orthography packs of Latvian and Lithuanian."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

LATVIAN = replace(
    DEFAULT,
    language="lv",
    pairs={"„": "”"} | CURLY | ANGLED | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    dotted_ordinals=True,
    abbreviations=words(
        "u.c utt u.tml u.tt t.i t.s piem sk skat plkst lpp g gs gadsimt dz m st min sek tūkst milj"
        " mljrd nr tālr prof dr doc asoc akad kat kaut apm aptuv resp sal sast red izd p.m.ē m.ē"
        " pr.kr v.tml u.t.t janv febr apr jūn jūl aug sept okt nov dec ekon tautsaimn str kv ls"
    ),
)
LITHUANIAN = replace(
    DEFAULT,
    language="lt",
    pairs={"„": "“"} | ANGLED | STRAIGHT | BRACKETS,
    closing_variants={"“": "”"},  # on many keyboards
    dialogue_dashes=LINE_DASHES,
    # 5-oji, 20-ies, 11-ąją
    ordinals=words(
        "-oji -asis -ąjį -ąją -ojo -osios -ajame -ojoje -ajam -ajai -uoju -ąja -ieji -ųjų -iesiems"
        " -uosius -aisiais -uosiuose -osiomis -ies -ių -ų -iai -ios -tas -ta -as -a -o -u -am -ai"
        " -tą -ą -metis -mečio -metį -mečiai -ečių -ečius -ečiais"
    )
    | ORDINALS,
    abbreviations=words(
        "m d val min sek a pvz t y t.t t.y kt pan žr plg proc tūkst mln mlrd prof dr doc akad"
        " g pr al p psl pav p.m.e pr.kr š.m vid kun šv sav r raj apyg apskr gyv mst k nr tel el"
        " vad vadin lot angl liet rus vok pranc lenk inž red sud leid saus vas bal geg birž liep"
        " rugp rugs spal lapkr gruod"
    ),
)
