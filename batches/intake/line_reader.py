"""Cut bytes that come in chunks into lines, without ever holding more than one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """content: without its end, None if it is too long; end: where the next one begins."""

    content: bytes | None
    end: int


def read_lines(chunks: Iterable[bytes], start: int, *, max_bytes: int) -> Iterator[Line]:
    """Yield the lines of a file whose bytes from `start` on are `chunks`."""
    begun = bytearray()
    too_long = False
    place = start
    for chunk in chunks:
        for number, piece in enumerate(chunk.split(b"\n")):
            if number:  # a line ended before it
                place += 1
                yield Line(None if too_long else bytes(begun), place)
                begun.clear()
                too_long = False
            place += len(piece)
            too_long = too_long or len(begun) + len(piece) > max_bytes
            if too_long:
                begun.clear()
            else:
                begun += piece
    if begun or too_long:
        yield Line(None if too_long else bytes(begun), place)
