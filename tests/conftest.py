"""Fixtures that several test files use. Fixtures of one file stay in that file."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import _lru_cache_wrapper

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.db import connections

from generation.auth.api_key import ApiKey
from generation.chat.per_key_limit import per_key_limit, per_user_limit
from generation.engine.cpu.release_memory import release_memory
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import set_engine
from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import add_revision

# A stream that a test has closed is given back by the engine's thread a moment later.
SECONDS_TO_GIVE_BACK = 5.0

MakeWordlist = Callable[..., WordlistRevision]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.import_plugin("tests.allowed_skips")
    config.pluginmanager.import_plugin("tests.coverage_sample")
    config.pluginmanager.import_plugin("tests.slow_files")
    # A test fails for what it finds, not for the time that it takes on a busy machine.
    hypothesis.settings.register_profile("untimed", deadline=None)
    hypothesis.settings.load_profile("untimed")
    # Tests keep millions of objects in caches; the usual threshold would visit them too often.
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_finish() -> None:
    """Keep what the test files have imported out of every later garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Use a file, as in production. In a database in memory, a thread does not wait for the
    transaction of another thread; it fails.
    """
    database = connections["default"].settings_dict
    database["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
    database["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"


@pytest.fixture(scope="module", autouse=True)
def released_caches(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the `functools.cache`s of a file after its last test, and give their memory back.

    Some hold millions of objects, which each garbage collection of the later files would visit.
    """
    yield
    caches = [
        value
        for value in vars(request.module).values()
        if isinstance(value, _lru_cache_wrapper) and value.__module__.startswith("tests.")
    ]
    for each in caches:
        each.cache_clear()
    if caches:
        gc.collect()
        release_memory()


@pytest.fixture(autouse=True)
def places_given_back() -> Iterator[None]:
    """Fail a test that leaves places taken in the limits of concurrent replies.

    The usual cause is a stream that the test has not read to its end or closed. Without this, a
    later test that counts the places would fail instead, in some orders only.
    """
    limits = (per_key_limit, per_user_limit)
    before = [limit.total for limit in limits]
    yield
    deadline = time.monotonic() + SECONDS_TO_GIVE_BACK
    while [limit.total for limit in limits] != before and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    after = [limit.total for limit in limits]
    assert after == before, "the test has left replies open: read or close its streams"


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("ana")


@pytest.fixture
def api_key(user: User) -> str:
    """Return the token of an API key of `user`."""
    key = ApiKey(name="tests", user=user)
    token = key.set_token()
    key.save()
    return token


@pytest.fixture
def bearer(api_key: str) -> dict[str, str]:
    """Headers for `client.post(..., headers=bearer)`."""
    return {"Authorization": f"Bearer {api_key}"}


@pytest.fixture
def make_wordlist(db: None) -> MakeWordlist:
    """Return a function that creates a wordlist, or adds a revision to the one with that slug."""

    def make(slug: str, words: Sequence[str], language: str = "en") -> WordlistRevision:
        wordlist, _ = Wordlist.objects.get_or_create(
            slug=slug, defaults={"title": slug, "language": language}
        )
        revision, _ = add_revision(wordlist, words)
        return revision

    return make


@pytest.fixture
def scripted() -> Iterator[ScriptedDecoder]:
    """Return the decoder of the engine in this process."""
    decoder = ScriptedDecoder()
    set_engine(ThreadedEngine(lambda: decoder, 8))
    yield decoder
    set_engine(None)
