"""What the report page lets a person choose, with what is in use now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vocab.importing.convert import Conversion
from vocab.importing.decode import ENCODINGS
from vocab.importing.proposal import Clean, Proposal, Ranking, Role, Take
from vocab.importing.readers import NAMES
from vocab.importing.readers.delimited import NAMES as DELIMITERS
from vocab.importing.sniff import filter_column
from vocab.uploads.choices import INTERVAL
from vocab.uploads.drafts import Reading

FORMATS = {
    "plain": "one entry a line",
    "delimited": "a table",
    "xlsx": "an Excel workbook",
    "ods": "an OpenDocument sheet",
    "json": "JSON",
    "yaml": "YAML",
    "anki-deck": "an Anki deck",
    "anki-notes": "notes that Anki exported",
    "basewords": "families with indented forms",
    "hunspell": "a hunspell dictionary",
    "wordfreq": "a list of wordfreq",
    "exported": "a list exported from here",
}
RANKINGS = {
    Ranking.ORDER: "order of the file",
    Ranking.RANK: "rank, lowest first",
    Ranking.COUNT: "count, highest first",
    Ranking.LEVEL: "level, easiest first",
    Ranking.FREQUENCY: "how common the words are",
    Ranking.UNRANKED: "nothing: not ranked",
}
TAKES = {
    Take.ALL: "words and forms",
    Take.HEADWORDS: "only headwords",
    Take.FORMS: "only the forms",
}
STEPS = {
    Clean.HTML: ("HTML", "<b>sol</b> → sol"),
    Clean.MEDIA: ("sounds and pictures", "sol[sound:a.mp3] → sol"),
    Clean.CLOZE: ("gaps", "yo {{c1::soy}} → soy"),
    Clean.FURIGANA: ("furigana", "食[た]べる → 食べる"),
    Clean.NUMBERING: ("numbering", "1. hola → hola"),
    Clean.BRACKETS: ("remarks in brackets", "run (fast) → run"),
    Clean.PART_OF_SPEECH: ("parts of speech", "run v. → run"),
    Clean.ENDINGS: ("endings", "Baum, ¨-e → Baum"),
    Clean.VARIANTS: ("several spellings", "ir/irse → ir, irse"),
    Clean.ARTICLES: ("articles", "der Hund → Hund"),
    Clean.READINGS: ("readings", "我 wǒ → 我"),
    Clean.MARKS: ("marks around words", "¿qué? → qué"),
    Clean.CAPITALS: ("capitals", "HOLA → hola"),
    Clean.CONTRACTIONS: ("contractions", "isn → isn't"),
    Clean.NUMBERS: ("refuse numbers", "0000"),
    Clean.SENTENCES: ("refuse sentences", "more than six words"),
}
LEVELS = {
    Role.LEVEL: "Only these levels",
    Role.LANGUAGE: "Only this language",
    Role.STATUS: "Only this status",
    Role.DECK: "Only these decks",
    Role.TAGS: "Only these tags",
    Role.NOTE_TYPE: "Only these note types",
}
# The commonest ones. More values are no choice but an index.
SHOWN_VALUES = 30
OTHER_ENCODINGS = ("utf-8", "utf-16")
SHOWN_COLUMN_CHARS = 60


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool
    example: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of one option."""

    name: str
    label: str
    options: list[Option]


@dataclass(frozen=True, slots=True)
class Ticks:
    """A choice of any options. was: The values that are ticked now."""

    name: str
    label: str
    options: list[Option]

    @property
    def was(self) -> list[str]:
        return [option.value for option in self.options if option.chosen]


@dataclass(frozen=True, slots=True)
class Offered:
    """singles: Selections. steps: What is cleaned. filters: Which rows are taken.

    interval: The least number of days between two reviews of a card, if the file has this.
    """

    singles: list[Choice]
    steps: list[Option]
    filters: list[Ticks]
    interval: str | None


def offered(stored: Mapping[str, Any], reading: Reading) -> Offered:
    """stored: The choices of the draft."""
    proposal, conversion = reading.proposal, reading.conversion
    return Offered(
        singles=_singles(stored, proposal),
        steps=_steps(stored, proposal),
        filters=_filters(proposal, conversion) if proposal and conversion else [],
        interval=_interval(stored, proposal),
    )


