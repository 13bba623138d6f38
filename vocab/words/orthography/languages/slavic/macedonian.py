"""The orthography pack of Macedonian: „ “ with ’ ‘ inside."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    DEFAULT,
    LINE_DASHES,
    LOW,
    ORDINALS,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

MACEDONIAN = replace(
    DEFAULT,
    language="mk",
    label_letters="абвгдежзАБВГДЕЖЗ",
    pairs=LOW | {"’": "‘", "«": "»"} | STRAIGHT | BRACKETS,
    closing_variants={"“": "”"},
    dialogue_dashes=LINE_DASHES,
    abbreviations=words(
        "г год гг в стр бр ул бул св итн др пр т.е т.н т.нар сл чл ал проф доц акад инж"
        " тел мин сек мил млрд илј ден н.е п.н.е ред изд прев јан фев мар апр јун јул авг септ окт"
        " ноем дек"
    ),
    ordinals=words("-ви -ва -во -ри -ра -ро -ти -та -то -те -ми -ма -мо -от -ата -ото") | ORDINALS,
)
