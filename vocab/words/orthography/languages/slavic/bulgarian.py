"""The orthography pack of Bulgarian: „ “, and the comparison with по- and най-."""

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
)
from vocab.words.orthography.pack import words

BULGARIAN = replace(
    DEFAULT,
    language="bg",
    label_letters="абвгдежзАБВГДЕЖЗ",
    pairs=LOW | ANGLED | STRAIGHT | BRACKETS,
    closing_variants={"“": "”"},  # on many keyboards
    sentence_ends=DEFAULT.sentence_ends | {"?..", "!.."},
    dialogue_dashes=LINE_DASHES,
    hyphen_prefixes=words("по най"),  # по-добър, най-добрият
    bound=words("най"),
    abbreviations=words(
        "г гг в вв др пр т.е т.н т.нар напр срв вж стр с чл ал т гр ул бул пл кв бл вх ет ап обл"
        " общ св проф доц акад инж арх ген полк лв ст евр хил млн млрд мин сек ч кг тел рис"
        " табл фиг изд ред прев пр.хр сл.хр н.е пр.н.е ян февр септ окт ноем дек б.р б.а"
    ),
    ordinals=words("-ви -ва -во -ри -ра -ро -ти -та -то -те -ми -ма -мо -ия -ият -ата -ото -ите")
    | ORDINALS,
)
