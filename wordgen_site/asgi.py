"""HTTP goes to Django, the pages' WebSockets to their consumers."""

from __future__ import annotations

import os
from asyncio import ensure_future, shield
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wordgen_site.settings")
django.setup(set_prefix=False)  # the imports below need it

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from daphne.http_protocol import WebRequest  # noqa: E402
from twisted.internet import reactor  # noqa: E402
from twisted.internet.defer import Deferred  # noqa: E402

from batches.pages import routing as batches_routing  # noqa: E402
from generation.api import internal_views  # noqa: E402
from generation.playground import routing as generation_routing  # noqa: E402
from wordgen_site.http import daphne_patches, early_errors  # noqa: E402

# Django parses forms, from a file on disk. Twisted would parse them as well, for nobody, and take
# ten times an upload's size in memory for it.
WebRequest._parsePOSTFormSubmission = property(lambda request: False, lambda request, value: None)
WebRequest.basic_error = early_errors.basic_error

daphne_patches.improve()
http_application = daphne_patches.reading_late(early_errors.ApiHandler())

# To stop, daphne cancels whatever is being answered. What other processes of ours wait for is told
# first that there will be no answer.
reactor.addSystemEventTrigger(
    "before",
    "shutdown",  # type: ignore[arg-type]
    lambda: Deferred.fromFuture(ensure_future(internal_views.stop())),
)


async def http(scope: Any, receive: Any, send: Any) -> None:
    answering = ensure_future(http_application(scope, receive, send))
    await (shield(answering) if scope["path"].startswith("/internal/") else answering)


application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(
                URLRouter(
                    [
                        *generation_routing.websocket_urlpatterns,
                        *batches_routing.websocket_urlpatterns,
                    ]
                )
            )
        ),
    }
)
