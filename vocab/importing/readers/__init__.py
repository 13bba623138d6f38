"""The formats that can be read. A new one is a module with `matches` and `read` and a line here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vocab.importing.proposal import Table
from vocab.importing.readers import (
    basewords,
    delimited,
    exported,
    ods,
    plain,
    unreadable,
    wordfreq,
    wordmap,
    xlsx,
)
from vocab.importing.readers.anki import deck, notes
from vocab.importing.readers.hunspell import dictionary
from vocab.importing.source import Source
from vocab.words.parse import WordlistError


@dataclass(frozen=True, slots=True)
class Format:
    """matches: Looks at the content; the file's name only helps.
    read: Raises WordlistError for a file that it cannot read.
    """

    name: str
    matches: Callable[[Source], bool]
    read: Callable[[Source], Table]


# The first one that matches is proposed, so plain text comes last.
FORMATS = (
    Format("anki-deck", deck.matches, deck.read),
    Format("xlsx", xlsx.matches, xlsx.read),
    Format("ods", ods.matches, ods.read),
    Format("wordfreq", wordfreq.matches, wordfreq.read),
    Format("unreadable", unreadable.matches, unreadable.read),
    Format("exported", exported.matches, exported.read),
    Format("json", wordmap.matches_json, wordmap.read_json),
    Format("yaml", wordmap.matches_yaml, wordmap.read_yaml),
    Format("anki-notes", notes.matches, notes.read),
    Format("basewords", basewords.matches, basewords.read),
    Format("hunspell", dictionary.matches, dictionary.read),
    Format("delimited", delimited.matches, delimited.read),
    Format("plain", lambda source: True, plain.read),
)
NAMES = tuple(each.name for each in FORMATS if each.name != "unreadable")


def format_of(source: Source) -> Format:
    """Return the chosen format or the one that matches. Raises WordlistError for an unknown one."""
    chosen = source.options.format
    if chosen is None:
        return next(each for each in FORMATS if each.matches(source))
    for each in FORMATS:
        if each.name == chosen and chosen in NAMES:
            return each
    raise WordlistError(f"there is no format {chosen!r}; use one of {', '.join(NAMES)}")
