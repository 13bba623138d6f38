"""The default pack, and the values that the packs of several languages share."""

from __future__ import annotations

from dataclasses import replace

from vocab.words.orthography.pack import Orthography

# Every language without a module of its own has this pack.
DEFAULT = Orthography(language="und")
# Chinese, Japanese and Thai: words follow one another without a space.
UNSPACED = replace(
    DEFAULT,
    spaced=False,
    spaced_dashes=frozenset(),
    dialogue_dashes=frozenset(),
    signs=DEFAULT.signs | {"＋", "￥", "＄"},
)
BRACKETS = {"(": ")", "[": "]"}
STRAIGHT = {'"': '"'}
SINGLE = {"'": "'", "‘": "’"}
CURLY = {"“": "”"}
ANGLED = {"«": "»"}
LOW = {"„": "“", "‚": "‘"}
LINE_DASHES = frozenset({"—", "–", "-", "--"})
RAYAS = frozenset({"—", "–"})
ORDINALS = DEFAULT.ordinals
# The minutes of 19h30.
MINUTES = frozenset(f"h{minute:02}" for minute in range(60))
WIDE_BRACKETS = {"（": "）", "［": "］", "〔": "〕"}
WIDE_OPERATORS = frozenset("＝＋－→×÷=+−")
WIDE_DIGITS = DEFAULT.digits + "０１２３４５６７８９"
ARABIC_ENDS = frozenset(
    {".", "!", "؟", "…", "...", "....", "؟!", "!؟", "...؟", "...!", "…؟", "…!", "؟...", "!..."}
    | {"!!", "!!!", "؟؟", "؟؟؟", "؟!!", "؟؟!", "!!؟"}
)
# The danda ends a sentence in most scripts of India.
DANDAS = frozenset({"।", "॥", "।।", "...।", "…।"})


def enclitics(pronouns: str) -> dict[str, str]:
    """Map each pronoun with a hyphen before it to the entry that it counts as: `-il` -> `il`."""
    return {f"-{pronoun}": pronoun for pronoun in pronouns.split()}


def in_brackets(parts: str) -> frozenset[str]:
    """Return each part of a word in round brackets: `s es` -> `(s)`, `(es)`."""
    return frozenset(f"({part})" for part in parts.split())