def _singles(stored: Mapping[str, Any], proposal: Proposal | None) -> list[Choice]:
    def choice(
        name: str, label: str, options: Iterable[tuple[str, str]], automatic: str | None
    ) -> None:
        chosen = stored.get(name, "")
        found = dict(options)
        if chosen and chosen not in found:
            found[chosen] = chosen
        guess = f"automatic: {automatic}" if automatic and not chosen else "automatic"
        choices.append(
            Choice(
                name,
                label,
                [Option("", guess, not chosen)]
                + [Option(value, text, value == chosen) for value, text in found.items()],
            )
        )

    choices: list[Choice] = []
    choice(
        "format",
        "The file is",
        ((name, FORMATS.get(name, name)) for name in NAMES),
        FORMATS.get(proposal.format) if proposal else None,
    )
    if proposal is None or proposal.encoding is not None:
        names = (*OTHER_ENCODINGS, *(name for name, _ in ENCODINGS))
        encoding = proposal.encoding if proposal else None
        choice("encoding", "Encoding of the letters", ((name, name) for name in names), encoding)
    if proposal is None or proposal.delimiter is not None or "delimiter" in stored:
        delimiter = proposal.delimiter if proposal else None
        known = {mark: name for name, mark in DELIMITERS.items()}
        guess = known.get(delimiter, repr(delimiter)) if delimiter else None
        choice("delimiter", "Between columns", ((name, name) for name in DELIMITERS), guess)
    if proposal is None:
        return choices
    if len(proposal.sheets) > 1:
        choice("sheet", "Sheet", ((name, name) for name in proposal.sheets), proposal.sheet)
    _columns(proposal, choice)
    choice(
        "ranking",
        "Order by",
        ((each.value, RANKINGS[each]) for each in proposal.rankings),
        RANKINGS[proposal.ranking],
    )
    choice(
        "take", "Take", ((each.value, text) for each, text in TAKES.items()), TAKES[proposal.take]
    )
    return choices


def _columns(proposal: Proposal, choice: Any) -> None:
    columns = proposal.columns
    named = proposal.format in ("delimited", "xlsx", "ods")
    if named:
        header = "names of columns" if proposal.header else "words already"
        texts = (("yes", "names of columns"), ("no", "words already"))
        choice("header", "The first row has", texts, header)
    if proposal.format == "hunspell" or len(columns) < 2:
        return
    names = [column.name.strip() for column in columns]
    values = [
        name if name and not name.isdecimal() and names.count(name) == 1 else str(number)
        for number, name in enumerate(names, start=1)
    ]
    labels = [
        f"{name or number}: {', '.join(column.samples)}"[:SHOWN_COLUMN_CHARS]
        if column.samples
        else name or str(number)
        for number, (name, column) in enumerate(zip(names, columns, strict=True), start=1)
    ]
    word = proposal.column_of(Role.WORD) or 0
    choice("column", "The words are in", zip(values, labels, strict=True), labels[word])


def _steps(stored: Mapping[str, Any], proposal: Proposal | None) -> list[Option]:
    if proposal is None:
        return []
    skipped = set(stored.get("skip", ()))
    return [
        Option(step.value, label, step in proposal.cleaning, example)
        for step, (label, example) in STEPS.items()
        if step in proposal.cleaning or step.value in skipped
    ]


def _filters(proposal: Proposal, conversion: Conversion) -> list[Ticks]:
    used = {filter_column(proposal.columns, rule): set(rule.values) for rule in proposal.filters}
    shown = []
    for role, counts in conversion.values.items():
        index = proposal.column_of(role)
        taken = used.get(-1 if index is None else index, set())
        values = sorted(value for value, _ in counts.most_common(SHOWN_VALUES))
        if len(counts) < 2 and not taken:
            continue
        options = [
            Option(value, f"{value} ({counts[value]:,})", value in taken) for value in values
        ]
        options += [Option(value, value, chosen=True) for value in sorted(taken.difference(values))]
        shown.append(Ticks(f"only-{role.value}", LEVELS[role], options))
    return shown


def _interval(stored: Mapping[str, Any], proposal: Proposal | None) -> str | None:
    if proposal is None or proposal.column_of(Role.INTERVAL) is None:
        return None
    values = stored.get("filters", {}).get(INTERVAL, [])
    return values[0].removeprefix(">=") if values else ""
