"""`manage.py lint_wordlist SLUG[@N]`: what a model cannot write, and what a person may change.

`--fix KINDS` changes it.
"""

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
from vocab.lint.finding import Finding
from vocab.lint.report import CHECKS, CannotFix, LintReport
from vocab.models import WordlistRevision
from vocab.revision_fixes import (
    fix_revision,
    fixed_words,
    report_on_revision,
)
from vocab.revisions import RevisionConflict, WordlistNotFound, resolve, vocabulary_of


class Command(BaseCommand):
    help = (
        "Report the words of a list that a tokenizer cannot write or needs many tokens for, and"
        " what a person may want to change: numbers, names, capitals, inflections and others."
        " --fix makes the next revision."
    )

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

        parser.add_argument(
            "--no-model", action="store_true", help="only what a person may want to change"
        )
        parser.add_argument(
            "--fix",
            metavar="KINDS",
            help=f"fix these kinds and make the next revision: {', '.join(CHECKS)}",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show what --fix would do, and save nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        limit = max(options["limit"], 0)
        if options["dry_run"] and not options["fix"]:
            raise CommandError("--dry-run is for --fix.")
        try:
            revision = resolve(options["reference"], None)
        except WordlistNotFound as error:
            raise CommandError(str(error)) from error
        if options["fix"]:
            kinds = [kind.strip() for kind in options["fix"].split(",")]
            self._fix(revision, kinds, limit, dry_run=options["dry_run"])
            return
        if options["no_model"]:
            self.stdout.write(f"{revision}, {revision.word_count:,} entries")
            self._write_findings(report_on_revision(revision), limit)
            return
        lint = self._lint(revision, options)
        self._write_findings(report_on_revision(revision), limit)
        if options["strict"] and lint.unreachable:
            raise CommandError(f"{revision} has words that {lint.tokenizer} cannot write.")

    def _fix(
        self, revision: WordlistRevision, kinds: Sequence[str], limit: int, *, dry_run: bool
    ) -> None:
        try:
            if dry_run:
                fixed = fixed_words(revision, kinds)
                message = f"Dry run: nothing was saved. {fixed.note}."
            else:
                new, fixed = fix_revision(revision, kinds)
                message = f"{fixed.note}. {new} is now the current revision."
        except (CannotFix, RevisionConflict) as error:
            raise CommandError(f"Nothing was changed: {error}.") from error
        for finding in fixed.findings:
            self._write_finding(finding, limit)
        self.stdout.write(f"{revision.word_count:,} entries before, {len(fixed.words):,} after")
        self.stdout.write(self.style.SUCCESS(message))

    def _lint(self, revision: WordlistRevision, options: dict[str, Any]) -> WordlistLint:
        given: str | None = options["tokenizer"]
        try:
            tokenizer = load_tokenizer(
                given or model_source(),
                token=settings.HF_TOKEN,
                trust_remote_code=settings.TRUST_REMOTE_CODE,
            )
        except ModelUnavailable as error:
            raise CommandError(str(error)) from error
        lint = lint_wordlist(
            vocabulary_of(revision).lexicon,
            tokenizer.table,
            tokenizer.encode_inside,
            tokenizer=given or settings.SERVED_MODEL_NAME,
        )
        self.stdout.write(f"{revision}, {lint.entries:,} entries, under {lint.tokenizer}")
        self._write_words(lint, max(options["limit"], 0))
        self._write_counts(lint)
        return lint

    def _write_findings(self, report: LintReport, limit: int) -> None:
        kinds = ", ".join(finding.kind for finding in report.findings)
        self.stdout.write(f"What a person may want to change: {kinds or 'nothing'}")
        for finding in report.findings:
            self._write_finding(finding, limit)
            self.stdout.write(f"  --fix {finding.kind}: {finding.action}")
        for kind, reason in report.unchecked.items():
            self.stdout.write(f"Not checked: {kind}: {reason}")

    def _write_finding(self, finding: Finding, limit: int) -> None:
        self.stdout.write(self.style.WARNING(f"{finding.title}: {finding.count:,}"))
        self.stdout.write(f"  {finding.explanation}")
        self._write_table(None, [str(change) for change in finding.changes], limit)

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

    def _write_table(self, title: str | None, lines: Sequence[str], limit: int) -> None:
        if title is not None:
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
