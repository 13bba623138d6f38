"""The arguments of `manage.py import_wordlist` that decide how a file is read."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction
from pathlib import Path
from typing import Any

from vocab.importing.proposal import Clean, Filter, Options, Ranking, Role, Take
from vocab.importing.readers import NAMES


def add_reading_arguments(parser: ArgumentParser) -> None:
    reading = parser.add_argument_group("how the file is read; without these it is guessed")
    reading.add_argument("--format", choices=NAMES)
    reading.add_argument("--encoding", metavar="NAME", help="such as cp1252 or gb18030")
    reading.add_argument(
        "--delimiter", metavar="MARK", help="tab, comma, semicolon, space, or the mark itself"
    )
    reading.add_argument(
        "--header", action=BooleanOptionalAction, help="the first row names the columns"
    )
    reading.add_argument(
        "--column", metavar="NAME", help="the column with the words: its name or number"
    )
    reading.add_argument(
        "--sheet", metavar="NAME", help="the sheet of a spreadsheet: its name or number"
    )
    reading.add_argument(
        "--rank-by", choices=[each.value for each in Ranking], help="what decides the order"
    )
    reading.add_argument(
        "--take",
        choices=[each.value for each in Take],
        help="which words of a family become entries",
    )
    reading.add_argument(
        "--level", metavar="LEVELS", help="only these: A1,A2 or A1-B1 or '<=A2' or 1-3"
    )
    reading.add_argument(
        "--where",
        metavar="COLUMN=VALUES",
        action="append",
        default=[],
        type=_filter,
        help="only rows with one of these values, such as deck=Spanish or status=4,5; repeatable",
    )
    reading.add_argument(
        "--keep",
        metavar="STEP",
        action="append",
        default=[],
        choices=[each.value for each in Clean],
        help="do not do this to the entries, such as articles or variants; repeatable",
    )
    reading.add_argument(
        "--affixes",
        metavar="FILE",
        type=Path,
        help="the .aff file of a hunspell dictionary; default: the one beside the .dic file",
    )


def reading_options(options: dict[str, Any]) -> Options:
    """Raises OSError if the .aff file cannot be read."""
    filters = tuple(options["where"])
    if options["level"]:
        filters += (Filter(Role.LEVEL.value, tuple(options["level"].split(","))),)
    return Options(
        format=options["format"],
        encoding=options["encoding"],
        delimiter=options["delimiter"],
        header=options["header"],
        column=options["column"],
        sheet=options["sheet"],
        language=options["language"],
        ranking=Ranking(options["rank_by"]) if options["rank_by"] else None,
        take=Take(options["take"]) if options["take"] else None,
        filters=filters,
        skip=frozenset(map(Clean, options["keep"])),
        affixes=_affixes(options),
    )


def _affixes(options: dict[str, Any]) -> bytes | None:
    file: Path = options["file"]
    if options["affixes"]:
        return Path(options["affixes"]).read_bytes()
    beside = file.with_suffix(".aff")
    if file.suffix == ".dic" and beside.is_file():
        return beside.read_bytes()
    return None


def _filter(text: str) -> Filter:
    column, mark, values = text.partition("=")
    if not mark or not column.strip() or not values.strip():
        raise ArgumentTypeError(f"{text!r} is not COLUMN=VALUES")
    return Filter(column, tuple(values.split(",")))
