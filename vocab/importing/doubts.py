"""Reasons to ask a person before a list is saved, so that no rubbish gets a clean report."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vocab.importing.scripts import is_foreign

MAX_SHARE_REFUSED = 0.25
MAX_SHARE_CODE = 0.2
MOST = 0.5
MIN_ROWS = 20
# A column of few values, such as noun and verb, is not the one with the words.
MIN_SHARE_DIFFERENT = 0.05
# Fewer lines than this may have such signs by chance.
MIN_CODE_ROWS = 2

_NO_WORD = (
    (re.compile(r".* \d+"), "end with a number: this looks like a list of words and counts"),
    (re.compile(r"[^/]+/[A-Z]+"), "end with / and letters: this looks like a hunspell dictionary"),
    (re.compile(r"\d+[.)] ?.+"), "begin with a number: this looks like a numbered list"),
    (re.compile(r"[^\W\d_]"), "are single letters"),
    (re.compile(r".*\d.*"), "have digits"),
    (re.compile(r"(?:\S+ ){3}.*"), "have four words or more: these look like sentences"),
    (re.compile(r"[ÃÂâ]\S.*"), "look as if they were read in a wrong encoding"),
)
# Cleaning takes the signs away and leaves something like words, so the lines themselves are read.
_CODE = re.compile(
    r"""
    .*(?: [;{}] | \(\) | \)[:;] ) \s*  # a statement or a block ends
    | .*(?: \s [-+*/%|&<>:!=]?=+ \s | => | -> | && | \|\| | :: | \w\[\w*:? | \w\("| \$[\w{(] ).*
    | (?: import | def | class | return | function | const | var | public | private | package
        | echo | cd | exit | SELECT | INSERT | UPDATE | CREATE | FROM | WHERE ) \s+ \S.*
    | \\ [a-z]+ [{\[] .* | \#include .* | // .* | /\* .*
    """,
    re.VERBOSE,
)
_TAG_LINE = re.compile(r"</?[a-zA-Z][^<>]*>.*|<[!?].*")


def looks_like_code(cell: str) -> bool:
    """True for a line of a program."""
    return bool(_CODE.fullmatch(cell))


def looks_like_markup(cell: str) -> bool:
    """True for a line that begins with a tag."""
    return bool(_TAG_LINE.fullmatch(cell))


def doubts_about(
    words: Sequence[str],
    rows: int,
    refused: int,
    language: str | None,
    *,
    spaced: bool,
    code: int = 0,
) -> list[str]:
    """Return sentences about a converted list; none if it looks like a list of words.

    rows: Rows that were read, without those that a filter left out.
    refused: Rows with at least one part that was refused.
    code: Rows that look like a line of a program or of markup.
    """
    doubts = []
    if code >= MIN_CODE_ROWS and code / rows > MAX_SHARE_CODE:
        doubts.append(f"{code:,} of {rows:,} rows look like lines of a program or of a web page")
    if rows and refused / rows > MAX_SHARE_REFUSED:
        doubts.append(f"{refused:,} of {rows:,} rows ({refused / rows:.0%}) were refused")
    few = len(words) < 2
    for pattern, meaning in _NO_WORD:
        if few or (not spaced and meaning == "are single letters"):
            continue
        count = sum(bool(pattern.fullmatch(word)) for word in words)
        if count > MOST * len(words):
            doubts.append(f"{count:,} of {len(words):,} entries {meaning}")
            break
    foreign = sum(is_foreign(word, language) for word in words)
    if foreign > MOST * len(words):
        doubts.append(
            f"{foreign:,} of {len(words):,} entries are not in the script of the language"
            f" {language!r}: is this the right column?"
        )
    if rows >= MIN_ROWS and len(words) < MIN_SHARE_DIFFERENT * (rows - refused):
        doubts.append(
            f"{rows:,} rows have only {len(words):,} different words: is this the right column?"
        )
    return doubts


def doubt_about_loss(old: Sequence[str], new: Sequence[str]) -> str | None:
    """Return a sentence if a new revision loses more than half of the current one's words."""
    lost = len(set(old).difference(new))
    if lost > MOST * len(old):
        return f"{lost:,} of the {len(old):,} words of the current revision would be lost"
    return None
