"""`manage.py add_forms SLUG`: adds the inflected forms of the headwords of a list."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vocab.editing.add_forms import plan_forms
from vocab.editing.dictionary_forms import dictionary_forms
from vocab.editing.operations import EditError
from vocab.editing.word_families import NoWordFamilies, forms_of
from vocab.models import WordlistRevision
from vocab.revisions import NOTE_CHARS, RevisionConflict, WordlistNotFound, limits, resolve, revise
from vocab.words.parse import WordlistError

SHOWN_HEADWORDS = 20


class Command(BaseCommand):
    help = (
        "Makes a revision with the inflected forms of each headword, right behind it: go, going,"
        " went. They come from the project's list of common words, or from a dictionary."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="of the list, such as es")
        parser.add_argument(
            "--dry-run", action="store_true", help="print what would be added and save nothing"
        )
        parser.add_argument(
            "--most",
            metavar="COUNT",
            type=int,
            help="at most this number of forms of a headword, the commonest ones",
        )
        parser.add_argument(
            "--without",
            metavar="FORM",
            action="append",
            default=[],
            help="do not add this form; repeatable",
        )
        parser.add_argument(
            "--dictionary",
            metavar="FILE",
            type=Path,
            help="take the forms of a hunspell dictionary (.dic); its .aff file is beside it",
        )
        parser.add_argument("--note", default="", help="of the revision; default: a summary")

    def handle(self, *args: Any, **options: Any) -> None:
        if "@" in options["slug"]:
            raise CommandError("Forms are added to the current revision: give the slug only.")
        if options["most"] is not None and options["most"] < 1:
            raise CommandError("--most is a number from 1.")
        if len(options["note"]) > NOTE_CHARS:
            raise CommandError(f"--note has more than {NOTE_CHARS} characters.")
        try:
            revision = resolve(options["slug"], None)
            forms = _forms(revision, options["dictionary"])
        except (WordlistNotFound, NoWordFamilies, WordlistError) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Cannot read the dictionary: {error}") from error
        plan = plan_forms(revision.words, forms, most=options["most"], without=options["without"])
        for headword, new in list(plan.forms.items())[:SHOWN_HEADWORDS]:
            self.stdout.write(f"{headword}: {', '.join(new)}")
        if len(plan.forms) > SHOWN_HEADWORDS:
            self.stdout.write(f"and {len(plan.forms) - SHOWN_HEADWORDS:,} more headwords")
        self.stdout.write(
            f"{plan.count:,} new forms of {len(plan.forms):,} headwords; {plan.listed:,} forms are"
            f" listed already. {revision} has {revision.word_count:,} entries."
        )
        if options["dry_run"] or not plan.forms:
            self.stdout.write("Nothing was saved.")
            return
        try:
            saved, _ = revise(
                revision.wordlist,
                [plan.operation()],
                base=revision.number,
                note=options["note"],
            )
        except (EditError, RevisionConflict) as error:
            raise CommandError(f"{error}. Nothing was saved.") from error
        self.stdout.write(f"Saved {saved} with {saved.word_count:,} entries.")


def _forms(revision: WordlistRevision, dictionary: Path | None) -> Mapping[str, Sequence[str]]:
    """Raises NoWordFamilies, WordlistError and OSError."""
    language = revision.wordlist.language
    if dictionary is None:
        return forms_of(language)
    affixes = dictionary.with_suffix(".aff").read_bytes()
    return dictionary_forms(dictionary.read_bytes(), affixes, language, limits())
