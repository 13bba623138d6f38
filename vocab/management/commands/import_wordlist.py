"""`manage.py import_wordlist FILE`: makes a new list, or a new revision of a list, from a file.

`vocab.importing` reads the file; this module prints what it found and saves the entries.
"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from vocab.exchange import create_wordlist, read_header
from vocab.importing.convert import Conversion, convert
from vocab.importing.proposal import Options, Proposal, Ranking, Role
from vocab.importing.sniff import sniff
from vocab.management.import_arguments import add_reading_arguments, reading_options
from vocab.models import Wordlist
from vocab.revisions import add_revision, limits
from vocab.words.language_tag import UnknownLanguage, canonical_tag, language_name, rules_note
from vocab.words.parse import WordlistError, digest
from vocab.words.segmenting.segmenters import default_units

# Of each kind; --verbosity 2 shows all. Rejected rows are always shown.
SHOWN_LINES = 100
_ORDERS = {
    Ranking.ORDER: "in the order of the file",
    Ranking.RANK: "by rank",
    Ranking.COUNT: "by count",
    Ranking.LEVEL: "by level",
    Ranking.FREQUENCY: "by frequency",
    Ranking.UNRANKED: "in no order of rank",
}


class Command(BaseCommand):
    help = (
        "Imports a wordlist: a text file, a table, a spreadsheet, an Anki deck, a dictionary."
        " Says what the file seems to be, and asks for --force before it saves what looks wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--slug", required=True, help="the name of the list in requests")
        parser.add_argument(
            "--language", required=True, metavar="TAG", help="such as es, pt-BR or Spanish"
        )
        parser.add_argument("--title", help="default: the file's '# title:' line, or the slug")
        parser.add_argument("--source", help="default: the file's '# source:' line")
        parser.add_argument("--licence", help="default: the file's '# licence:' line")
        parser.add_argument("--note", default="", help="what is different in this revision")
        parser.add_argument("--dry-run", action="store_true", help="only report, do not save")
        parser.add_argument("--force", action="store_true", help="save in spite of doubts")
        add_reading_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        options["language"] = self._language(options["language"], options["slug"])
        try:
            data = file.read_bytes()
            conversion = self._read(data, file.name, reading_options(options))
        except (OSError, WordlistError) as error:
            raise CommandError(f"Cannot read {file}: {error}") from error
        self._report(conversion, verbose=options["verbosity"] > 1)
        self._check_doubts(conversion, options)
        try:
            with transaction.atomic():
                message = self._save(data, conversion, options)
                if options["dry_run"]:
                    transaction.set_rollback(True)
                    message = f"Dry run: nothing was saved. Without --dry-run: {message}"
        except ValidationError as error:
            raise CommandError("; ".join(_lines(error))) from error
        self.stdout.write(self.style.SUCCESS(message))

    def _language(self, given: str, slug: str) -> str:
        if Wordlist.objects.filter(slug=slug, language=given).exists():
            return given  # made before tags were checked
        try:
            tag = canonical_tag(given)
        except UnknownLanguage as error:
            raise CommandError(f"--language: {error}") from error
        if tag != given:
            self.stdout.write(f"The language {given!r} is {tag} ({language_name(tag)}).")
        note = rules_note(tag)
        if note:
            self.stdout.write(self.style.WARNING(note))
        return tag

    def _read(self, data: bytes, name: str, options: Options) -> Conversion:
        proposal = sniff(data, name, options, limits())
        self._propose(name, proposal)
        # The bar is shown in a terminal only.
        with tqdm(unit=" rows", disable=None, leave=False) as bar:
            return convert(data, proposal, limits(), filename=name, progress=bar.update)

    def _propose(self, name: str, proposal: Proposal) -> None:
        self.stdout.write(f"{name}: {proposal.sentence}")
        facts = [f"format {proposal.format}"]
        if proposal.encoding:
            facts.append(f"encoding {proposal.encoding}")
        if proposal.delimiter:
            facts.append(f"delimiter {proposal.delimiter!r}")
        facts.append(_ORDERS[proposal.ranking])
        facts.append(f"takes {proposal.take.value}")
        facts += [f"only {rule}" for rule in proposal.filters]
        self.stdout.write(f"  {', '.join(facts)}")
        if proposal.ranking is Ranking.UNRANKED and Ranking.FREQUENCY in proposal.rankings:
            inside = " inside each level" if proposal.column_of(Role.LEVEL) is not None else ""
            self.stdout.write(f"  --rank-by frequency: by how common the words are{inside}")
        if len(proposal.columns) > 1 and proposal.columns[0].name:
            shown = [
                f"{number} {column.name!r}"
                + ("" if column.role is Role.OTHER else f" ({column.role.value})")
                for number, column in enumerate(proposal.columns[:12], start=1)
            ]
            more = len(proposal.columns) - len(shown)
            self.stdout.write(
                f"  columns: {', '.join(shown)}" + (f" and {more} more" if more else "")
            )
        for row in proposal.preview[:5]:
            after = ", ".join(row.after) if row.after else "(nothing)"
            self.stdout.write(f"  line {row.line}: {row.before!r} -> {after}")

    def _report(self, conversion: Conversion, *, verbose: bool) -> None:
        filtered = f", {conversion.filtered:,} left out by filters" if conversion.filtered else ""
        self.stdout.write(
            f"{len(conversion.words):,} entries, {len(conversion.refused):,} rejected,"
            f" {len(conversion.duplicates):,} duplicates, {len(conversion.changed):,} changed,"
            f" {conversion.comments:,} comments, {conversion.blanks:,} blank lines{filtered}"
        )
        for issue in conversion.refused:
            self.stdout.write(f"  rejected {issue}")
        changed = [
            f"line {each.line}: {each.before!r} -> {', '.join(each.after)}"
            f" ({'; '.join(each.reasons)})"
            for each in conversion.changed
        ]
        for title, lines in [
            ("changed", changed),
            ("duplicate", [str(each) for each in conversion.duplicates]),
        ]:
            shown = lines if verbose else lines[:SHOWN_LINES]
            for line in shown:
                self.stdout.write(f"  {title} {line}")
            if len(lines) > len(shown):
                more = len(lines) - len(shown)
                self.stdout.write(f"  {title}: {more:,} more; --verbosity 2 shows them")
        if not conversion.ranked:
            self.stdout.write(
                "The order of this list means nothing, so requests cannot ask for its first N"
                " words. --rank-by says otherwise."
            )

    def _check_doubts(self, conversion: Conversion, options: dict[str, Any]) -> None:
        """Raise CommandError if the list looks wrong and nobody said that it is right."""
        wordlist = Wordlist.objects.filter(slug=options["slug"]).select_related("current").first()
        current = wordlist.current if wordlist else None
        doubts = conversion.doubts_against(current.words if current else None)
        if not doubts:
            return
        for doubt in doubts:
            self.stdout.write(self.style.WARNING(f"Doubt: {doubt}."))
        if not options["force"]:
            raise CommandError(
                "Nothing was saved, because this may not be the list that you want. Look at the"
                " report; choose another --format, --column or --encoding, or save it as it is"
                " with --force."
            )

    def _save(self, data: bytes, conversion: Conversion, options: dict[str, Any]) -> str:
        """Save the list or the revision and return a message that says what was done."""
        slug, language = options["slug"], options["language"]
        words, ranked = conversion.words, conversion.ranked
        given = {key: options[key] for key in ("title", "source", "licence") if options[key]}
        wordlist = Wordlist.objects.filter(slug=slug).first()
        if wordlist is None:
            header = read_header(data)
            details = {key: header.get(key, "") for key in ("title", "source", "licence")}
            details["title"] = details["title"] or slug
            wordlist = Wordlist(
                slug=slug, language=language, units=default_units(language), **(details | given)
            )
            wordlist.full_clean()
            revision = create_wordlist(wordlist, words, ranked=ranked, note=_note(options["note"]))
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
        current = wordlist.current
        if current and current.sha256 == digest(words) and current.ranked == ranked:
            return f"Nothing to do: the current revision {current} already has these entries."
        note = _note(options["note"])
        revision, created = add_revision(wordlist, words, ranked=ranked, note=note)
        if created:
            return f"{revision} was added and is now the current revision."
        return f"{revision} already had these entries and is now the current revision again."


def _note(text: str) -> str:
    if len(text) > 500:
        raise CommandError("--note is too long: at most 500 characters.")
    return text


def _lines(error: ValidationError) -> list[str]:
    return [f"{field}: {text}" for field, texts in error.message_dict.items() for text in texts]
