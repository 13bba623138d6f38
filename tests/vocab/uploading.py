"""Helpers of the wordlist admin tests: URLs, files, and the first of the two upload steps."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.client_response import ClientResponse
from vocab.models import Wordlist, WordlistDraft
from vocab.revisions import add_revision

LIST = "/admin/vocab/wordlist/"
ADD = "/admin/vocab/wordlist/add/"
UPLOADS = "/uploads/"
# What the form of the first step takes, and what the report page takes.
FIRST = {"language": "es", "title": "Español A2"}
DETAILS = {
    "title": "Español A2",
    "slug": "es-a2",
    "language": "es",
    "visibility": "private",
    "source": "la clase",
    "licence": "CC0",
}


def text_file(
    content: str | bytes = "uno\ndos\ntres\n", name: str = "lista.txt"
) -> SimpleUploadedFile:
    data = content.encode() if isinstance(content, str) else content
    return SimpleUploadedFile(name, data, content_type="text/plain")


def make_list(slug: str = "es", words: tuple[str, ...] = ("uno", "dos")) -> Wordlist:
    wordlist = Wordlist.objects.create(slug=slug, title=slug, language="es")
    add_revision(wordlist, words)
    wordlist.refresh_from_db()
    return wordlist


def add(
    client: Client, file: SimpleUploadedFile | None = None, url: str = ADD, **changes: Any
) -> ClientResponse:
    """Take the first step: upload a file for a new list."""
    return client.post(url, {**FIRST, "file": file or text_file(), **changes})


def new_revision_url(wordlist: Wordlist) -> str:
    return f"{LIST}{wordlist.pk}/new-revision/"


def draft_url() -> str:
    return f"{LIST}drafts/{WordlistDraft.objects.get().pk}/"


def report_url() -> str:
    """Outside of the admin."""
    return f"{UPLOADS}{WordlistDraft.objects.get().pk}/"


def mended(line: int, cell: str, text: str, was: str = "") -> dict[str, str]:
    """Return the fields of a row whose text box was changed."""
    return {"cell-line": str(line), "cell": cell, "cell-was": was, "cell-text": text}


def staff(*codenames: str) -> User:
    user = User.objects.create_user("berta", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user
