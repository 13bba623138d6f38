"""The style of a list that nobody changed, as answers show it and as jobs store it."""

from __future__ import annotations

AS_ANSWERED = {
    "numbers": "digits",
    "punctuation": "plain",
    "case": "sentence",
    "hyphens": "listed",
    "units": "characters",
}
AS_PARAMETERS = {f"vocab_{name}": value for name, value in AS_ANSWERED.items()}
