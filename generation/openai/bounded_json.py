"""JSON from strangers, read in a time that does not stop the other threads.

The decoder holds the interpreter's lock from the first character to the last: a body of 10 MB with
three million empty lists stops every other thread for about a second. Its time depends on the
number of values, and hardly on the length of texts, so the number of values is limited.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

# Values of one document. It is decoded in less than a tenth of a second. A chat with the most
# messages has some thousands of values.
MAX_VALUES = 100_000
# Python needs a time that grows with the square of an integer's digits. No field takes this many.
MAX_INTEGER_DIGITS = 400

ParseConstant = Callable[[str], Any]


class TooManyValues(ValueError):
    """The document has more than MAX_VALUES values."""

    def __init__(self) -> None:
        super().__init__(f"it has more than {MAX_VALUES:,} values")


def loads(data: str | bytes, *, parse_constant: ParseConstant | None = None) -> Any:
    """Return the value of a JSON document. Raises ValueError and RecursionError like `json.loads`.

    Raises TooManyValues, and UnicodeDecodeError for bytes that are not UTF-8.
    """
    text = data.decode() if isinstance(data, bytes) else data
    if has_too_many_values(text):
        raise TooManyValues
    return json.loads(text, parse_int=parse_integer, parse_constant=parse_constant)


def decoder() -> json.JSONDecoder:
    """Return a decoder for texts that the caller has bounded with `has_too_many_values`."""
    return json.JSONDecoder(parse_int=parse_integer)


def parse_integer(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def has_too_many_values(text: str) -> bool:
    """True if the text, which may be the beginning of a document, has more than MAX_VALUES values.

    Each step is one quick pass over the text, and other threads run between the steps.
    """
    if count_marks(text) <= MAX_VALUES:  # the marks inside strings do not matter then
        return False
    text = text.replace("\\\\", "").replace('\\"', "")
    if text.count('"') > 4 * MAX_VALUES:  # more strings than values and keys together
        return True
    return sum(count_marks(outside) for outside in text.split('"')[::2]) > MAX_VALUES


def count_marks(text: str) -> int:
    """Return the number of characters that begin a list or an object, or separate two values."""
    return text.count(",") + text.count("[") + text.count("{")
