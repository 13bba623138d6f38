"""The names of countries and of big cities, as CLDR writes them in a language: Suiza, Varsovia.

Spelling dictionaries do not tell them from words that are spelled alike in lower case: Portuguese
`cuba` is a vat. Needs no network: Babel carries the data.
"""

from __future__ import annotations

from functools import cache
from importlib import metadata

from babel import Locale

from vocab.words.frequency.folding import folded

# Codes of CLDR that are no countries: unions of countries, and regions for tests.
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


def source() -> str:
    """Return what the names were taken from, for the header of a list."""
    return f"babel {metadata.version('babel')}"


@cache
def place_names(language: str) -> dict[str, str]:
    """Map each name of one word to its spelling with a capital. The keys are folded."""
    return {folded(name, language): name for name in _names(language)}


@cache
def country_names(language: str) -> frozenset[str]:
    """Return the names of countries that are one word and have a capital."""
    territories = Locale(language).territories
    return frozenset(
        name
        for code, name in territories.items()
        if code.isalpha() and code not in _NO_COUNTRIES and _is_capitalised_word(name)
    )


def _names(language: str) -> list[str]:
    zones = Locale(language).time_zones
    cities = [zone["city"] for zone in zones.values() if "city" in zone]
    # Countries come last: they win where a city is written otherwise.
    return [city for city in cities if _is_capitalised_word(city)] + sorted(country_names(language))


def _is_capitalised_word(name: str) -> bool:
    return name.isalpha() and name[0].isupper() and not name.isupper()
