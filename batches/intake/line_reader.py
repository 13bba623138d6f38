"""Split a stream of chunks into lines, with at most one line in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file.

    content: The bytes of the line without the newline. None if the line is too long.
    end: Position in the file of the first byte after the line.
    """

    content: bytes | None
    end: int


def read_lines(chunks: Iterable[bytes], start: int, *, max_bytes: int) -> Iterator[Line]:
    """Yield the lines of a file from position `start` on.

    chunks: The bytes of the file from `start` on.
    max_bytes: Maximum length of a line.
    """
    line = bytearray()
    too_long = False
    position = start
    for chunk in chunks:
        for number, piece in enumerate(chunk.split(b"\n")):
            if number:  # a newline comes before this piece
                position += 1
                yield Line(None if too_long else bytes(line), position)
                line.clear()
                too_long = False
            position += len(piece)
            too_long = too_long or len(line) + len(piece) > max_bytes
            if too_long:
                line.clear()
            else:
                line += piece
    if line or too_long:
        yield Line(None if too_long else bytes(line), position)
