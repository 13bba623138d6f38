"""Wordlists as files: what a file says about itself, and how a stored list is written out.

A file is `#` lines (`# title: ...`) followed by one entry a line, the format of wordlists/*.txt.
What `render` writes, `parse` reads back to the same digest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import add_revision

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Says that `load_wordlists` made a revision, so that a later run may replace it.
STARTER_NOTE = "starter list"

HEADER_KEYS = frozenset({"title", "language", "source", "licence"})
_HEADER_LINE = re.compile(r"#\s*(\w+)\s*:\s*(.*\S)")


@transaction.atomic
def create_wordlist(
    wordlist: Wordlist, words: Sequence[str], *, note: str = "", user: User | None = None
) -> WordlistRevision:
    """Save a new list together with its first revision: no list is ever empty.

    The caller has validated it. Raises IntegrityError if the slug was taken in the meantime.
    """
    wordlist.save(force_insert=True)
    revision, _ = add_revision(wordlist, words, note=note, user=user)
    wordlist.refresh_from_db(fields=["current"])
    return revision


def make_current(revision: WordlistRevision) -> None:
    Wordlist.objects.filter(pk=revision.wordlist_id).update(current=revision)


def render(revision: WordlistRevision) -> str:
    """Return the revision as a file."""
    wordlist = revision.wordlist
    facts = {
        "title": wordlist.title,
        "language": wordlist.language,
        "revision": revision.reference,
        "entries": str(revision.word_count),
        "source": wordlist.source,
        "licence": wordlist.licence,
        "note": revision.note,
        "sha256": revision.sha256,
    }
    # A line break in a title would end the comment and make an entry of the rest.
    header = [f"# {key}: {' '.join(value.split())}\n" for key, value in facts.items() if value]
    return "".join(header) + revision.text + "\n"


def file_name(revision: WordlistRevision) -> str:
    return f"{revision.reference}.txt"


def read_header(data: bytes) -> dict[str, str]:
    """Return what the `#` lines before the first entry say, for the keys in HEADER_KEYS.

    Makes do with any bytes: whether the file can be read at all is for `parse` to say.
    """
    found: dict[str, str] = {}
    for raw in data.decode("utf-8-sig", errors="replace").split("\n"):
        line = raw.strip()
        if line and not line.startswith("#"):
            break
        match = _HEADER_LINE.fullmatch(line)
        if match and match[1].lower() in HEADER_KEYS:
            found.setdefault(match[1].lower(), match[2])
    return found
