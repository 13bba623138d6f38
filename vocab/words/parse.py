"""Reads a wordlist file: bytes in, entries in rank order and a report on lines out.

Each line is one entry, the best rank first. `#` and a space start a comment line. The report names
every line that is left out. An unusable line never makes the rest of the file unusable.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from vocab.words.orthography import orthography_for, why_unwritable

# Stretches an Arabic word in print. It is not a letter, and replies never contain it.
TATWEEL = "\u0640"
# A letter with three combining marks is four characters before normalisation. A line with more than
# this for each accepted character is not normalised: the time grows with the square of its length,
# and no other thread runs meanwhile.
CHARS_PER_ACCEPTED_CHAR = 4
# A file may have this number of lines for each accepted entry, and some for comments. Each line
# that is left out is reported, and the reports of millions of lines would stop other threads.
LINES_PER_ACCEPTED_ENTRY = 2
COMMENT_LINES = 1000
# A word that begins with #, but not a fact such as #title: x or #deck column:3.
_HASHTAG = re.compile(r"#\w(?![\w ]*:)")


class WordlistError(ValueError):
    """The whole file is unusable. The message is for the person who uploaded it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a wordlist file and of its entries.

    A file over `max_bytes`, `max_lines` or `max_entries` is rejected; so is one entry over
    `max_entry_chars`.
    """

    max_bytes: int = 5 * 1024 * 1024
    max_entries: int = 200_000
    max_entry_chars: int = 64

    @property
    def max_lines(self) -> int:
        return LINES_PER_ACCEPTED_ENTRY * self.max_entries + COMMENT_LINES

    @property
    def max_line_chars(self) -> int:
        """The length of a line without the spaces around it, before normalisation."""
        return CHARS_PER_ACCEPTED_CHAR * self.max_entry_chars


@dataclass(frozen=True, slots=True)
class Issue:
    """A remark on one line. `line` counts from 1."""

    line: int
    text: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text!r}: {self.reason}"


@dataclass(slots=True)
class ParsedWordlist:
    """The result of `parse`.

    words: Entries, the best rank first.
    rejected: Lines that are not in `words`.
    duplicates: Repeated lines. The entry is in `words` once, with its best rank.
    changed: Lines whose entry is in `words` in another spelling.
    comments, blanks: Numbers of lines.
    """

    words: list[str] = field(default_factory=list)
    rejected: list[Issue] = field(default_factory=list)
    duplicates: list[Issue] = field(default_factory=list)
    changed: list[Issue] = field(default_factory=list)
    comments: int = 0
    blanks: int = 0

    @property
    def digest(self) -> str:
        return digest(self.words)


def digest(words: Iterable[str]) -> str:
    """Return the sha256 (hex) that identifies a list of entries in this order."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def parse(data: bytes, limits: Limits | None = None, language: str = "und") -> ParsedWordlist:
    """Parse a whole file of entries in `language`, a BCP-47 tag.

    Raises WordlistError if it is larger than the limits, is not UTF-8, or has no usable entry.
    """
    limits = limits or Limits()
    if len(data) > limits.max_bytes:
        raise WordlistError(
            f"the file has {len(data):,} bytes; at most {limits.max_bytes:,} are accepted"
        )
    lines = data.count(b"\n") + 1
    if lines > limits.max_lines:
        raise WordlistError(
            f"the file has {lines:,} lines; at most {limits.max_lines:,} are accepted"
        )
    parsed = ParsedWordlist()
    first_line: dict[str, int] = {}
    for number, line in enumerate(_decode(data).split("\n"), start=1):
        _take_line(number, line.removesuffix("\r"), parsed, first_line, limits, language)
    if len(parsed.words) > limits.max_entries:
        raise WordlistError(
            f"the file has {len(parsed.words):,} entries;"
            f" at most {limits.max_entries:,} are accepted"
        )
    if not parsed.words:
        raise WordlistError(_why_empty(parsed.rejected))
    return parsed


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        hint = ""
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            hint = " (it looks like UTF-16)"
        raise WordlistError(
            f"the file is not UTF-8{hint}: byte {error.start} (line {line}) is"
            f" 0x{data[error.start]:02x}; save it as UTF-8 and try again"
        ) from error
    # A final newline does not begin another line.
    return text.removesuffix("\n")


def _take_line(
    number: int,
    line: str,
    parsed: ParsedWordlist,
    first_line: dict[str, int],
    limits: Limits,
    language: str,
) -> None:
    stripped = line.strip()
    if not stripped:
        parsed.blanks += 1
        return
    if is_comment(stripped):
        parsed.comments += 1
        return
    if len(stripped) > limits.max_line_chars:
        parsed.rejected.append(
            Issue(number, stripped[: limits.max_entry_chars], _too_long(len(stripped), limits))
        )
        return
    entry = normalized(stripped)
    reason = why_rejected(entry, limits, language)
    if reason:
        parsed.rejected.append(Issue(number, stripped[: limits.max_entry_chars], reason))
        return
    if entry in first_line:
        reason = f"already on line {first_line[entry]}, which keeps the better rank"
        parsed.duplicates.append(Issue(number, entry, reason))
        return
    if entry != stripped:
        parsed.changed.append(
            Issue(number, stripped, f"kept as {entry!r} (Unicode NFC, one space, no tatweel)")
        )
    first_line[entry] = number
    parsed.words.append(entry)


def normalized(entry: str) -> str:
    """Return the entry in Unicode NFC with single spaces and without tatweel.

    Check the length first: the time grows with its square.
    """
    entry = unicodedata.normalize("NFC", entry)
    if not entry.endswith(TATWEEL):  # هـ, the sign of Islamic years, ends in it
        entry = entry.replace(TATWEEL, "")
    while "  " in entry:
        entry = entry.replace("  ", " ")
    return entry


def is_comment(line: str) -> bool:
    """True for a line that begins with `#`, unless a word follows it directly (`#tag`).

    The facts of a file (`#title: ...`) are comments too.
    """
    return line.startswith("#") and _HASHTAG.match(line) is None


def why_rejected(entry: str, limits: Limits, language: str) -> str | None:
    """Return the reason why a normalized entry cannot be in a list of `language`, or None."""
    if _HASHTAG.match(entry):
        return (
            "a word cannot begin with “#”; write it without this mark, or write a space after the"
            " mark if the line is a comment"
        )
    for character in entry:
        if character == "\t":
            return "it has a tab; put one entry on a line and nothing else"
        if unicodedata.category(character) in ("Cc", "Cs", "Co", "Cn"):
            return f"it has a control character, which nobody sees (U+{ord(character):04X})"
    if len(entry) > limits.max_entry_chars:
        return _too_long(len(entry), limits)
    reason = why_unwritable(entry, orthography_for(language))
    return f"it can never be written: {reason}" if reason else None


def _too_long(chars: int, limits: Limits) -> str:
    return f"it has {chars} characters; at most {limits.max_entry_chars} are accepted"


def _why_empty(rejected: Sequence[Issue]) -> str:
    if rejected:
        return f"the file has no usable entry; the first problem is {rejected[0]}"
    return "the file has no entry"
