"""The orthography pack of Russian: particles that attach by a hyphen, and the ends ?.. and !.."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    STRAIGHT,
    enclitics,
    in_brackets,
)
from vocab.words.orthography.pack import words

RUSSIAN = replace(
    DEFAULT,
    language="ru",
    label_letters="абвгдежзАБВГДЕЖЗ",
    pairs=ANGLED | {"„": "“", "“": "”"} | STRAIGHT | BRACKETS,
    sentence_ends=DEFAULT.sentence_ends | {"?..", "!.."},
    dialogue_dashes=LINE_DASHES,
    polite=words("Вы Вас Вам Вами Ваш Ваша Ваше Ваши Вашего Вашей Вашу Вашему Вашим Ваших"),
    beginnings=in_brackets("не по пере со при до за от"),
    endings=in_brackets("а ы и ов ей ая ые ой их ых ся сь ла ли"),
    suffixes=enclitics("то нибудь либо таки ка"),
    abbreviations=words(
        "т.е т.д т.п т.к т.н т.о н.э г гг в вв др им ул пл пр пер обл кв корп стр руб коп тыс млн"
        " млрд см проф акад доц ред изд кн гл рис табл напр чел шт мин сек час тел"
    ),
    units=DEFAULT.units | words("мм см м км мг г кг мл л ч мин с руб руб. коп коп."),
)
