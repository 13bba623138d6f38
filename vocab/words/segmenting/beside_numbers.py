"""The signs and units beside numbers, which no segmenter has to find: US$ 5, 5km, 3.x, 20 °C."""

from __future__ import annotations

from collections.abc import Collection

import regex

from vocab.words.orthography.pack import FRACTIONS
from vocab.words.orthography.scripts import UNSPACED

_FRACTIONS = "".join(FRACTIONS)
_SPACES = (" ", "\u00a0", "\u202f")
_SPACE = f"[{''.join(_SPACES)}]?"
# A letter or digit with which a unit or sign would be one word.
_RUN = rf"[[\p{{L}}\p{{N}}\p{{M}}]--{UNSPACED}]"


class BesideNumbers:
    """signs: Before a number, with or without a space. units: After it, with or without a space.

    attached: Directly after it.
    """

    def __init__(
        self,
        signs: Collection[str] = (),
        units: Collection[str] = (),
        attached: Collection[str] = (),
    ) -> None:
        spaced = {space + unit for space in ("", *_SPACES) for unit in units}
        sign = f"(?:{_any_of(signs)}){_SPACE}"
        unit = f"(?:{_any_of(spaced | {*attached})})"
        number = rf"(?:\d++[{_FRACTIONS}]?+|[{_FRACTIONS}])"
        numbers = f"{sign}{number}{unit}|{sign}{number}|{number}{unit}"
        self._numbers = regex.compile(f"(?<!{_RUN})(?:{numbers})(?!{_RUN})", regex.V1)
        # What a text may end with, if the next characters decide whether its letters are a word.
        self._begun_signs = tuple(sign + space for sign in signs for space in ("", *_SPACES))
        # Ends of texts, which complete a sign or a unit that is begun.
        self.examples = (*units, *attached, *(sign + "5" for sign in self._begun_signs))
        self._begun_units = frozenset(
            unit[:size] for unit in spaced | {*attached} for size in range(1, len(unit))
        )
        self._longest = max(map(len, self._begun_units), default=0)

    def removed(self, text: str) -> str:
        """Return the text with a space for every number that has a sign or a unit."""
        return self._numbers.sub(" ", text)

    def is_begun(self, text: str) -> bool:
        """True if a sign or unit is not complete, or its number is missing, at the end."""
        if text.endswith(self._begun_signs):
            return True
        return any(
            _ends_number(text[-size - 1 : -size]) and text[-size:] in self._begun_units
            for size in range(1, min(self._longest, len(text) - 1) + 1)
        )


def _ends_number(character: str) -> bool:
    return character.isdecimal() or character in FRACTIONS


def _any_of(texts: Collection[str]) -> str:
    """Return a pattern of any of these texts, the longest one first."""
    return "|".join(map(regex.escape, sorted(texts, key=len, reverse=True))) or "(?!)"
