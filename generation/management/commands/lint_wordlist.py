"""`manage.py lint_wordlist SLUG[@N]`: report the words of a list that a model cannot write."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from generation.constraint.lint.wordlist import USUAL_TOKENS, WordlistLint, lint_wordlist
from generation.engine.contract import ModelUnavailable
from generation.engine.loading.tokenizer import load_tokenizer
from generation.serving.embedded_model import model_source
from vocab.revisions import WordlistNotFound, resolve, vocabulary_of


class Command(BaseCommand):
    help = "Report the words of a list that a tokenizer cannot write or needs many tokens for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("reference", metavar="SLUG[@N]", help="such as es or es@3")
        parser.add_argument(
            "--tokenizer",
            metavar="PATH_OR_ID",
            help="a folder, a tokenizer.json or a Hugging Face id; default: the served model's",
        )
        parser.add_argument(
            "--limit",
            type=int,
            default=50,
            metavar="N",
            help="words shown of each kind (50)",
        )
        parser.add_argument(
            "--strict", action="store_true", help="exit status 1 if a word cannot be written"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        given: str | None = options["tokenizer"]
        try:
            revision = resolve(options["reference"], None)
            tokenizer = load_tokenizer(
                given or model_source(),
                token=settings.HF_TOKEN,
                trust_remote_code=settings.TRUST_REMOTE_CODE,
            )
        except (WordlistNotFound, ModelUnavailable) as error:
            raise CommandError(str(error)) from error
        lint = lint_wordlist(
            vocabulary_of(revision).lexicon,
            tokenizer.table,
            tokenizer.encode,
            tokenizer=given or settings.SERVED_MODEL_NAME,
        )
        self.stdout.write(f"{revision}, {lint.entries:,} entries, under {lint.tokenizer}")
        self._write_words(lint, max(options["limit"], 0))
        self._write_counts(lint)
        if options["strict"] and lint.unreachable:
            raise CommandError(f"{revision} has words that {lint.tokenizer} cannot write.")

    def _write_words(self, lint: WordlistLint, limit: int) -> None:
        style = self.style.ERROR if lint.unreachable else self.style.SUCCESS
        self._write_table(
            style(f"Words that cannot be written: {len(lint.unreachable):,}"),
            [f"{word.entry} (rank {word.rank:,}): {word.reason}" for word in lint.unreachable],
            limit,
        )
        self._write_table(
            f"Words of more than {USUAL_TOKENS} tokens: {len(lint.long_paths):,}",
            [f"{word.tokens:3} {word.entry}" for word in lint.long_paths],
            limit,
        )

    def _write_table(self, title: str, lines: Sequence[str], limit: int) -> None:
        self.stdout.write(title)
        for line in lines[:limit]:
            self.stdout.write(f"  {line}")
        if 0 < limit < len(lines):
            self.stdout.write(f"  ... and {len(lines) - limit:,} more")

    def _write_counts(self, lint: WordlistLint) -> None:
        if lint.tokens_per_word is not None:
            self.stdout.write(f"Tokens per running word: {lint.tokens_per_word:.2f}")
        self.stdout.write(f"Tokens in use, of {lint.vocabulary:,}:")
        for n, tokens in lint.reachable_tokens.items():
            which = "all entries" if n == lint.entries else f"the first {n:,}"
            self.stdout.write(f"  {tokens:7,} with {which}")
