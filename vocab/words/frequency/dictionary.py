"""Spelling dictionaries, which decide the spelling of a corpus's words.

These are the system's hunspell dictionaries. They are read when a list is built and never copied:
a list contains only words of the corpus. Needs the `chunspell` package.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

DIRECTORY = Path("/usr/share/hunspell")


class DictionaryMissing(Exception):
    """A dictionary is not installed. The message says what to install."""


class Dictionary(Protocol):
    def knows(self, word: str) -> bool:
        """True if the word is correct in exactly this case."""

    def capital_stems(self, word: str) -> set[str]:
        """Return the capitalised entries that the word is a form of: German nouns."""


class Hunspell:
    """One or more dictionaries of a language. A word is correct if any of them has it."""

    def __init__(self, names: Iterable[str], directory: Path | None = None) -> None:
        """Read the dictionaries `names` from `directory` (default: DIRECTORY).

        Raises DictionaryMissing.
        """
        directory = directory or DIRECTORY
        try:
            import hunspell
        except ImportError as error:
            raise DictionaryMissing(
                "The chunspell package is not installed. It comes with the project's 'wordlists' "
                "extra: pip install -e '.[wordlists]'"
            ) from error
        self.fingerprints = []
        self._readers = []
        for name in names:
            digest = hashlib.sha256()
            for file in (directory / f"{name}.aff", directory / f"{name}.dic"):
                try:
                    digest.update(file.read_bytes())
                except OSError as error:
                    raise DictionaryMissing(
                        f"Cannot read {file}. wordlists/README.md names the Debian package "
                        f"of each dictionary."
                    ) from error
            self.fingerprints.append(f"{name} {digest.hexdigest()[:12]}")
            self._readers.append(hunspell.Hunspell(name, hunspell_data_dir=str(directory)))

    def knows(self, word: str) -> bool:
        for reader in self._readers:
            with suppress(
                UnicodeEncodeError
            ):  # the dictionary's encoding lacks a letter of the word
                if reader.spell(word):
                    return True
        return False

    def capital_stems(self, word: str) -> set[str]:
        stems: set[str] = set()
        for reader in self._readers:
            with suppress(UnicodeEncodeError):
                stems.update(stem for stem in reader.stem(word) if stem[:1].isupper())
        return stems
