"""Which spellings of an entry its case permits.

A lower-case entry (`hola`) may be written `hola`, `Hola` and `HOLA`; an entry that carries
capitals (`María`, `iPhone`) may be written as it is and in all capitals.

Turkish and Azeri pair i with İ and ı with I, so `str.upper` alone is wrong for them. Nothing here
uses `str.casefold`: it turns ß into ss.
"""

from __future__ import annotations

import unicodedata

DOTTED_I_LANGUAGES = frozenset({"tr", "az"})


def primary_language(tag: str) -> str:
    """Return the language of a BCP-47 tag: `es-419` -> `es`."""
    return tag.replace("_", "-").split("-", 1)[0].lower()


def upper(text: str, language: str) -> str:
    if primary_language(language) in DOTTED_I_LANGUAGES:
        text = text.replace("i", "İ")
    return unicodedata.normalize("NFC", text.upper())


def capitalised(text: str, language: str) -> str:
    """Return `text` with its first letter in title case and the rest untouched."""
    if text.isascii() and text[0].isalpha() and text[0] != "i":  # most words, quickly
        return text[0].upper() + text[1:]
    for index, character in enumerate(text):
        if character.isalpha():
            if character == "i" and primary_language(language) in DOTTED_I_LANGUAGES:
                title = "İ"
            else:
                title = character.title()  # not upper(): the title case of ǆ is ǅ
            return unicodedata.normalize("NFC", text[:index] + title + text[index + 1 :])
    return text


def has_capital(text: str) -> bool:
    return text != text.lower()


def spellings(entry: str, language: str) -> tuple[str, ...]:
    """Return every way the entry may be written, the entry itself first, without repeats.

    The typewriter apostrophe and the typographic one are one letter: `don't` is also `don’t`.
    """
    forms = [entry]
    if not has_capital(entry):
        forms.append(capitalised(entry, language))
    forms.append(upper(entry, language))
    if "'" in entry:
        forms += [form.replace("'", "’") for form in forms]
    return tuple(dict.fromkeys(forms))
