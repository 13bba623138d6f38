"""UTF-8 as bytes (RFC 3629, section 3)."""

from __future__ import annotations


def character_length(first_byte: int) -> int:
    """Return the number of bytes of a UTF-8 character, from its first byte."""
    if first_byte < 0x80:
        return 1
    if first_byte < 0xE0:
        return 2
    return 3 if first_byte < 0xF0 else 4
