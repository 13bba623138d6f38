"""The orthography pack of Armenian: marks of questions and stress stand inside words."""

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

_ELLIPSES = ("…", "...")
_FULL_STOPS = ("։", ":")  # many keyboards have only the colon

ARMENIAN = replace(
    DEFAULT,
    language="hy",
    sentence_ends=frozenset({*_FULL_STOPS, *_ELLIPSES})
    | {ellipsis + stop for ellipsis in _ELLIPSES for stop in _FULL_STOPS},
    # The full stop of other languages is weaker here: Նա ասաց. «Այո»։ It is also typed as U+2024.
    pauses=frozenset(",՝.\u2024"),
    pairs=ANGLED | CURLY | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    stress_marks=frozenset("՞՜՛"),  # Որտե՞ղ, Ի՜նչ, Արի՛
    stressed=words("ու ա ե է ը ի ո օ և"),
    ordinals=words(
        "-րդ -ին -ի -ից -ով -ում -ը -ն -ական -ականների -ականներին -ամյա -ամյակ -ամյակի -ինը -ը"
    )
    | ORDINALS,
    units=DEFAULT.units | {"֏"},
    signs=DEFAULT.signs | {"֏"},
    abbreviations=words(
        "թ թթ դ դդ տ փ պ պրն տկն օր մլն մլրդ ք գ ս մ.թ մ.թ.ա ն.է հեռ ժ ր կ հմմտ խմբ"
        " պրոֆ դոկտ ակադ հ հտ էջ հրատ փ.ծ շ բն հունվ փետր ապր օգոստ սեպտ հոկտ նոյ դեկտ"
    ),
    abbreviation_signs=frozenset(".\u2024"),
)
