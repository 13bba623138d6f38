"""`manage.py check_text SLUG[@N] [FILE ...]`: texts against the words of a list, as CSV."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vocab.pinned_wordlist import PinnedWordlist
from vocab.revisions import WordlistNotFound, resolve
from vocab.text_tables import TEXT_COLUMNS, WORD_COLUMNS, csv_table, text_rows, word_rows
from vocab.words.checker.analysis import TextAnalysis
from vocab.words.segmenting.segmenters import SegmenterMissing

STDIN = "-"


class Command(BaseCommand):
    help = (
        "Writes CSV with a row for each word of texts: its sentence, place, and rank in a list."
        " A summary of each text goes to the standard error stream."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", metavar="SLUG[@N]", help="such as es or es@3")
        parser.add_argument(
            "files",
            metavar="FILE",
            nargs="*",
            default=[STDIN],
            help="texts in UTF-8; - or none for the standard input",
        )
        parser.add_argument(
            "--n-words", metavar="N", type=int, help="only the first N words of the list"
        )
        parser.add_argument(
            "--texts", action="store_true", help="a row for each text instead of each word"
        )
        parser.add_argument(
            "--strict", action="store_true", help="exit status 1 if a word is off the list"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        wordlist = _pinned(options["reference"], options["n_words"])
        analyses: list[tuple[object, TextAnalysis]] = []
        for file in options["files"]:
            try:
                found = wordlist.analysis_of(_read(file))
            except SegmenterMissing as error:
                raise CommandError(str(error)) from error
            name = "stdin" if file == STDIN else file
            analyses.append((name, found))
            self.stderr.write(_summary(name, found))
        if options["texts"]:
            table = csv_table(TEXT_COLUMNS, text_rows(analyses))
        else:
            table = csv_table(WORD_COLUMNS, word_rows(analyses))
        self.stdout.write(table, ending="")
        if options["strict"] and any(found.report.out_of_list for _, found in analyses):
            raise CommandError("There are words off the list.")


def _pinned(reference: str, n_words: int | None) -> PinnedWordlist:
    try:
        revision = resolve(reference, None)
    except WordlistNotFound as error:
        raise CommandError(str(error)) from error
    if n_words is not None and not revision.ranked:
        raise CommandError(f"--n-words: {revision.reference} is not in order of rank.")
    if n_words is not None and n_words < 1:
        raise CommandError("--n-words is a number from 1.")
    if not revision.word_count:
        raise CommandError(f"{revision.reference} has no words.")
    allowed = min(n_words or revision.word_count, revision.word_count)
    return PinnedWordlist(revision, allowed, revision.wordlist.style)


def _read(file: str) -> str:
    name = "The standard input" if file == STDIN else file
    try:
        data = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"Cannot read {file}: {error}") from error
    except UnicodeDecodeError as error:
        raise CommandError(
            f"{name} is not UTF-8: byte {error.start} is 0x{error.object[error.start]:02x}."
            " Save it as UTF-8 and try again."
        ) from error


def _summary(name: str, found: TextAnalysis) -> str:
    missing = found.report.out_of_list
    listed = sum(word.listed for word in found.words)
    share = "" if found.coverage is None else f" ({found.coverage:.1%})"
    return (
        f"{name}: {listed:,} of {found.report.words:,} words are on the list{share};"
        f" {len(set(missing)):,} different ones are not."
    )
