"""The site under daphne, with a decoder whose prompts say when it ends. It prints its port.

Run as `python -m tests.browser.server PORT`, 0 for a free one. A new database gets one user and
four wordlists and a model alias.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.settings"

from daphne.server import Server

from generation.engine.contract import Completion, Emit, GenerationCancelled, GenerationRequest
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.decoder import SequentialDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.serving.engine_provider import set_engine
from wordgen_site.asgi import application  # sets Django up, so models are imported after it

USER, PASSWORD = "rosa", "a-long-password"
KEY = "wg_a-key-for-tests-in-a-browser"
GO_ON = "Do not stop."
WAIT = "Do not begin."
TOKEN_SECONDS = 0.03  # slow enough for a test to see the text grow
TEXT = "the a and to of in it was he she they had said little went saw day house old dog sea"
WORDS = TEXT.split()


class PacedDecoder(SequentialDecoder):
    """Writes made-up words: endlessly for the prompt GO_ON, none for WAIT."""

    def __init__(self) -> None:
        self._made_up = ScriptedDecoder()
        self._never = threading.Event()

    def decode(
        self,
        request: GenerationRequest,
        emit: Emit,
        cancelled: Callable[[], bool],
    ) -> Completion:
        prompt = request.messages[-1].content
        if prompt not in (GO_ON, WAIT):
            return self._made_up.decode(request, emit, cancelled)
        words = request.vocabulary.words if request.vocabulary else WORDS
        position = 0
        while not cancelled():
            self._never.wait(TOKEN_SECONDS)
            if prompt == GO_ON:
                emit(f" {words[position * 7 % len(words)]}"[position == 0 :])
                position += 1
        raise GenerationCancelled


def populate() -> None:
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from generation.aliases.model_alias import ModelAlias
    from generation.auth.api_key import ApiKey
    from vocab.models import Wordlist
    from vocab.revisions import add_revision

    call_command("migrate", verbosity=0)
    if User.objects.exists():
        return
    user = User.objects.create_superuser(USER, password=PASSWORD)
    key = ApiKey(name="page", user=user)
    key.set_token(KEY)
    key.save()
    more = [f"w{a}{b}{c}" for a in "aeiou" for b in "bcdfghjklmnpqrstvwxz" for c in "aeiou"]
    for slug, title, language, words, ranked in [
        ("en", "English, the most used words", "en", [*WORDS, *more], True),
        ("tiny", "A few words", "en", WORDS, True),
        ("abc", "Words in no order", "en", WORDS, False),
        ("tiere", "Deutsche Tiere", "de", ["der", "Hund"], True),
        ("fr", "Français", "fr", ["le", "chien"], True),
        ("fr-learner", "French for learners", "fr", ["le", "chien"], True),
    ]:
        wordlist = Wordlist.objects.create(slug=slug, title=title, language=language)
        add_revision(wordlist, words, ranked=ranked)
    ModelAlias.objects.create(
        name="tiny-5",
        wordlist=Wordlist.objects.get(slug="tiny"),
        revision=1,
        n_words=5,
        defaults={"temperature": 0.3, "vocab_case": "free", "stop": ["x"]},
    )


def tell_port(server: Server) -> None:
    sys.stdout.write(f"{server.listening_addresses[0][1]}\n")
    sys.stdout.flush()


def main(port: str) -> None:
    populate()
    set_engine(ThreadedEngine(PacedDecoder, 8))
    server: Server = Server(
        application,
        endpoints=[f"tcp:port={port}:interface=127.0.0.1"],
        ready_callable=lambda: tell_port(server),
        verbosity=0,
    )
    server.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
