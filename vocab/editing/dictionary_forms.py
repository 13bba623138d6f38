"""The inflected forms of headwords by a hunspell dictionary and its .aff file."""

from __future__ import annotations

from vocab.importing.proposal import Options
from vocab.importing.readers.hunspell import dictionary
from vocab.importing.source import Source
from vocab.words.parse import Limits


def dictionary_forms(
    data: bytes, affixes: bytes, language: str, limits: Limits | None = None
) -> dict[str, tuple[str, ...]]:
    """Return headword -> its forms without the headword.

    data, affixes: Contents of the .dic and the .aff file.
    Raises WordlistError for files that cannot be read.
    """
    options = Options(language=language, affixes=affixes)
    table = dictionary.read(Source(data, "words.dic", options, limits or Limits()))
    forms: dict[str, dict[str, None]] = {}
    for row in table.rows:
        if not row.problem and row.cells:
            forms.setdefault(row.cells[0], {}).update(dict.fromkeys(row.cells[1:]))
    return {headword: tuple(found) for headword, found in forms.items() if found}
