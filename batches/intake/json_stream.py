"""Parse a JSON list element by element, so that a large file is never in memory as a whole."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from generation.openai.bounded_json import (
    MAX_VALUES,
    count_marks,
    decoder,
    has_too_many_values,
)

# A syntax error within this number of characters before the end of the buffer may only mean that
# the value is not complete yet.
LOOK_AHEAD = 16
_SPACE = " \t\n\r"
_NOT_SPACE = re.compile(f"[^{_SPACE}]")
_AFTER_VALUE = _SPACE + ",]"
_DECODER = decoder()


class InvalidJson(ValueError):
    """The input is not JSON. The message completes "The file is not valid JSON: ..."."""


class NotAList(ValueError):
    """The input is JSON, or begins with a valid JSON value, but it is not a list."""


def read_list(chunks: Iterable[bytes], *, max_element_chars: int) -> Iterator[Any]:
    """Yield the elements of a JSON list in UTF-8.

    At most one element and one chunk are in memory. Raises InvalidJson or NotAList when it reaches
    the error. An element longer than `max_element_chars` raises InvalidJson.
    """
    text = _TextBuffer(chunks)
    first = text.next_character()
    if first is None:
        raise InvalidJson("Expecting value at line 1, column 1")
    if first != "[":
        text.element(max_element_chars)  # raises InvalidJson if this is not JSON at all
        raise NotAList
    text.skip(1)
    if text.next_character() == "]":
        text.skip(1)
    else:
        while True:
            yield text.element(max_element_chars)
            separator = text.next_character()
            if separator not in (",", "]"):
                raise text.error("Expecting ',' delimiter")
            text.skip(1)
            if separator == "]":
                break
            if text.next_character() == "]":
                raise text.error("Expecting value")
    if text.next_character() is not None:
        raise text.error("Extra data")


class _TextBuffer:
    """The decoded text that has been read and not yet parsed, with its line and column."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._bytes_read = 0
        self._buffer = ""
        self._position = 0
        self._line = 1
        self._column = 1
        self._begun = self._ended = False

    def next_character(self) -> str | None:
        """Skip white space; return the next character without skipping it. None at the end."""
        while True:
            found = _NOT_SPACE.search(self._buffer, self._position)
            self.skip((found.start() if found else len(self._buffer)) - self._position)
            if found:
                return found[0]
            if not self._more():
                return None

    def element(self, max_chars: int) -> Any:
        """Return the next JSON value and skip it. Raises InvalidJson."""
        self.next_character()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._position)
            except json.JSONDecodeError as error:
                offset = error.pos - self._position  # `_read_on` changes the position
                if not self._may_be_unfinished(error) or not self._read_on(max_chars):
                    self.skip(offset)
                    raise self.error(error.msg) from None
            except RecursionError:
                raise InvalidJson("a value is nested too deeply") from None
            except ValueError:  # Python refuses integers of more than 4,300 digits
                raise InvalidJson("a number is too long") from None
            else:
                length = end - self._position  # `_read_on` changes the position
                if self._is_complete(end) or not self._read_on(max_chars):
                    self.skip(length)
                    return value

    def skip(self, count: int) -> None:
        skipped = self._buffer[self._position : self._position + count]
        lines = skipped.count("\n")
        self._line += lines
        self._column = len(skipped) - skipped.rfind("\n") if lines else self._column + len(skipped)
        self._position += count

    def error(self, message: str) -> InvalidJson:
        return InvalidJson(f"{message} at line {self._line}, column {self._column}")

    def _is_complete(self, end: int) -> bool:
        """Return False if the value may be the start of a number: 0 of 0.5, or 1 of 1e9."""
        following = self._buffer[end : end + 1]
        closed = self._buffer[end - 1] in '}]"' or (following and following in _AFTER_VALUE)
        return bool(closed) or end < len(self._buffer) - LOOK_AHEAD

    def _may_be_unfinished(self, error: json.JSONDecodeError) -> bool:
        if self._ended:
            return False
        near_the_end = error.pos >= len(self._buffer) - LOOK_AHEAD
        return near_the_end or error.msg.startswith("Unterminated string")

    def _read_on(self, max_chars: int) -> bool:
        """Read more of the element that fills the buffer. Return False if nothing was read.

        Parsing restarts after each read, so doubling keeps the time for a long element linear. A
        read ends earlier where the text has many marks, because the decoder may meet as many values
        before it returns.
        """
        held = self._buffer[self._position :]
        if len(held) > max_chars:
            raise InvalidJson(
                f"the element at line {self._line} has more than {max_chars:,} characters"
            )
        if has_too_many_values(held):
            raise InvalidJson(
                f"the element at line {self._line} has more than {MAX_VALUES:,} values"
            )
        read, length, marks = False, len(held), 0
        while length < 2 * len(held) and marks < MAX_VALUES // 2 and self._more():
            read = True
            marks += count_marks(self._buffer[length:])
            length = len(self._buffer)
        return read

    def _more(self) -> bool:
        """Read one chunk; return False at the end."""
        if self._ended:
            return False
        chunk = next(self._chunks, b"")
        self._ended = not chunk
        try:
            text = self._decoder.decode(chunk, final=self._ended)
        except UnicodeDecodeError as error:
            pending = len(error.object) - len(
                chunk
            )  # bytes of an incomplete character before the chunk
            position = self._bytes_read - pending + error.start
            raise InvalidJson(f"the text is not UTF-8 at byte {position}") from None
        self._bytes_read += len(chunk)
        if text and not self._begun:
            self._begun, text = True, text.removeprefix("\ufeff")
        self._buffer = self._buffer[self._position :] + text
        self._position = 0
        return not self._ended
