"""`manage.py coverage SLUG[@N] FILE`: how much of a text a list covers, and what it lacks."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vocab.editing.coverage import coverage
from vocab.revisions import WordlistNotFound, limits, resolve
from vocab.words.orthography import orthography_for
from vocab.words.segmenting.segmenters import SegmenterMissing


class Command(BaseCommand):
    help = "Says which share of a text's running words a list has, and which words it lacks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", metavar="SLUG[@N]", help="such as es or es@3")
        parser.add_argument("file", metavar="FILE", type=Path, help="a text in UTF-8")
        parser.add_argument(
            "--missing",
            metavar="COUNT",
            type=int,
            default=50,
            help="how many missing words are printed, the most frequent first; 0 for all"
            " (default: 50)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            revision = resolve(options["reference"], None)
            text = options["file"].read_bytes().decode("utf-8-sig")
        except WordlistNotFound as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Cannot read {options['file']}: {error}") from error
        except UnicodeDecodeError as error:
            raise CommandError(
                f"{options['file']} is not UTF-8: byte {error.start} is"
                f" 0x{error.object[error.start]:02x}. Save it as UTF-8 and try again."
            ) from error
        if options["missing"] < 0:
            raise CommandError("--missing is a number from 0.")
        wordlist = revision.wordlist
        orthography = orthography_for(wordlist.language)
        try:
            found = coverage(text, revision.words, orthography, wordlist.style, limits())
        except SegmenterMissing as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{revision} has {found.listed:,} of {found.words:,} running words ({found.share:.1%})."
        )
        if revision.ranked and found.words:
            for n, share in found.of_first:
                self.stdout.write(f"  its first {n:,} words: {share:.1%}")
            for share, needed in found.needed:
                enough = "more than this list" if needed is None else f"its first {needed:,} words"
                self.stdout.write(f"  for {share:.0%} of the text: {enough}")
        shown = found.missing[: options["missing"] or None]
        if shown:
            self.stdout.write(f"Missing: {len(found.missing):,} different words.")
        for word in shown:
            why_not = f"  (cannot be added: {word.why_not})" if word.why_not else ""
            self.stdout.write(f"{word.count:>6,}  {word.spelling}{why_not}")
        if len(shown) < len(found.missing):
            self.stdout.write(f"        and {len(found.missing) - len(shown):,} more")
