"""What a check returns: a finding, or the reason why it cannot be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CannotCheck(Exception):
    """The data for a check is missing. The message says what is missing, and what to install."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a fix does to an entry.

    becomes: The entries in its place. Empty if the entry is removed; if the entry itself is among
        them, the others are added after it.
    """

    entry: str
    becomes: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.becomes in ((), (self.entry,)):
            return self.entry
        if self.becomes[0] == self.entry:
            return f"{self.entry} + {', '.join(self.becomes[1:])}"
        return f"{self.entry} → {', '.join(self.becomes)}"


@dataclass(frozen=True, slots=True)
class Finding:
    """All entries of a list with the same problem.

    kind: Its name in commands and URLs.
    explanation: Sentences in plain words: what it is, and why it matters.
    action: What the fix does, as the text of a button: 'Remove them'.
    changes: One for each entry that the fix changes.
    ranked: For a fix of the order: `changes` has all entries in the new order, and this says
        whether it is an order of rank. None for other fixes.
    """

    kind: str
    title: str
    explanation: str
    action: str
    changes: tuple[Change, ...]
    ranked: bool | None = None

    @property
    def count(self) -> int:
        return len(self.changes)

    def fixed(self, words: Sequence[str]) -> list[str]:
        """Return the entries after the fix, each once, with the best rank it had.

        words: The entries that were checked.
        """
        if self.ranked is not None:
            return [change.entry for change in self.changes]
        becomes = {change.entry: change.becomes for change in self.changes}
        return list(dict.fromkeys(new for word in words for new in becomes.get(word, (word,))))
