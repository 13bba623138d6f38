"""Splits a cell with several spellings: ir/irse, bueno/a, colo(u)r, ab-/anmelden."""

from __future__ import annotations

import re

from vocab.words.orthography.entries import WITH_A_COMMA

# A slash inside these is part of the word.
_WHOLE = frozenset(
    [
        "24/7",
        "and/or",
        "c/o",
        "et/ou",
        "i/o",
        "km/h",
        "m/s",
        "n/a",
        "tcp/ip",
        "und/oder",
        "w/o",
        "y/o",
    ]
)
_SEPARATORS = re.compile(r"\s*[/|｜；;・]\s*")
_COMMAS = re.compile(r"\s*[,，、]\s*")
_OPTIONAL = re.compile(r"(?<=[^\W\d_])\(([^\W\d_]{1,3})\)|\(([^\W\d_]{1,3})\)(?=[^\W\d_])")
_GENDER = re.compile(r"-?(a|as|o|os|e|es|ne|le|se|te|ère|trice|euse|ice|in|innen|ra|ora)")
_GENDERED = frozenset({"ca", "de", "es", "fr", "gl", "it", "pt"})
_VOWELS = "aeo"
_GERMAN_PREFIXES = re.compile(
    r"(ab|an|auf|aus|bei|durch|ein|fort|her|heraus|herein|hin|hinaus|hinein|los|mit|nach|nieder"
    r"|um|unter|vor|vorbei|weg|weiter|zu|zurück|zusammen|über)-"
)


def variants(cell: str, language: str) -> list[str]:
    """Return the spellings in a cell, the first one first."""
    if not any(mark in cell for mark in "/|｜；;・("):
        return [cell]
    if cell.casefold() in _WHOLE:
        return [cell]
    found: list[str] = []
    for part in _SEPARATORS.split(_with_prefixes(cell) if language == "de" else cell):
        if part and found and language in _GENDERED and _GENDER.fullmatch(part):
            found.append(_gendered(found[0], part.lstrip("-")))
        elif part:
            found.extend(_optional(part))
    return found


def comma_parts(cell: str) -> list[str]:
    """Return the parts of 'essen, isst, aß' and of '高兴，快乐'."""
    if not any(mark in cell for mark in ",，、") or cell.casefold() in WITH_A_COMMA:
        return [cell]
    return [part for part in _COMMAS.split(cell) if part]


def _gendered(base: str, ending: str) -> str:
    """bueno/a -> buena; profesor/a -> profesora; heureux/euse -> heureuse."""
    if base.casefold().endswith(ending) and len(base) > len(ending):
        return ending
    if len(ending) > 2 and ending[0] == "e" and (at := base.rfind("e")) > 0:
        return base[:at] + ending
    if ending == "trice" and base.endswith("teur"):
        return base[:-4] + ending
    if ending[0] in _VOWELS and base[-1] in _VOWELS and len(ending) == 1:
        return base[:-1] + ending
    if ending in ("as", "os", "es") and base[-2:] in ("as", "os", "es"):
        return base[:-2] + ending
    return base + ending


def _optional(part: str) -> list[str]:
    """colo(u)r -> color, colour; amigo(s) -> amigo, amigos."""
    match = _OPTIONAL.search(part)
    if match is None:
        return [part]
    before, after = part[: match.start()], part[match.end() :]
    return [before + after, before + (match[1] or match[2]) + after]


def _with_prefixes(cell: str) -> str:
    """ab-/anmelden -> abmelden/anmelden."""
    parts = cell.split("/")
    whole = _GERMAN_PREFIXES.sub(r"\1", parts[-1])
    for index, part in enumerate(parts[:-1]):
        if prefix := _GERMAN_PREFIXES.fullmatch(part.strip()):
            own = _GERMAN_PREFIXES.match(_longest_prefix(whole))
            if own:
                parts[index] = prefix[1] + whole[len(own[1]) :]
    return "/".join(parts)


def _longest_prefix(word: str) -> str:
    """Return 'an-' for 'anmelden', or an empty string."""
    for length in range(min(8, len(word) - 3), 1, -1):
        if _GERMAN_PREFIXES.fullmatch(word[:length] + "-"):
            return word[:length] + "-"
    return ""
