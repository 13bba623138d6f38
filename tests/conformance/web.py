"""The web process as `manage.py serve` starts it, on a free port, with keys and a list.

Run as `python -m tests.conformance.web`. Prints "ready PORT" when it listens. With PUPPET set, its
model is `tests.conformance.puppet`.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import django

django.setup()

from daphne.server import Server  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402

from generation.aliases.model_alias import ModelAlias  # noqa: E402
from generation.auth.api_key import ApiKey  # noqa: E402
from generation.serving import engine_provider  # noqa: E402
from tests.conformance.puppet import Puppet  # noqa: E402
from vocab.models import Wordlist  # noqa: E402
from vocab.revisions import add_revision  # noqa: E402
from wordgen_site.asgi import application  # noqa: E402

KEYS = ("sesame-first-key", "sesame-second-key")
# With a seed: a client that sends only the name of a model gets the same reply each time. Some
# clients refuse names that OpenAI does not have.
ALIASES = ("es-1000", "gpt-4o-mini")
DEFAULTS = {"vocab_token_paths": "canonical", "seed": 9, "temperature": 1.0, "max_tokens": 40}
WORDS = ["hola", "la", "casa", "es", "una", "como", "grande", "perro", "niño", "el", "y", "come"]


def furnish() -> None:
    for token in KEYS:
        key = ApiKey(name=token, user=User.objects.create_user(token))
        key.set_token(token)
        key.save()
    wordlist = Wordlist.objects.create(slug="es", title="es", language="es")
    add_revision(wordlist, WORDS)
    for name in ALIASES:
        ModelAlias.objects.create(name=name, wordlist=wordlist, defaults=DEFAULTS)
    connection.close()


class Announced(Server):  # type: ignore[misc]
    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        sys.stdout.write(f"ready {port.getHost().port}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    furnish()
    if os.environ.get("PUPPET"):
        engine_provider.load_scripted = Puppet
    Announced(application, endpoints=["tcp:port=0:interface=127.0.0.1"], verbosity=0).run()
