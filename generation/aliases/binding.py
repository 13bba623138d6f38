"""What the name of a model, or an API key, binds: request fields, above all a wordlist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

BOUND_PREFIX = "vocab_"


@dataclass(frozen=True, slots=True)
class Binding:
    """Request fields that apply where the request does not have them.

    alias: Name of the alias; None for an API key that is bound to a list.
    fields: `vocab_lang`, and maybe `vocab_n_words` and default parameters, as validated.
    allow_override: Whether a request may replace the `vocab_*` fields. It may always replace the
        others, such as temperature.
    """

    alias: str | None
    fields: dict[str, Any]
    allow_override: bool = False

    @property
    def slug(self) -> str:
        """The slug of the list."""
        return self._reference.partition("@")[0]

    @property
    def revision(self) -> int | None:
        """The number of the fixed revision; None if the list's current one applies."""
        number = self._reference.partition("@")[2]
        return int(number) if number else None

    @property
    def n_words(self) -> int | None:
        return self.fields.get("vocab_n_words")

    @property
    def defaults(self) -> dict[str, Any]:
        own = ("vocab_lang", "vocab_n_words")
        return {name: value for name, value in self.fields.items() if name not in own}

    @property
    def _reference(self) -> str:
        return str(self.fields["vocab_lang"])
