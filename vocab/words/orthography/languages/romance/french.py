"""The orthography pack of French: elisions, and spaces before ? ! : ; and inside « »."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    ANGLED,
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    MINUTES,
    ORDINALS,
    STRAIGHT,
    enclitics,
    in_brackets,
)
from vocab.words.orthography.pack import words

FRENCH = replace(
    DEFAULT,
    language="fr",
    pairs=ANGLED | CURLY | STRAIGHT | BRACKETS,
    # « oui » and oui ? have these spaces, also as no-break spaces.
    inner_spaced=frozenset("«“"),
    spaced_marks=frozenset("?!:;»”"),
    dialogue_dashes=LINE_DASHES,
    prefixes=words("l d j m t s n c ç qu jusqu lorsqu puisqu quoiqu presqu quelqu entr"),
    bound=words("l d j m t s n c ç qu jusqu lorsqu puisqu quoiqu presqu quelqu entr"),
    elides_before=frozenset("aeiouyhœæ"),
    suffixes=enclitics(
        "je tu il elle on nous vous ils elles ce moi toi lui leur le la les y en là ci même mêmes"
    )
    | {"-t-il": "il", "-t-elle": "elle", "-t-on": "on"}
    | {"-m'en": "en", "-t'en": "en"},  # va-t'en
    abbreviations=words(
        "m mm mme mmes mlle mlles mgr dr me etc cf p pp av ex st ste art fig vol chap no éd env bd"
        " boul tél janv févr avr juil sept oct nov déc j.-c c.-à-d p.ex"
    ),
    beginnings=in_brackets("re ré in im dé dés sous pré co non auto"),
    endings=in_brackets(
        "s x e es ne nes le les te tes se ses ère ères trice trices rice ice euse nt"
    ),
    ordinals=words("er re e ème ère nd nde") | ORDINALS | MINUTES,
    signs=DEFAULT.signs | words("n° N° nº Nº"),
)
