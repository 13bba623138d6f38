"""Reads the tables of accepted and rejected texts in `tests/vocab/prose/`, a file per language.

The folder `more` has the shorter tables of languages without a starter list.

    # a comment
    tokenizer: qwen3            used in addition to SmolLM2's, which every language uses
    words: the dog New_York     entries, best first; `_` is a space; further lines add entries

    == markdown: punctuation=markdown      a section: its title and its style
    words: the dog                         a section may have its own list
    + The dog. // why          accepted
    - the  dog // why          rejected
    ! The cat. => cat // why   rejected because of these words, which the checker reports

White space at the ends of a text is removed: write `\\s` for a space there, and `\\n`, `\\t`,
`\\xHH`, `\\uHHHH` and `\\UHHHHHHHH` for invisible characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.vocab.styles import style_of
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Style, Units, orthography_for
from vocab.words.vocabulary import Vocabulary

FOLDER = Path(__file__).with_name("prose")
MORE = FOLDER / "more"
_ESCAPE = re.compile(r"\\(?:([snt])|x([0-9A-F]{2})|u([0-9A-F]{4})|U([0-9A-F]{8}))", re.IGNORECASE)
_LINE = re.compile(r"([-+!]) (.*?)(?: => (.*?))?(?: //\s?(.*))?")
_SHORT = {"s": " ", "n": "\n", "t": "\t"}


class Section:
    """A list and a style, to which several texts belong."""

    def __init__(self, language: str, title: str, words: tuple[str, ...], style: Style) -> None:
        self.language = language
        self.title = title
        self.words = words
        self.style = style

    @cached_property
    def vocabulary(self) -> Vocabulary:
        spaced = orthography_for(self.language).spaced
        characters = self.style.units is Units.CHARACTERS and not spaced
        lexicon = Lexicon(self.words, self.language, characters=characters)
        return Vocabulary(self.title, lexicon, len(self.words), self.style)


@dataclass(frozen=True, eq=False)
class Text:
    """reported: The words for which the text is rejected; () if it is rejected for its marks."""

    section: Section
    line: int
    text: str
    accepted: bool
    reported: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Table:
    """tokenizers: The names of the tokenizers that every text is tested with."""

    language: str
    tokenizers: tuple[str, ...]
    texts: tuple[Text, ...]


def read_table(path: Path) -> Table:
    """Read a file in the format above. Raises ValueError with the file and the line."""
    tokenizers = ["smollm2"]
    texts: list[Text] = []
    common: list[str] = []
    own: list[str] = []
    section: Section | None = None
    title, style = "prose", Style()
    for number, line in _lines(path):
        key, colon, value = line.partition(": ")
        if line.startswith("== "):
            title, _, styles = line.removeprefix("== ").partition(": ")
            style = style_of(**dict(_pair(each, path, number) for each in styles.split()))
            section, own = None, []
        elif colon and key == "tokenizer" and not texts:
            tokenizers.append(value)
        elif colon and key == "words":
            entries = [_unescaped(word.replace("_", " ")) for word in value.split()]
            (own if title != "prose" else common).extend(entries)
            section = None
        else:
            match = _LINE.fullmatch(line)
            if match is None or (match[1] == "!") != (match[3] is not None):
                raise ValueError(f"{path.name}, line {number}: {line!r} is not a text of a table")
            if section is None:
                section = Section(path.stem, title, tuple(dict.fromkeys(own or common)), style)
            sign, text, reported, why = match.groups()
            words = tuple(_unescaped(word) for word in (reported or "").split())
            texts.append(Text(section, number, _unescaped(text.strip()), sign == "+", words, why))
    return Table(path.stem, tuple(tokenizers), tuple(texts))


def table_paths() -> list[Path]:
    return [path for folder in (FOLDER, MORE) for path in sorted(folder.glob("*.txt"))]


def tables() -> list[Table]:
    return [read_table(path) for path in table_paths()]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), start=1):
        if line and not line.startswith("#"):
            yield number, line


def _pair(text: str, path: Path, number: int) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"{path.name}, line {number}: {text!r} is not a style")
    return name, value


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        short, *codes = match.groups()
        return _SHORT[short] if short else chr(int(next(code for code in codes if code), 16))

    return _ESCAPE.sub(character, text)
