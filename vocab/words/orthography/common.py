"""What the packs of several languages have in common."""

from __future__ import annotations

from vocab.words.orthography.pack import Orthography

DEFAULT = Orthography(language="und")
BRACKETS = {"(": ")", "[": "]"}
STRAIGHT = {'"': '"'}
SINGLE = {"'": "'", "‘": "’"}
CURLY = {"“": "”"}
ANGLED = {"«": "»"}
LOW = {"„": "“", "‚": "‘"}
LINE_DASHES = frozenset({"—", "–", "-", "--"})
RAYAS = frozenset({"—", "–"})
ORDINALS = DEFAULT.ordinals


def enclitics(pronouns: str) -> dict[str, str]:
    """Pronouns that attach by a hyphen and count as themselves."""
    return {f"-{pronoun}": pronoun for pronoun in pronouns.split()}


def in_brackets(parts: str) -> frozenset[str]:
    return frozenset(f"({part})" for part in parts.split())
