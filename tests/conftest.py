"""Fixtures that several test files use. Whatever one file alone needs stays in that file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from django.contrib.auth.models import User
from django.db import connections

from generation.auth.api_key import ApiKey
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import set_engine
from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import add_revision

MakeWordlist = Callable[..., WordlistRevision]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.allowed_skips")
    config.pluginmanager.import_plugin("tests.coverage_sample")
    config.pluginmanager.import_plugin("tests.slow_files")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A file, as in production: in a database in memory threads do not wait for each other's
    transactions, they fail.
    """
    database = connections["default"].settings_dict
    database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    database["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("ana")


@pytest.fixture
def api_key(user: User) -> str:
    """The token of a key of `user`."""
    key = ApiKey(name="tests", user=user)
    token = key.set_token()
    key.save()
    return token


@pytest.fixture
def bearer(api_key: str) -> dict[str, str]:
    """For `client.post(..., headers=bearer)`."""
    return {"Authorization": f"Bearer {api_key}"}


@pytest.fixture
def make_wordlist(db: None) -> MakeWordlist:
    """Make a list, or give the list of that slug a new revision."""

    def make(slug: str, words: Sequence[str], language: str = "en") -> WordlistRevision:
        wordlist, _ = Wordlist.objects.get_or_create(
            slug=slug, defaults={"title": slug, "language": language}
        )
        revision, _ = add_revision(wordlist, words)
        return revision

    return make


@pytest.fixture
def scripted() -> Iterator[ScriptedDecoder]:
    """The decoder behind this process's engine."""
    decoder = ScriptedDecoder()
    set_engine(ThreadedEngine(lambda: decoder, 8))
    yield decoder
    set_engine(None)
