"""The registry of orthography packs: language tag in, pack out.

The packs themselves are in `languages/`. Their sources are CLDR's quotation marks
(`common/main/*.xml`, delimiters), the style guides of the languages' academies, and the usage found
in public texts (benchmarks/prose.py).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from vocab.words.casing import primary_language
from vocab.words.orthography.languages.arabic import ARABIC
from vocab.words.orthography.languages.chinese import CHINESE
from vocab.words.orthography.languages.common import DEFAULT
from vocab.words.orthography.languages.dutch import DUTCH
from vocab.words.orthography.languages.english import ENGLISH
from vocab.words.orthography.languages.french import FRENCH
from vocab.words.orthography.languages.german import GERMAN
from vocab.words.orthography.languages.greek import GREEK
from vocab.words.orthography.languages.hindi import HINDI
from vocab.words.orthography.languages.italian import ITALIAN
from vocab.words.orthography.languages.japanese import JAPANESE
from vocab.words.orthography.languages.polish import POLISH
from vocab.words.orthography.languages.portuguese import PORTUGUESE
from vocab.words.orthography.languages.russian import RUSSIAN
from vocab.words.orthography.languages.spanish import SPANISH
from vocab.words.orthography.languages.thai import THAI
from vocab.words.orthography.languages.turkish import TURKISH
from vocab.words.orthography.pack import Orthography

PACKS = {
    pack.language: pack
    for pack in (
        ENGLISH, SPANISH, FRENCH, GERMAN, ITALIAN, PORTUGUESE, DUTCH, POLISH, RUSSIAN, GREEK,
        TURKISH, ARABIC, HINDI, CHINESE, JAPANESE, THAI,
    )
}  # fmt: skip


@cache
def orthography_for(language: str) -> Orthography:
    """Return the pack for a BCP-47 tag: DEFAULT for a language without its own."""
    pack = PACKS.get(primary_language(language), DEFAULT)
    return replace(pack, language=language)
