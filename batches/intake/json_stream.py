"""Read a JSON list element by element, so that a large file never stands in memory whole."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterable, Iterator
from typing import Any

# An error this close to the end of what has been read may only mean that more is to come.
LOOK_AHEAD = 16
_SPACE = " \t\n\r"
_AFTER_VALUE = _SPACE + ",]"
_DECODER = json.JSONDecoder()


class InvalidJson(ValueError):
    """The message completes the sentence "The file is not valid JSON: ..."."""


class NotAList(ValueError):
    """It is JSON, or begins like it, but no list."""


def read_list(chunks: Iterable[bytes], *, max_element_chars: int) -> Iterator[Any]:
    """Yield the elements of the UTF-8 JSON list that `chunks` make up.

    Holds one element and one chunk at a time. An element longer than `max_element_chars` is
    refused. Raises InvalidJson and NotAList, when the fault is reached.
    """
    text = _Text(chunks)
    first = text.next_character()
    if first is None:
        raise InvalidJson("Expecting value at line 1, column 1")
    if first != "[":
        text.element(max_element_chars)  # not even JSON is said first
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


class _Text:
    """The text from the current place on, as far as it has been read, and where that is."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._bytes_read = 0
        self._buffer = ""
        self._place = 0
        self._line = 1
        self._column = 1
        self._begun = self._ended = False

    def next_character(self) -> str | None:
        """Return the next character that is no white space, without passing it; None at the end."""
        while True:
            while self._place < len(self._buffer):
                character = self._buffer[self._place]
                if character not in _SPACE:
                    return character
                self.skip(1)
            if not self._more():
                return None

    def element(self, max_chars: int) -> Any:
        """Return the value that begins here and pass it."""
        self.next_character()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._place)
            except json.JSONDecodeError as error:
                passed = error.pos - self._place  # reading on moves the place
                if not self._may_be_unfinished(error) or not self._read_on(max_chars):
                    self.skip(passed)
                    raise self.error(error.msg) from None
            except RecursionError:
                raise InvalidJson("it is nested too deeply") from None
            except ValueError:  # Python reads no number of more than 4,300 digits
                raise InvalidJson("it holds a number that is too long") from None
            else:
                length = end - self._place  # reading on moves the place
                if self._is_whole(end) or not self._more():
                    self.skip(length)
                    return value

    def skip(self, count: int) -> None:
        passed = self._buffer[self._place : self._place + count]
        lines = passed.count("\n")
        self._line += lines
        self._column = len(passed) - passed.rfind("\n") if lines else self._column + len(passed)
        self._place += count

    def error(self, message: str) -> InvalidJson:
        return InvalidJson(f"{message} at line {self._line}, column {self._column}")

    def _is_whole(self, end: int) -> bool:
        """False for what may be a number's first part: 0 of 0.5, or 1 of 1e9."""
        following = self._buffer[end : end + 1]
        closed = self._buffer[end - 1] in '}]"' or (following and following in _AFTER_VALUE)
        return bool(closed) or end < len(self._buffer) - LOOK_AHEAD

    def _may_be_unfinished(self, error: json.JSONDecodeError) -> bool:
        if self._ended:
            return False
        near_the_end = error.pos >= len(self._buffer) - LOOK_AHEAD
        return near_the_end or error.msg.startswith("Unterminated string")

    def _read_on(self, max_chars: int) -> bool:
        """Double what is there, so that a long element is not tried over and over."""
        there = len(self._buffer) - self._place
        if there > max_chars:
            raise InvalidJson(
                f"an element at line {self._line} has more than {max_chars:,} characters"
            )
        read = False
        while len(self._buffer) - self._place < 2 * there and self._more():
            read = True
        return read

    def _more(self) -> bool:
        """Read one chunk; False at the end."""
        if self._ended:
            return False
        chunk = next(self._chunks, b"")
        self._ended = not chunk
        try:
            text = self._decoder.decode(chunk, final=self._ended)
        except UnicodeDecodeError as error:
            kept = len(error.object) - len(chunk)  # bytes of a character begun in the last chunk
            place = self._bytes_read - kept + error.start
            raise InvalidJson(f"it is not UTF-8 at byte {place}") from None
        self._bytes_read += len(chunk)
        if text and not self._begun:
            self._begun, text = True, text.removeprefix("\ufeff")
        self._buffer = self._buffer[self._place :] + text
        self._place = 0
        return not self._ended
