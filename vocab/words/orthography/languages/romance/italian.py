"""The orthography pack of Italian: many words that elide before an apostrophe."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    ORDINALS,
    SINGLE,
    STRAIGHT,
    in_brackets,
)
from vocab.words.orthography.pack import words

ITALIAN = replace(
    DEFAULT,
    language="it",
    pairs=ANGLED | CURLY | SINGLE | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    prefixes=words(
        "l d un c n m t s v gl dell all nell dall sull coll pell quell quest bell sant tutt anch"
        " com dov cos quand nient nessun ciascun alcun qualcun senz mezz buon grand ogn neanch"
        " nemmen neppur ventun trent quarant cinquant ottant vent sessant settant novant cent tant"
        " quant null qualcos fors dev sott ch gliel perch finch poich"
    ),
    bound=words(
        "l d c n m t s v gl dell all nell dall sull coll pell quell quest bell sant tutt anch com"
        " dov cos nient senz mezz grand ogn neanch nemmen neppur trent quarant cinquant ottant"
        " vent sessant settant novant cent tant quant null qualcos fors dev sott ch gliel perch"
        " finch poich"
    ),
    elides_before=frozenset("aeiouh"),
    abbreviations=words(
        "sig sigg dott prof ecc es pag pagg cap art vol avv ing arch d.c a.c mons rag geom cfr p pp"
        " tel ss gen feb mar apr mag giu lug ago set ott nov dic"
    ),
    polite=words("Lei La Le Suo Sua Suoi Sue Voi Vi Vostro Vostra Vostri Vostre Loro"),
    beginnings=in_brackets("re ri in im dis sub pre co auto ex non"),
    endings=in_brackets("i e a o"),
    ordinals=words("º ª") | ORDINALS,
    signs=DEFAULT.signs | words("n° N°"),
)
