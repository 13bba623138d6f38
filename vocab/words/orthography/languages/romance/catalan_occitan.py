"""The orthography packs of Catalan and Occitan: elisions, and pronouns behind a verb."""

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
    enclitics,
)
from vocab.words.orthography.pack import words

CATALAN = replace(
    DEFAULT,
    language="ca",
    pairs=ANGLED | CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    raya=RAYAS,
    prefixes=words("l d m t s n"),
    bound=words("l d m t s n"),
    elides_before=frozenset("aeiouh"),
    # dona-me'l, vés-te'n, dir-t'ho, anem-nos-en
    suffixes=enclitics("me te se nos vos us lo la los les li ho hi ne en")
    | {"'m": "em", "'t": "et", "'s": "es", "'l": "el", "'ls": "els", "'n": "en", "'ns": "ens"}
    | {f"-{elided}'{word}": word for elided in "mtsln" for word in ("ho", "hi", "en")},
    abbreviations=words(
        "sr sra srs sres srta dr dra prof profa sta st mn av avda c ctra pl pg núm pàg pàgs p pp"
        " tel etc ex p.ex cf cap art vol ed eds fig aprox màx mín s a.c d.c dl dt dc dj dv ds dg"
        " gen febr abr jul ag set oct nov des"
    ),
    ordinals=words("r n t è a rs ns ts es") | ORDINALS,
)
OCCITAN = replace(
    DEFAULT,
    language="oc",
    pairs=ANGLED | CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    # In France a space stands before these marks, in the Aran Valley none.
    inner_spaced=frozenset("«"),
    spaced_marks=frozenset("?!:;»"),
    dialogue_dashes=LINE_DASHES,
    prefixes=words("l d m t s n qu jusqu"),
    bound=words("l d m t s n qu jusqu"),
    elides_before=frozenset("aeiouh"),
    # dona-me, fasètz-o, vai-t'en, me'n vau, and Gascon que'm
    suffixes=enclitics("me te se nos vos lo la los las li lor o i ne en")
    | {"'m": "me", "'t": "te", "'s": "se", "'l": "lo", "'u": "lo", "'ls": "los", "'n": "ne"}
    | {"'ns": "nos", "'us": "vos"}
    | {f"-{elided}'{word}": word for elided in "mtsln" for word in ("o", "i", "en")},
    abbreviations=words(
        "sr sra sen dna dr dra prof st sta av pl etc ex p.ex cf cap art vol ed fig num pag p pp tel"
        " s seg aprox gen febr abr jul ag set oct nov dec"
    ),
    ordinals=words("r èr nd en ena a es") | ORDINALS,
)
