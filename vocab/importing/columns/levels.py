"""Levels of learners (A1, N5, HSK 3, band 1000) in their order, and filters that use it."""

from __future__ import annotations

import re

from vocab.importing.proposal import Filter

# JLPT counts down: N5 is the easiest.
_CEFR = re.compile(r"(?:CEFR)?[ _-]*(pre-?a1|[abc][12])(\+?)", re.IGNORECASE)
_JLPT = re.compile(r"(?:JLPT)?[ _-]*n([1-5])", re.IGNORECASE)
_NUMBER = re.compile(r"[^\d]{0,12}?(\d{1,6}(?:\.\d+)?)(k?)[^\d]{0,3}", re.IGNORECASE)
_RANGE = re.compile(r"(.+?)\s*(?:-|–|\.\.|bis|to)\s*(.+)")
_BOUND = re.compile(r"(<=|>=|<|>|≤|≥)\s*(.+)")


def position(level: str) -> float | None:
    """Return a number that grows with the level, or None if this is no level.

    Levels of different schemes cannot be compared.
    """
    level = level.strip()
    if match := _CEFR.fullmatch(level):
        name = match[1].lower()
        base = -1.0 if name.startswith("pre") else "abc".index(name[0]) * 2 + int(name[1]) - 1.0
        return base + (0.5 if match[2] else 0)
    if match := _JLPT.fullmatch(level):
        return 5.0 - int(match[1])
    if match := _NUMBER.fullmatch(level):
        return float(match[1]) * (1000 if match[2] else 1)
    return None


def is_scheme(level: str) -> bool:
    """Return True for what can only be a level: B1, N3, HSK 2."""
    level = level.strip()
    return bool(
        _CEFR.fullmatch(level)
        or _JLPT.fullmatch(level)
        or re.fullmatch(r"(?:HSK|TOCFL|TOPIK)[ _-]*\d", level, re.IGNORECASE)
    )


def passes(cell: str, rule: Filter) -> bool:
    """Return True if the cell is one of the values of the filter.

    A cell may hold several values: tags, levels. A deck includes its subdecks.
    """
    have = [cell.strip(), *re.split(r"[\s,;|]+", cell.strip())]
    return any(_matches(one, value.strip()) for value in rule.values for one in have)


def _matches(have: str, value: str) -> bool:
    if have.casefold() == value.casefold() or have.casefold().startswith(value.casefold() + "::"):
        return True
    here = position(have)
    if here is None:
        return False
    if match := _BOUND.fullmatch(value):
        bound = position(match[2])
        if bound is None:
            return False
        sign = match[1].replace("≤", "<=").replace("≥", ">=")
        return (
            (sign == "<=" and here <= bound)
            or (sign == "<" and here < bound)
            or (sign == ">=" and here >= bound)
            or (sign == ">" and here > bound)
        )
    if match := _RANGE.fullmatch(value):
        first, last = position(match[1]), position(match[2])
        if first is not None and last is not None:
            return min(first, last) <= here <= max(first, last)
    exact = position(value)
    return exact is not None and here == exact and is_scheme(have) == is_scheme(value)
