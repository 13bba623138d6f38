"""What a file seems to be, and what a person can choose instead of a guess."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a column has.

    lemma: The headword of the word in the same row. An empty cell means the word itself.
    forms: Inflected forms of the word in the same row. Several columns may have them.
    """

    WORD = "word"
    LEMMA = "lemma"
    FORMS = "forms"
    RANK = "rank"
    COUNT = "count"
    LEVEL = "level"
    LANGUAGE = "language"
    STATUS = "status"
    DECK = "deck"
    TAGS = "tags"
    NOTE_TYPE = "note type"
    INTERVAL = "interval"
    OTHER = "other"


class Ranking(StrEnum):
    """What decides the order of the entries.

    order: The order of the file.
    rank: A column, the lowest number first.
    count: A column, the highest number first.
    level: A column, the easiest level first; the order of the file within a level.
    frequency: How common the words are, by the project's own list of the language; inside each
        level if the file has levels. Words that this list lacks come last. Never a guess.
    unranked: The order of the file, which means nothing.
    """

    ORDER = "order"
    RANK = "rank"
    COUNT = "count"
    LEVEL = "level"
    FREQUENCY = "frequency"
    UNRANKED = "unranked"


class Take(StrEnum):
    """Which words of a family become entries."""

    ALL = "all"
    HEADWORDS = "headwords"
    FORMS = "forms"


class Clean(StrEnum):
    """What is removed from a cell. Every step can be turned off."""

    HTML = "html"
    MEDIA = "media"
    CLOZE = "cloze"
    FURIGANA = "furigana"
    NUMBERING = "numbering"
    BRACKETS = "brackets"
    PART_OF_SPEECH = "part-of-speech"
    ENDINGS = "endings"
    VARIANTS = "variants"
    ARTICLES = "articles"
    READINGS = "readings"
    MARKS = "marks"
    CAPITALS = "capitals"
    CONTRACTIONS = "contractions"
    NUMBERS = "numbers"
    SENTENCES = "sentences"


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows whose cell in `column` is not one of the values are left out.

    column: The name of a column or of a role.
    values: As a person writes them: 'A1', 'A1-B1', '<=A2', '>=21'. Without values every row passes,
        and no filter of this column is guessed.
    """

    column: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.column}={','.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Options:
    """Choices of a person. None means: guess.

    column: The column with the words: its name, or its number counted from 1.
    sheet: Of a spreadsheet: its name, or its number counted from 1.
    language: The BCP-47 tag of the list.
    affixes: The content of the .aff file of a hunspell dictionary.
    skip: Steps that are not done to cells.
    """

    format: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool | None = None
    column: str | None = None
    sheet: str | None = None
    language: str | None = None
    ranking: Ranking | None = None
    take: Take | None = None
    filters: tuple[Filter, ...] = ()
    skip: frozenset[Clean] = frozenset()
    affixes: bytes | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """line: Where the row begins; in a file without lines, its number. Counts from 1.
    problem: Why the row has no entry, if the reader knows.
    left_out: What the reader left out of the row, as a reason.
    """

    line: int
    cells: tuple[str, ...]
    problem: str = ""
    left_out: str = ""


def cell_of(row: Row, index: int) -> str:
    """Return the cell without the spaces around it; empty if the row is too short."""
    return row.cells[index].strip() if index < len(row.cells) else ""


@dataclass(slots=True)
class Table:
    """A file as rows of cells: what a reader returns.

    rows: Can be read once. A row may be shorter or longer than the others.
    names: The names of the columns; None if the file has no header.
    roles: The columns that the format itself defines.
    ranking: What the format says about its order; None if it says nothing.
    encoding: If another file names it; None if the content decided.
    sheet: The sheet that is read, of all `sheets` of a spreadsheet.
    exact: True if the entries are already clean and stay as they are.
    description: What the file is, for a person: 'an Anki deck'.
    comments, blanks: Numbers of lines read so far that are not rows.
    """

    rows: Iterator[Row]
    description: str
    names: tuple[str, ...] | None = None
    roles: dict[int, Role] = field(default_factory=dict)
    ranking: Ranking | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    exact: bool = False
    comments: int = 0
    blanks: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """samples: The first different cells, shortened."""

    name: str
    role: Role
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """A row before and after. `reasons` says why it is different or has no entry."""

    line: int
    before: str
    after: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """How `convert` will read the file. All choices are made.

    encoding: None for a file that is not text.
    sentence: What the file seems to be, for a person: 'a frequency list: word, count'.
    rankings: The orders that a person can choose for this file; `ranking` is one of them.
    """

    sentence: str
    format: str
    encoding: str | None
    delimiter: str | None
    header: bool
    columns: tuple[Column, ...]
    ranking: Ranking
    take: Take
    cleaning: frozenset[Clean]
    filters: tuple[Filter, ...]
    language: str | None
    affixes: bytes | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    preview: tuple[Preview, ...] = ()
    rankings: tuple[Ranking, ...] = ()

    @property
    def options(self) -> Options:
        """The options that make a reader read the file as the proposal says."""
        return Options(
            format=self.format,
            encoding=self.encoding,
            delimiter=self.delimiter,
            header=self.header,
            sheet=self.sheet,
            language=self.language,
            take=self.take,
            affixes=self.affixes,
        )

    def column_of(self, role: Role) -> int | None:
        """Return the index of the first column with the role."""
        for index, column in enumerate(self.columns):
            if column.role is role:
                return index
        return None

    def columns_of(self, role: Role) -> list[int]:
        return [index for index, column in enumerate(self.columns) if column.role is role]
