from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from tests.generation.wordlist_api.client import ListsApi


@pytest.fixture
def api(user: User) -> ListsApi:
    return ListsApi(user)


@pytest.fixture
def other(db: None) -> ListsApi:
    """A client of another user."""
    return ListsApi(User.objects.create_user("bo"))
