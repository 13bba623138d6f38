"""The orthography pack of Zulu: prefixes with a hyphen, and capitals inside words."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.languages.common import (
    BRACKETS,
    CURLY,
    DEFAULT,
    LINE_DASHES,
    STRAIGHT,
)
from vocab.words.orthography.pack import words

# Never words by themselves.
_BOUND = words(
    "i u e o ama aba izi imi isi ulu ubu uku um in ngo nge nga ku kwi kwa ka se ko ye yo ze zo we"
    " wo be bo le lo no ne njenge njengo nange engu angu owu oku"
)

ZULU = replace(
    DEFAULT,
    language="zu",
    pairs=CURLY | {"‘": "’"} | STRAIGHT | BRACKETS,
    dialogue_dashes=LINE_DASHES,
    hyphen_prefixes=_BOUND | words("na la ba wa ya za"),
    bound=_BOUND - words("le lo we yo zo ko bo"),
    inner_capitals=True,
    abbreviations=words("mnu nkk nksz dkt prof mfu njll isib bb kwb st no mhl"),
)
