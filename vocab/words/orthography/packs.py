"""The orthography packs: one for each language that has its own, a default for every other.

Sources: CLDR's quotation marks (`common/main/*.xml`, delimiters), the style guides of the
languages' academies, and what public text is found to do (benchmarks/prose.py).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from vocab.words.casing import primary_language
from vocab.words.orthography.common import DEFAULT
from vocab.words.orthography.latin import DUTCH, ENGLISH, GERMAN, POLISH, TURKISH
from vocab.words.orthography.other_scripts import (
    ARABIC,
    CHINESE,
    GREEK,
    HINDI,
    JAPANESE,
    RUSSIAN,
    THAI,
)
from vocab.words.orthography.pack import Orthography
from vocab.words.orthography.romance import FRENCH, ITALIAN, PORTUGUESE, SPANISH

PACKS = {
    pack.language: pack
    for pack in (
        ENGLISH, SPANISH, FRENCH, GERMAN, ITALIAN, PORTUGUESE, DUTCH, POLISH, RUSSIAN, GREEK,
        TURKISH, ARABIC, HINDI, CHINESE, JAPANESE, THAI,
    )
}  # fmt: skip


@cache
def orthography_for(language: str) -> Orthography:
    """Return the pack of a BCP-47 tag, the default one for a language without its own."""
    pack = PACKS.get(primary_language(language), DEFAULT)
    return replace(pack, language=language)
