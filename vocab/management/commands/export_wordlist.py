"""`manage.py export_wordlist SLUG[@N]`: writes a revision as a file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vocab.export import FORMATS
from vocab.revisions import WordlistNotFound, resolve


class Command(BaseCommand):
    help = "Writes a wordlist to a file: as text, as CSV or as notes for Anki."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", metavar="SLUG[@N]", help="such as es or es@3")
        parser.add_argument(
            "--format",
            choices=list(FORMATS),
            default="txt",
            help="txt: with title, source and licence, and import_wordlist reads it back unchanged;"
            " csv: for spreadsheets; tsv: for Anki (default: txt)",
        )
        parser.add_argument("--output", metavar="FILE", type=Path, help="default: standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            revision = resolve(options["reference"], None)
        except WordlistNotFound as error:
            raise CommandError(str(error)) from error
        text = FORMATS[options["format"]].render(revision)
        output: Path | None = options["output"]
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            output.write_bytes(text.encode())
        except OSError as error:
            raise CommandError(f"Cannot write {output}: {error}") from error
        self.stderr.write(f"Wrote {revision} to {output}: {revision.word_count:,} entries.")
