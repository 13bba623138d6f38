"""Which characters an entry may have, so that a text can contain it as a word."""

from __future__ import annotations

import unicodedata

# Marks that stand inside entries: don't, ice-cream, Sr., C++, AT&T, and/or, l·l, ई॰पू॰.
INNER_MARKS = frozenset("'’ʼ-‐.·/&+#॰")
# The marks among these that an entry may begin or end with: 'tis, Sr., C++, C#.
LEADING_MARKS = frozenset("'’ʼ")
TRAILING_MARKS = frozenset("'’ʼ.+#॰")
# The only word with a comma.
WITH_A_COMMA = frozenset({"ό,τι"})
# Persian and Indic scripts write zero-width joiners between letters.
JOINERS = frozenset("\u200c\u200d")


def why_unwritable(entry: str) -> str | None:
    """Return the reason why no text can contain `entry` as a word, or None if a text can.

    A word consists of letters, their combining marks and digits, with single spaces and a few other
    marks inside.
    """
    if not any(unicodedata.category(character)[0] in "LN" for character in entry):
        return "it has no letter and no digit"
    for index, character in enumerate(entry):
        category = unicodedata.category(character)
        if category[0] in "LN" or (category[0] == "M" and index > 0):
            continue
        if character == "," and entry.lower() in WITH_A_COMMA:
            continue
        inside = 0 < index < len(entry) - 1
        if inside and (character in INNER_MARKS or character in JOINERS or character == " "):
            continue
        if index == 0 and character in LEADING_MARKS and entry[1].isalnum():
            continue
        if index == len(entry) - 1 and character in TRAILING_MARKS:
            continue
        name = unicodedata.name(character, "unnamed character").lower()
        where = "begin with" if index == 0 else "contain" if inside else "end with"
        code = f"U+{ord(character):04X}"
        if not character.isprintable() or category[0] == "M":  # it cannot be seen by itself
            return f"a word cannot {where} the character {name} ({code})"
        return f"a word cannot {where} “{character}” ({name}, {code})"
    return None
