"""PREBUILD_LANGS and PREBUILD_WORD_COUNTS: the lists that are prepared before the first request."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from generation.constraint.session import DeadEnd
from generation.engine.local import LocalDecoder
from generation.serving.prebuild import prebuild
from tests.conftest import MakeWordlist
from tests.generation.engine import tiny
from vocab.words.lexicon import Lexicon
from vocab.words.vocabulary import Vocabulary

SPANISH = ["hola", "la", "casa", "es", "una", "niño"]
ENGLISH = ["the", "dog", "cat"]


def warmed(settings: Any, langs: list[str], counts: list[int]) -> list[tuple[str, int]]:
    """The calls of `warm`: (first word of the list, N)."""
    settings.PREBUILD_LANGS, settings.PREBUILD_WORD_COUNTS = langs, counts
    found: list[tuple[str, int]] = []
    prebuild(lambda vocabulary: found.append((vocabulary.words[0], vocabulary.n_words)))
    return found


def test_every_list_is_built_with_every_count_once(
    make_wordlist: MakeWordlist, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make_wordlist("es", SPANISH, "es")
    make_wordlist("en", ENGLISH, "en")
    with caplog.at_level(logging.INFO, "generation.serving.prebuild"):
        pairs = warmed(settings, ["es", "en"], [2, 3, 1000, 2000])
    # 1,000 and 2,000 both mean all words, and the English list has three.
    assert pairs == [("hola", 2), ("hola", 3), ("hola", 6), ("the", 2), ("the", 3)]
    assert len(caplog.messages) == 5
    assert caplog.messages[0].startswith("prebuilt list=es@1 words=2 seconds=")


def test_without_counts_whole_lists_are_built(make_wordlist: MakeWordlist, settings: Any) -> None:
    make_wordlist("es", SPANISH, "es")
    assert warmed(settings, ["es"], []) == [("hola", 6)]


def test_nothing_is_built_or_read_by_default(settings: Any) -> None:
    assert (settings.PREBUILD_LANGS, settings.PREBUILD_WORD_COUNTS) == ([], [])
    assert warmed(settings, [], [1000]) == [], "without the database, which this test may not use"


def test_unknown_lists_are_skipped_with_a_warning(
    make_wordlist: MakeWordlist, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make_wordlist("es", SPANISH, "es")
    make_wordlist("es", ENGLISH, "es")
    assert warmed(settings, ["fr", "es@1", "es@3"], [2]) == [("hola", 2)]
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert warnings == [
        "not prebuilt list=fr: There is no wordlist 'fr'; there are: es",
        "not prebuilt list=es@3: Wordlist 'es' has no revision 3; its latest is 2",
    ]


def test_a_list_that_cannot_be_written_does_not_stop_the_others(
    make_wordlist: MakeWordlist, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make_wordlist("zh", ["词"], "zh")
    make_wordlist("es", SPANISH, "es")
    settings.PREBUILD_LANGS = ["zh", "es"]
    decoder = LocalDecoder(
        tiny.loaded(), max_input_tokens=100, truncate=True, constraint_engine="lmfe"
    )
    with caplog.at_level(logging.INFO, "generation.serving.prebuild"):
        prebuild(decoder.warm)
    assert caplog.messages[0] == "not prebuilt list=zh@1: the model cannot write it"
    assert caplog.messages[1].startswith("prebuilt list=es@1 words=6 ")


def test_a_warm_decoder_has_the_first_rows_and_the_tries() -> None:
    vocabulary = Vocabulary("test", Lexicon(SPANISH, "es"), 4)
    encoded: list[str] = []

    def noted(texts: Any) -> list[list[int]]:
        encoded.extend(texts)
        return loaded.encode(texts)

    loaded = tiny.loaded()
    decoder = LocalDecoder(loaded, max_input_tokens=100, truncate=True)
    factory = decoder._input_processor._constraints
    factory._encode = noted
    decoder.warm(vocabulary)
    words = [text for text in encoded if any(map(str.isalpha, text))]
    assert len(words) >= 3 * len(SPANISH), "the paths of every spelling"
    encoded.clear()

    session: Any = factory.session(vocabulary, token_paths="canonical", finish="sentence")
    states = session.state_count
    state = session.start
    for token in loaded.encode(["hola hola."])[0]:
        assert token in session.allowed(state, 500)
        state = session.advance(state, token)
    session.allowed(state, 500)
    assert (session.state_count, encoded) == (states, []), "all of this has been visited"
    # Another N uses the same tries.
    decoder.warm(Vocabulary("test", vocabulary.lexicon, 2))
    assert not any(map(str.isalpha, "".join(encoded))), "marks at most"


def test_warming_a_list_that_cannot_be_written_raises() -> None:
    decoder = LocalDecoder(
        tiny.loaded(), max_input_tokens=100, truncate=True, constraint_engine="lmfe"
    )
    with pytest.raises(DeadEnd):
        decoder.warm(Vocabulary("test", Lexicon(["词"], "zh"), 1))


IN_THE_ENGINES_THREAD = """
import django
django.setup()
from django.core.management import call_command
from django.conf import settings
from django.db import connection
from generation.engine.contract import GenerationRequest, Message, Sampling
from generation.engine.service.engine_thread import ThreadedEngine
from generation.engine.scripted import ScriptedDecoder
from generation.serving.prebuild import prebuild

settings.PREBUILD_LANGS = ["es"]
seen = []

def load():
    prebuild(lambda vocabulary: seen.append(connection.connection is not None))
    seen.append(connection.connection is not None)
    return ScriptedDecoder()

engine = ThreadedEngine(load, 8)
request = GenerationRequest(messages=(Message("user", "Hi"),), sampling=Sampling(max_tokens=3))
engine.submit(request).result()
assert seen == [False], f"no tables, no warm-up, and no reason not to answer: {seen}"

call_command("migrate", verbosity=0)
from vocab.models import Wordlist
from vocab.revisions import add_revision
add_revision(Wordlist.objects.create(slug="es", title="es", language="es"), ["hola", "casa"])
seen.clear()
ThreadedEngine(load, 8).submit(request).result()
assert seen == [True, False], f"connected while it reads the list, then no more: {seen}"
"""


def test_the_engines_thread_closes_its_database_connection(tmp_path: Path) -> None:
    """In a separate process, because the in-memory database of the tests is never closed."""
    done = subprocess.run(
        [sys.executable, "-c", IN_THE_ENGINES_THREAD],
        cwd=Path(django_settings.BASE_DIR),
        env={
            "DJANGO_SETTINGS_MODULE": "tests.browser.settings",
            "BROWSER_DATABASE": str(tmp_path / "db.sqlite3"),
            "PATH": "",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING generation.serving.prebuild not prebuilt: no such table" in done.stderr
    assert "INFO generation.serving.prebuild prebuilt list=es@1 words=2" in done.stderr
