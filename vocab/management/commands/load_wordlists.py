"""`manage.py load_wordlists`: loads the lists that ship with the project into the database.

Every setup runs this command, so it must never undo a user's changes. It changes a list only if
the command itself made the current revision, and it loads the same content only once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from vocab.exchange import STARTER_NOTE, create_wordlist, read_header
from vocab.models import Visibility, Wordlist
from vocab.revisions import add_revision, limits
from vocab.words.language_tag import UnknownLanguage, canonical_tag
from vocab.words.parse import ParsedWordlist, WordlistError, parse
from vocab.words.segmenting.segmenters import default_units


class Command(BaseCommand):
    help = "Loads the starter lists: every .txt file in WORDLIST_DIR, named after its slug."

    def handle(self, *args: Any, **options: Any) -> None:
        paths = sorted(settings.WORDLIST_DIR.glob("*.txt"))
        if not paths:
            self.stdout.write(f"There is no .txt file in {settings.WORDLIST_DIR}.")
        failed = []
        for path in paths:
            try:
                self.stdout.write(f"{path.stem}: {_load(path)}")
            except (OSError, WordlistError, UnknownLanguage, ValidationError) as error:
                failed.append(path.name)
                self.stderr.write(f"{path.name}: {_text(error)}")
        if failed:
            raise CommandError(f"Could not load {', '.join(failed)}.")


@transaction.atomic
def _load(path: Path) -> str:
    """Load one file and return a message that says what was done."""
    data = path.read_bytes()
    header = read_header(data)
    language = canonical_tag(header.get("language", path.stem))
    parsed = parse(data, limits(), language)
    wordlist = Wordlist.objects.filter(slug=path.stem).first()
    if wordlist is None:
        wordlist = Wordlist(
            slug=path.stem,
            title=header.get("title", path.stem),
            language=language,
            units=default_units(language),
            source=header.get("source", ""),
            licence=header.get("licence", ""),
            visibility=Visibility.STARTER,
        )
        wordlist.full_clean()
        revision = create_wordlist(wordlist, parsed.words, note=STARTER_NOTE)
        return f"created as {revision} with {_counts(parsed)}"
    known = wordlist.revisions.filter(sha256=parsed.digest).first()
    if known is not None:
        return f"nothing new: {known} has this content"
    current = wordlist.current
    if current is not None and (current.note != STARTER_NOTE or current.created_by_id is not None):
        return f"not changed: a user made the current revision {current}"
    revision, _ = add_revision(wordlist, parsed.words, note=STARTER_NOTE)
    return f"updated to {revision} with {_counts(parsed)}"


def _counts(parsed: ParsedWordlist) -> str:
    text = f"{len(parsed.words):,} entries"
    if parsed.rejected:
        text += f"; {len(parsed.rejected):,} lines rejected, the first: {parsed.rejected[0]}"
    return text


def _text(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{key}: {' '.join(text)}" for key, text in error.message_dict.items())
    if isinstance(error, UnknownLanguage):
        return f"language: {error}"
    return str(error)
