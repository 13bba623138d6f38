"""The marks of exercise sheets: gaps, labels of items, boxes, operators, and small pictures.

All sets are closed. `vocab_punctuation=exercise` allows them; a label of letters or digits may
begin a line in other styles too.
"""

from __future__ import annotations

from itertools import product

from vocab.words.orthography.pack import Orthography, words

MAX_GAP = 20
MAX_LABEL_NUMBER = 20
CIRCLED = frozenset(chr(ord("①") + number) for number in range(MAX_LABEL_NUMBER))
IDEOGRAPHIC_SPACE = "\u3000"
# A gap is a piece by itself: ___ and (   ).
GAPS = frozenset("_" * size for size in range(2, MAX_GAP + 1)) | {
    opening + space * size + closing
    for opening, space, closing in (
        ("(", " ", ")"),
        ("[", " ", "]"),
        ("（", IDEOGRAPHIC_SPACE, "）"),
    )
    for size in range(1, 7)
}
# Before a piece, at the start of a line or after a space.
BULLETS = frozenset("•▪☐☑✓✔✗✘*-→★☆")
_WIDE_BULLETS = frozenset("※・○●◎×")
# After a piece. Each is one character.
EMOJI = frozenset("😀😃😄😁😂😊🙂😉😍😘🤔😢😭😮😴😡👋👍👎👏🙏💪🎉🎂🎁❤⭐🌞🐶🐱🏠📚🍎☐☑✓✔✗✘★☆")
# Directly after a word or a number: a footnote.
FOOTNOTE = "*"
# Between two pieces, with spaces and without.
_SPACED_OPERATORS = frozenset("·←:")
_TIGHT_OPERATORS = frozenset("=+−÷→←")
# They join two things, so no comma and no closing mark follows them.
OPERATORS = frozenset("/&+×:=÷−→←·＝＋")
# The ends of addresses: anna@school.org.
AT = "@"
DOMAINS = frozenset(
    map(
        ".{}".format,
        words(
            "com org net edu info eu de at ch fr be es mx ar it pt br nl pl ru ua gr tr in jp cn"
            " tw kr th uk us ca au se no dk fi cz sk hu ro bg hr rs si lt lv ee ie il ir sa eg ma"
            " id vn"
        ),
    )
)


def spaced_operators(facts: Orthography) -> frozenset[str]:
    # A French colon has a space before it.
    return facts.spaced_dashes | (_SPACED_OPERATORS - facts.spaced_marks)


def tight_operators(facts: Orthography) -> frozenset[str]:
    return facts.tight_dashes | _TIGHT_OPERATORS


def bullets(facts: Orthography) -> frozenset[str]:
    return BULLETS if facts.spaced else BULLETS | _WIDE_BULLETS


def letter_labels(facts: Orthography) -> frozenset[str]:
    """Return a) and A. and A:"""
    ends = ").:" if facts.spaced else ").:）．："
    return frozenset(map("".join, product(facts.label_letters, ends)))


def number_labels(facts: Orthography) -> frozenset[str]:
    """Return 1) and ①, and 1. where the full stop ends no sentence."""
    ends = [")"] if facts.spaced else [")", "）", "．", "、"]
    if "." not in facts.sentence_ends:
        ends.append(".")
    systems = (facts.digits[at : at + 10] for at in range(0, len(facts.digits), 10))
    numbers = [
        "".join(digits[int(digit)] for digit in str(number))
        for digits in systems
        for number in range(1, MAX_LABEL_NUMBER + 1)
    ]
    return CIRCLED | frozenset(map("".join, product(numbers, ends)))
