"""Cells that a spreadsheet or a YAML reader has changed, and rows that are no words."""

from __future__ import annotations

import re

_MONTHS = (
    "jan feb mar mär apr may mai mayo jun jul aug sep oct okt nov dec dez ene abr ago dic janv févr"
    " mars avr juin juil août sept déc"
)
_MONTH = "|".join(_MONTHS.split())
_DATE = re.compile(
    rf"\d{{1,2}}[-. ]+(?:{_MONTH})\.?|(?:{_MONTH})\.?[- ]\d{{2}}(?:\d\d)?"
    r"|\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}",
    re.IGNORECASE,
)
_EXPONENT = re.compile(r"\d[.,]?\d*E[+-]?\d+")
_ERROR = re.compile(r"#(?:N/A|NAME\?|REF!|VALUE!|DIV/0!|NULL!|NUM!|NV|WERT!|BEZUG!)|Err:\d+")
_MOJIBAKE = re.compile("[ÃÂ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|\ufffd")
# More words than this are a sentence, a definition or a title.
MAX_WORDS = 6


def why_damaged(cell: str) -> str | None:
    """Return what happened to a cell, or None."""
    if cell in ("TRUE", "FALSE", "WAHR", "FALSCH", "VRAI", "FAUX"):
        return "a program took this word for a logical value; type the word again"
    if _ERROR.fullmatch(cell):
        return "this is a spreadsheet's error value; type the word again"
    if _DATE.fullmatch(cell):
        return "a spreadsheet took this word for a date; type the word again"
    if _EXPONENT.fullmatch(cell):
        return "a spreadsheet took this word for a number; type the word again"
    if "\ufffd" in cell:
        return "some of its bytes are not in the encoding of the file; is it another encoding?"
    if _MOJIBAKE.search(cell):
        return "its letters were read in a wrong encoding at some time; save the file again"
    return None


def is_number(entry: str) -> bool:
    return not any(map(str.isalpha, entry))


def is_sentence(entry: str) -> bool:
    return entry.count(" ") >= MAX_WORDS
