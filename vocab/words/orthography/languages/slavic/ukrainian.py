"""The orthography pack of Ukrainian: « » with „ “ inside, particles behind a hyphen, ?.. and !.."""

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

UKRAINIAN = replace(
    DEFAULT,
    language="uk",
    label_letters="абвгдежзАБВГДЕЖЗ",
    pairs=ANGLED | LOW | {"“": "”"} | STRAIGHT | BRACKETS,
    sentence_ends=DEFAULT.sentence_ends | {"?..", "!.."},
    dialogue_dashes=LINE_DASHES,
    suffixes=enclitics("но бо то таки от"),  # йди-но, тому-то
    abbreviations=words(
        "р рр ст т.д т.п т.зв т.ч ін див пор напр м обл р-н с смт вул просп пл бул буд кв п пп"
        " проф доц акад канд інж гр ім св о тел гл рис табл мал розд стор вид ред пер упоряд т тт"
        " тис млн млрд грн коп хв год сек кг н.е нар рос укр англ нім лат січ лют берез квіт"
        " трав черв лип серп верес жовт листоп груд"
    ),
    ordinals=words("-й -го -му -м -ий -ої -та -тя -ша -га -ю -ї -те -тє -ті -их -х -ма -ми")
    | ORDINALS,
)
