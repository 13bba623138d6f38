"""Joins the halves of English contractions to their apostrophes: isn -> isn't, ll -> 'll.

Lists made by cutting texts at apostrophes have such halves.
"""

from __future__ import annotations

from collections.abc import Iterable

_BEFORE_T = (
    "ain aren couldn daren didn doesn don hadn hasn haven isn mightn mustn needn oughtn shan"
    " shouldn wasn weren wouldn"
)
_HALVES = {half: f"{half}'t" for half in _BEFORE_T.split()} | {
    half: f"'{half}" for half in ("d", "ll", "m", "re", "s", "ve")
}
# These are no words: where there are some, the list was cut at apostrophes.
_SURE = frozenset(
    {"isn", "doesn", "didn", "wasn", "hasn", "couldn", "wouldn", "shouldn", "ll", "ve"}
)
MIN_SURE = 2
_ENDS = frozenset({"n't", "'t", "n’t", "’t"})
REASON_FOR_T = (
    "it is only the end of a contraction; a list needs the whole words, such as don't and isn't"
)


def has_halves(words: Iterable[str]) -> bool:
    """Return True if the list was cut at apostrophes."""
    folded = {word.casefold() for word in words}
    return len(_SURE & folded) >= MIN_SURE or not folded.isdisjoint(_ENDS)


def joined(word: str) -> str:
    return _HALVES.get(word.casefold(), word)


def is_lone_t(word: str) -> bool:
    return word.casefold() in _ENDS or word.casefold() == "t"
