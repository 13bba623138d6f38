"""The orthography pack of Belarusian: « » with „ “ inside, and the ends ?.. and !.."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    LOW,
    ORDINALS,
    STRAIGHT,
    enclitics,
)
from vocab.words.orthography.pack import words

BELARUSIAN = replace(
    DEFAULT,
    language="be",
    label_letters="абвгдежзАБВГДЕЖЗ",
    pairs=ANGLED | LOW | {"“": "”"} | STRAIGHT | BRACKETS,
    sentence_ends=DEFAULT.sentence_ends | {"?..", "!.."},
    dialogue_dashes=LINE_DASHES,
    suffixes=enclitics("то такі"),
    abbreviations=words(
        "г гг ст стст т.д т.п г.д г.зн г.зв гл напр м в р вобл вул пр пл зав д кв корп п праф дац"
        " акад імя св тэл мал табл с стар выд рэд пер т тт тыс млн млрд руб кап гадз хв сек н.э"
        " студз лют сак крас чэрв ліп жн вер кастр ліст снеж"
    ),
    ordinals=words("-ы -і -га -му -м -я -й -ю -х -мі") | ORDINALS,
)
