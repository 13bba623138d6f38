"""Makes lists with their first revision, and reads the facts in the `#` lines of a list's file.

`vocab.export` writes such files.
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

# The note of revisions that `load_wordlists` made; a later run may replace these.
STARTER_NOTE = "starter list"

HEADER_KEYS = frozenset({"title", "language", "source", "licence"})
_HEADER_LINE = re.compile(r"#\s*(\w+)\s*:\s*(.*\S)")


@transaction.atomic
def create_wordlist(
    wordlist: Wordlist,
    words: Sequence[str],
    *,
    ranked: bool = True,
    note: str = "",
    user: User | None = None,
) -> WordlistRevision:
    """Save a new list together with its first revision, so that every list has entries.

    The caller must have validated `wordlist`. Raises IntegrityError if the slug was taken since.
    """
    wordlist.save(force_insert=True)
    revision, _ = add_revision(wordlist, words, ranked=ranked, note=note, user=user)
    wordlist.refresh_from_db(fields=["current"])
    return revision


def read_header(data: bytes) -> dict[str, str]:
    """Return the values of HEADER_KEYS in the `#` lines before the first entry.

    Accepts any bytes; `parse` reports files that are not valid.
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
