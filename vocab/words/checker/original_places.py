"""Places in a text as its writer has it, for places in its normal form.

The checker reads a text in NFC, which can have fewer characters.
"""

from __future__ import annotations

import unicodedata


class OriginalPlaces:
    """text: In any form. All offsets count code points."""

    def __init__(self, text: str) -> None:
        self._offsets: list[int] | None = None
        if unicodedata.is_normalized("NFC", text):
            return
        self._offsets = []
        start = 0
        for end in range(1, len(text) + 1):
            normalized = unicodedata.normalize("NFC", text[start:end])
            if end < len(text) and _changes(normalized, text[end]):
                continue
            self._offsets += [start] * len(normalized)
            start = end
        self._offsets.append(len(text))

    def original(self, offset: int) -> int:
        """Return the offset in the text for one in its normal form."""
        return offset if self._offsets is None else self._offsets[offset]


def _changes(normalized: str, following: str) -> bool:
    """True if a text in NFC may become another one with this character, or a later one, behind it.

    Marks may be put in another order. Vowels and last consonants of Hangul join their syllable.
    """
    joined = unicodedata.normalize("NFC", normalized + following)
    return unicodedata.category(following)[0] == "M" or joined != normalized + following
