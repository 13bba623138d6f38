"""`manage.py import_wordlist FILE`: makes a new list, or a new revision of a list, from a file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from vocab.exchange import create_wordlist, read_header
from vocab.models import Wordlist
from vocab.revisions import add_revision, limits
from vocab.words.parse import ParsedWordlist, WordlistError, digest, parse


class Command(BaseCommand):
    help = "Imports a wordlist: a UTF-8 file with one entry on each line, best rank first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--slug", required=True, help="the name of the list in requests")
        parser.add_argument("--language", required=True, metavar="TAG", help="BCP-47, such as es")
        parser.add_argument("--title", help="default: the file's '# title:' line, or the slug")
        parser.add_argument("--source", help="default: the file's '# source:' line")
        parser.add_argument("--licence", help="default: the file's '# licence:' line")
        parser.add_argument("--note", default="", help="what is different in this revision")
        parser.add_argument("--dry-run", action="store_true", help="only report, do not save")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = options["file"].read_bytes()
            parsed = parse(data, limits())
        except (OSError, WordlistError) as error:
            raise CommandError(f"Cannot read {options['file']}: {error}") from error
        self._report(parsed)
        try:
            with transaction.atomic():
                message = self._save(data, parsed, options)
                if options["dry_run"]:
                    transaction.set_rollback(True)
                    message = f"Dry run: nothing was saved. Without --dry-run: {message}"
        except ValidationError as error:
            raise CommandError("; ".join(_lines(error))) from error
        self.stdout.write(self.style.SUCCESS(message))

    def _report(self, parsed: ParsedWordlist) -> None:
        self.stdout.write(
            f"{len(parsed.words):,} entries, {len(parsed.rejected):,} rejected,"
            f" {len(parsed.duplicates):,} duplicates, {len(parsed.changed):,} changed,"
            f" {parsed.comments:,} comments, {parsed.blanks:,} blank lines"
        )
        for issue in parsed.rejected:
            self.stdout.write(f"  rejected {issue}")

    def _save(self, data: bytes, parsed: ParsedWordlist, options: dict[str, Any]) -> str:
        """Save the list or the revision and return a message that says what was done."""
        slug, language = options["slug"], options["language"]
        given = {key: options[key] for key in ("title", "source", "licence") if options[key]}
        wordlist = Wordlist.objects.filter(slug=slug).first()
        if wordlist is None:
            header = read_header(data)
            details = {key: header.get(key, "") for key in ("title", "source", "licence")}
            details["title"] = details["title"] or slug
            wordlist = Wordlist(slug=slug, language=language, **(details | given))
            wordlist.full_clean()
            revision = create_wordlist(wordlist, parsed.words, note=_note(options["note"]))
            return f"{slug} was created as {revision}."
        if wordlist.language != language:
            raise CommandError(
                f"The wordlist {slug} is in {wordlist.language}, not in {language}. The language of"
                " a list cannot change. Use another --slug."
            )
        for key, value in given.items():
            setattr(wordlist, key, value)
        wordlist.full_clean()
        wordlist.save()
        if wordlist.current and wordlist.current.sha256 == digest(parsed.words):
            return (
                f"Nothing to do: the current revision {wordlist.current} already has these entries."
            )
        revision, created = add_revision(wordlist, parsed.words, note=_note(options["note"]))
        if created:
            return f"{revision} was added and is now the current revision."
        return f"{revision} already had these entries and is now the current revision again."


def _note(text: str) -> str:
    if len(text) > 500:
        raise CommandError("--note is too long: at most 500 characters.")
    return text


def _lines(error: ValidationError) -> list[str]:
    return [f"{field}: {text}" for field, texts in error.message_dict.items() for text in texts]
