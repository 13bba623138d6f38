"""Reads what a person gives as the language of a list: `es_MX`, `Spanish`, `cmn`, `jp`.

One tag comes out, in the form of BCP-47 (`es-MX`), or an error that names a likely one. The names
and codes are CLDR's.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from vocab.words.casing import primary_language
from vocab.words.orthography.packs import PACKS

_SYNTAX = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*", re.IGNORECASE)
_PRIVATE = re.compile(r"q[a-t][a-z]")  # codes for languages that have none
# Languages that IANA's registry lets be written below the language whose rules they follow.
_WRITTEN_AS = {
    **{code: f"zh-{code}" for code in ("cdo", "gan", "hak", "hsn", "nan", "wuu", "yue")},
    **{code: f"ar-{code}" for code in ("acm", "aeb", "afb", "ajp", "apc", "arq", "ary", "arz")},
}
# Scripts without spaces between words. Languages with rules know it themselves.
_UNSPACED_SCRIPTS = frozenset({"Khmr", "Laoo", "Mymr", "Tibt"})
# Names that CLDR does not have.
_OTHER_NAMES = {
    **{"farsi": "fa", "mandarin": "zh", "mandarin chinese": "zh", "cantonese": "zh-yue"},
    **{"bengali": "bn", "castilian": "es", "maori": "mi", "myanmar": "my", "oriya": "or"},
    **{"norsk": "no", "bokmål": "nb", "nynorsk": "nn", "panjabi": "pa", "srpski": "sr-Latn"},
    "valencian": "ca-valencia",
}
MAX_TAG_CHARS = 35


class UnknownLanguage(ValueError):
    """The text names no language. The message is for the person who gave it."""


def canonical_tag(text: str) -> str:
    """Return the BCP-47 tag of a language that is given by a tag or by its name.

    Raises UnknownLanguage, with a suggestion if there is one.
    """
    given = " ".join(text.split())
    tag = given.replace("_", "-")
    if len(tag) > MAX_TAG_CHARS:
        raise UnknownLanguage(f"a language tag has at most {MAX_TAG_CHARS} characters")
    if _SYNTAX.fullmatch(tag):
        language, *rest = tag.split("-")
        known = _language(language.lower())
        if known is not None:
            others = _subtags(rest, given)
            if any(len(part) == 4 for part in others):
                known = re.sub("-[A-Z][a-z]{3}$", "", known)  # sh is sr-Latn, and sh-Cyrl sr-Cyrl
            return "-".join((known, *others))
    named = _names().get(given.casefold())
    if named is None:
        raise UnknownLanguage(_message(given))
    return named


def language_name(tag: str) -> str:
    """Return the English name of a tag's language: `es-MX` -> `Mexican Spanish`."""
    names = _english()
    below = next((part for part in tag.split("-")[1:] if _WRITTEN_AS.get(part)), None)
    if below is not None:
        return names.get(below, below)
    if tag.replace("-", "_") in names:
        return names[tag.replace("-", "_")]
    try:
        name = Locale.parse(tag, sep="-").get_display_name("en")
    except (UnknownLocaleError, ValueError):
        name = None
    return name or names.get(primary_language(tag), tag)


def rules_note(tag: str) -> str | None:
    """Return a sentence for a language without rules of its own; None if it has rules."""
    if primary_language(tag) in PACKS:
        return None
    note = (
        f"There are no rules for {language_name(tag)} ({tag}), so replies follow the general ones:"
        " a space between words, a capital at the start of a sentence, and the usual marks"
        " such as . , ? ! “ ” « »."
    )
    if script_of(tag) in _UNSPACED_SCRIPTS:
        note += f" {language_name(tag)} has no spaces between words, so replies will look wrong."
    return note


def script_of(tag: str) -> str:
    """Return the script that a language is most likely written in: `zh-TW` -> `Hant`.

    Empty if it is not known.
    """
    parts = tag.replace("_", "-").split("-")
    if parts[0].lower() == "und":
        return ""
    given = next((part.title() for part in parts[1:] if len(part) == 4 and part.isalpha()), None)
    if given:
        return given
    likely = get_global("likely_subtags")
    below = parts[1].lower() if len(parts) > 1 and len(parts[1]) == 3 else ""
    language = below if below in likely else parts[0].lower()
    found = likely.get(f"{language}_{parts[-1].upper()}") or likely.get(language, "")
    return next((part for part in found.split("_") if len(part) == 4), "")


def languages_with_rules() -> list[str]:
    """Return the English names of the languages that have rules of their own."""
    return sorted(language_name(code) for code in PACKS)


@lru_cache(maxsize=1)
def _english() -> dict[str, str]:
    """CLDR's English names by code; codes of regions have an underscore: es_MX."""
    return dict(Locale("en").languages.items())


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Map names in lower case to tags: English ones, and own ones of languages with rules."""
    names = {name.casefold(): code for code, name in _english().items()}
    for code in PACKS:
        names[(Locale(code).get_display_name() or code).casefold()] = code
    newer = get_global("language_aliases")
    names = {name: newer.get(code, code) for name, code in names.items()}
    found = {name: _WRITTEN_AS.get(code, code).replace("_", "-") for name, code in names.items()}
    return found | _OTHER_NAMES


def _language(code: str) -> str | None:
    """Return the tag for the first part of a tag, or None if it is no language."""
    code = get_global("language_aliases").get(code, code).replace("_", "-")
    known = (
        code in _english()
        or primary_language(code) in get_global("likely_subtags")
        or code == "und"
        or _PRIVATE.fullmatch(code)
    )
    return _WRITTEN_AS.get(code, code) if known else None


def _subtags(parts: list[str], given: str) -> list[str]:
    """Return the other parts of a tag in their case. Raises UnknownLanguage."""
    found = []
    private = False
    for part in parts:
        private = private or len(part) == 1  # after a singleton everything is free
        if private:
            found.append(part.lower())
        elif len(part) == 4 and part.isalpha():
            if part.title() not in Locale("en").scripts:
                raise UnknownLanguage(f"{part!r} in {given!r} is not a script such as Latn or Hant")
            found.append(part.title())
        elif (len(part) == 2 and part.isalpha()) or (len(part) == 3 and part.isdigit()):
            found.append(_region(part.upper(), given))
        elif len(part) == 3 and _language(part.lower()) is None:
            raise UnknownLanguage(f"{part!r} in {given!r} is not a language")
        else:
            found.append(part.lower())
    return found


def _region(code: str, given: str) -> str:
    code = get_global("territory_aliases").get(code, [code])[0]
    if code not in Locale("en").territories:
        raise UnknownLanguage(f"{code!r} in {given!r} is not a country or region such as MX or 419")
    return code


def _message(given: str) -> str:
    what = f"{given!r} is not a language that is known here"
    country = Locale("en").territories.get(given.upper())
    likely = get_global("likely_subtags").get(f"und_{given.upper()}")
    if country and likely:
        code = likely.split("_")[0]
        return (
            f"{given!r} is a code of {country}, not of a language;"
            f" did you mean {code!r} ({language_name(code)})?"
        )
    near = get_close_matches(given.casefold(), _names(), n=1, cutoff=0.8)
    if near:
        tag = _names()[near[0]]
        return f"{what}; did you mean {tag!r} ({language_name(tag)})?"
    return f"{what}; use a BCP-47 tag such as es or pt-BR, or a name such as Spanish"
