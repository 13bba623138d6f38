"""`manage.py build_wordlist LANG`: makes wordlists/LANG.txt out of wordfreq's data.

The same wordfreq and the same day give the same bytes. Touches no database.
"""

import datetime
import hashlib
import os
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from vocab.words.frequency import LANGUAGES, clean
from vocab.words.frequency_data import NAMES

DEFAULT_SIZE = 20_000
# Up to an eighth of wordfreq's entries fall to the cleaning; where twice the size is not enough,
# the command says so instead of writing a short list.
READ_AHEAD = 2


class Command(BaseCommand):
    help = "Makes a word list, commonest words first, out of the data of the wordfreq package."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("language", metavar="LANG", choices=LANGUAGES)
        parser.add_argument("--size", type=int, default=DEFAULT_SIZE, help="entries in the list")
        parser.add_argument("--output", type=Path, help="default: wordlists/LANG.txt")

    def handle(self, *args: Any, **options: Any) -> None:
        language: str = options["language"]
        size: int = options["size"]
        output: Path = options["output"] or Path("wordlists") / f"{language}.txt"
        if size < 1:
            raise CommandError("--size must be at least 1.")
        ranked = _wordfreq_ranking(language, size * READ_AHEAD)
        with tqdm(ranked, desc=f"Cleaning {language}", unit=" entries", leave=False) as progress:
            result = clean(progress, language, limit=size)
        if len(result.words) < size:
            raise CommandError(
                f"wordfreq has only {len(result.words)} words of {language!r} that survive the "
                f"cleaning; ask for a smaller --size than {size}."
            )
        command = f"manage.py build_wordlist {language}"
        if size != DEFAULT_SIZE:
            command += f" --size {size}"
        built = datetime.datetime.now(tz=datetime.UTC).date()
        try:
            _write_atomically(output, render(result.words, language, command, built))
        except OSError as error:
            raise CommandError(f"Cannot write {output}: {error}") from error
        for cause, count in sorted(result.dropped.items(), key=lambda item: (-item[1], item[0])):
            self.stdout.write(f"  dropped {count:6} {cause}")
        self.stdout.write(self.style.SUCCESS(f"Wrote {size} entries to {output}."))


def render(words: Sequence[str], language: str, command: str, built: datetime.date) -> str:
    """The text of a list file: what it is in `#` lines, then one entry a line."""
    digest = hashlib.sha256("\n".join(words).encode()).hexdigest()
    header = (
        f"# title: {NAMES[language]}, the {len(words):,} most frequent words",
        f"# language: {language}",
        f"# entries: {len(words)}",
        f"# source: wordfreq {metadata.version('wordfreq')}, best list",
        "# licence: CC BY-SA 4.0, see NOTICE",
        f"# built: {built.isoformat()}",
        f"# command: {command}",
        f"# sha256: {digest}",
    )
    return "\n".join((*header, *words)) + "\n"


def _wordfreq_ranking(language: str, count: int) -> list[str]:
    # Imported here because servers run without it: only those who remake a list need its data.
    try:
        import wordfreq
    except ImportError as error:
        raise CommandError(
            "The wordfreq package is not installed. It comes with the project's 'wordlists' "
            "extra: pip install -e '.[wordlists]'"
        ) from error
    ranking: list[str] = wordfreq.top_n_list(language, count, wordlist="best")
    return ranking


def _write_atomically(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as temporary:
        partial = Path(temporary.name)
        try:
            temporary.write(text)
            temporary.flush()
            os.fsync(temporary.fileno())
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    # Temporary files are made for their owner only; the list is for everyone who can see the tree.
    partial.chmod(0o644)
    partial.replace(path)
