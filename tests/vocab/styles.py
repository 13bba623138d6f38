"""Styles for tests: made from strings, and the default style in API responses and stored jobs."""

from __future__ import annotations

from vocab.words.orthography import Style

AS_ANSWERED = {
    "numbers": "all",
    "punctuation": "plain",
    "case": "sentence",
    "hyphens": "listed",
    "brackets": "words",
    "units": "characters",
}
AS_PARAMETERS = {f"vocab_{name}": value for name, value in AS_ANSWERED.items()}


def style_of(**options: str) -> Style:
    """Return a Style from strings, which its constructor accepts but its annotations do not."""
    return Style(**options)  # type: ignore[arg-type]
