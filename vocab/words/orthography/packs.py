"""The registry of orthography packs: language tag in, pack out.

The packs themselves are in `languages/`, a folder for each region. Their sources are CLDR's
quotation marks (`common/main/*.xml`, delimiters), the style guides of the languages' academies, and
the usage found in public texts (benchmarks/prose.py).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from vocab.words.casing import primary_language
from vocab.words.orthography.languages import (
    africa,
    east_asia,
    europe,
    germanic,
    pacific,
    romance,
    slavic,
    south_asia,
    southeast_asia,
    west_asia,
)
from vocab.words.orthography.languages.common import DEFAULT
from vocab.words.orthography.pack import Orthography

_REGIONS = (
    germanic,
    romance,
    slavic,
    europe,
    west_asia,
    south_asia,
    southeast_asia,
    east_asia,
    africa,
    pacific,
)
PACKS: dict[str, Orthography] = {
    pack.language: pack for region in _REGIONS for pack in region.PACKS
}


@cache
def orthography_for(language: str) -> Orthography:
    """Return the pack for a BCP-47 tag: DEFAULT for a language without its own."""
    pack = PACKS.get(primary_language(language), DEFAULT)
    return replace(pack, language=language)
