"""`manage.py build_wordlist LANG`: makes wordlists/LANG.txt from wordfreq's data.

The same versions of wordfreq and the dictionaries give the same bytes on the same day. Names and
profanity go into companion/LANG-names.txt and companion/LANG-profanity.txt next to the list, which
`load_wordlists` ignores. The command does not use the database.
"""

import datetime
import hashlib
import os
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import metadata
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from vocab.words.frequency import LANGUAGES, CleanResult, Tables, clean, tables_for
from vocab.words.frequency.corpus_segments import word_cutter
from vocab.words.frequency.dictionary import DictionaryMissing, Hunspell
from vocab.words.frequency.place_names import place_names, source
from vocab.words.segmenting.segmenters import PACKAGES, SegmenterMissing

DEFAULT_SIZE = 20_000
# wordfreq entries read for each entry of the list. Cleaning may drop a third of them, and the
# frequencies of parts are summed over all entries read.
READ_AHEAD = 6
COMPANIONS = "companion"


class Command(BaseCommand):
    help = "Makes a wordlist, most frequent words first, from the data of the wordfreq package."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("language", metavar="LANG", choices=LANGUAGES)
        parser.add_argument("--size", type=int, default=DEFAULT_SIZE, help="number of entries")
        parser.add_argument("--output", type=Path, help="default: wordlists/LANG.txt")

    def handle(self, *args: Any, **options: Any) -> None:
        language: str = options["language"]
        size: int = options["size"]
        output: Path = options["output"] or Path("wordlists") / f"{language}.txt"
        if size < 1:
            raise CommandError("--size must be at least 1.")
        tables = tables_for(language)
        ranked = list(islice(wordfreq_frequencies(language).items(), size * READ_AHEAD))
        try:
            dictionary = Hunspell(tables.dictionaries) if tables.dictionaries else None
            segmenter = word_cutter(language)
        except (DictionaryMissing, SegmenterMissing) as error:
            raise CommandError(str(error)) from error
        with tqdm(ranked, desc=f"Cleaning {language}", unit=" entries", leave=False) as progress:
            result = clean(progress, language, dictionary, segmenter, limit=size)
        if len(result.words) < size:
            raise CommandError(
                f"Only {len(result.words)} words of {language!r} remain after the cleaning; use a "
                f"smaller --size than {size}."
            )
        command = f"manage.py build_wordlist {language}"
        if size != DEFAULT_SIZE:
            command += f" --size {size}"
        facts = made_with(tables, dictionary) | {
            "built": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
            "command": command,
        }
        for path, text in _files(output, tables, result, facts).items():
            try:
                write_atomically(path, text)
            except OSError as error:
                raise CommandError(f"Cannot write {path}: {error}") from error
        for cause, count in sorted(result.dropped.items(), key=lambda item: (-item[1], item[0])):
            self.stdout.write(f"  dropped {count:6} {cause}")
        self.stdout.write(self.style.SUCCESS(f"Wrote {size} entries to {output}."))


def made_with(tables: Tables, dictionary: Hunspell | None) -> dict[str, str]:
    """Return header lines with the versions of the data that the entries depend on."""
    facts = {"source": f"wordfreq {metadata.version('wordfreq')}, best list"}
    if dictionary is not None:
        facts["dictionaries"] = ", ".join(dictionary.fingerprints)
    if place_names(tables.language):
        facts["names of places"] = source()
    if tables.language in PACKAGES:
        facts["segmenter"] = ", ".join(
            f"{package} {metadata.version(package)}" for package in PACKAGES[tables.language]
        )
    return facts


def render_list(words: Sequence[str], title: str, language: str, facts: dict[str, str]) -> str:
    """Return the text of a list file: a header of `#` lines, then one entry a line."""
    digest = hashlib.sha256("\n".join(words).encode()).hexdigest()
    header = {
        "title": title,
        "language": language,
        "entries": str(len(words)),
        "licence": "CC BY-SA 4.0, see NOTICE",
        **facts,
        "sha256": digest,
    }
    return "\n".join((*(f"# {key}: {value}" for key, value in header.items()), *words)) + "\n"


def _files(
    output: Path, tables: Tables, result: CleanResult, facts: dict[str, str]
) -> dict[Path, str]:
    name, language = tables.name, tables.language
    companions = output.parent / COMPANIONS
    title = f"{name}, the {len(result.words):,} most frequent words"
    files = {output: render_list(result.words, title, language, facts)}
    for kind, words in (("names", result.names), ("profanity", result.profanity)):
        if words:
            title = f"{name}, {kind} left out of the list"
            path = companions / f"{output.stem}-{kind}.txt"
            files[path] = render_list(words, title, language, facts)
    return files


def wordfreq_frequencies(language: str) -> dict[str, float]:
    """Return corpus word -> frequency, the commonest first. Raises CommandError."""
    # Imported here because servers run without this package; only this command needs it.
    try:
        import wordfreq
    except ImportError as error:
        raise CommandError(
            "The wordfreq package is not installed. It comes with the project's 'wordlists' "
            "extra: pip install -e '.[wordlists]'"
        ) from error
    return dict(wordfreq.get_frequency_dict(language, "best"))


def write_atomically(path: Path, text: str) -> None:
    """Write a file that all users may read. Raises OSError, and then leaves the old file."""
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
    # Only the owner can read a temporary file; the list must be readable for all users.
    partial.chmod(0o644)
    partial.replace(path)
