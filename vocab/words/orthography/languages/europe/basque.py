"""The orthography pack of Basque: endings directly behind numbers, and % before them."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    RAYAS,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

BASQUE = replace(
    DEFAULT,
    language="eu",
    pairs=CURLY | ANGLED | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    raya=RAYAS,  # —Kaixo —esan zuen Mirenek—.
    dotted_ordinals=True,
    # 1936an, 2024ko, 10:30ean, 3.a
    ordinals=words(
        "a ak ek ari aren arekin az an ean ko eko tik etik ra era raino eraino n en i ei ri k ik z"
        " tan etan tako etako tatik etatik tara etara tarako etarako arte rako erako rekin ekin"
        " koa koak ekoa ekoak garren garrena .a .ak .an .ean .eko .ko .en .etik .era .etan .etako"
    )
    | ORDINALS,
    signs=DEFAULT.signs | {"%"},  # % 20
    abbreviations=words(
        "adib etab e.a or orr zk zenb tel jn and dr al k.a k.o itz arg eus gazt ik kap h.d bg hil"
        " urt ots mar api mai eka uzt abu ira urr aza abe esk ezk"
    ),
)
