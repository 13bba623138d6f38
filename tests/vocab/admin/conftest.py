from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User

from vocab.models import Wordlist
from vocab.revisions import add_revision

WORDS = ["agua", "pan", "sed", "Luna", "año"]


@pytest.fixture
def wordlist(db: None) -> Wordlist:
    """A list with one revision: es@1."""
    wordlist = Wordlist.objects.create(slug="es", title="Uno", language="es")
    add_revision(wordlist, WORDS)
    wordlist.refresh_from_db()
    return wordlist


@pytest.fixture
def viewer(db: None) -> User:
    """May see lists and revisions, and change none."""
    user = User.objects.create_user("berta", is_staff=True)
    names = ["view_wordlist", "view_wordlistrevision"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    return user
