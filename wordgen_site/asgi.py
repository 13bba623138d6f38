"""The ASGI application: HTTP goes to Django, the pages' WebSockets go to their consumers."""

from __future__ import annotations

import os
from asyncio import ensure_future, shield
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wordgen_site.settings")
django.setup(set_prefix=False)  # the imports below need it

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import WebsocketDenier  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import re_path  # noqa: E402
from twisted.internet import reactor  # noqa: E402
from twisted.internet.defer import Deferred  # noqa: E402

from batches.pages import routing as batches_routing  # noqa: E402
from generation.api import internal_views  # noqa: E402
from generation.playground import routing as generation_routing  # noqa: E402
from generation.serving import engine_provider  # noqa: E402
from wordgen_site.config.data_dir import protect  # noqa: E402
from wordgen_site.http import daphne_patches, early_errors  # noqa: E402
from wordgen_site.http.socket_limits import LimitPerUser  # noqa: E402
from wordgen_site.http.socket_origin import SameOriginValidator  # noqa: E402

protect(settings.DATA_DIR, settings.DATABASES)
daphne_patches.apply()
http_application = daphne_patches.with_deferred_bodies(early_errors.ApiHandler())

# When daphne stops, it cancels all running requests. Other processes of this project that wait for
# the engine are told first that there will be no answer.
reactor.addSystemEventTrigger(
    "before",
    "shutdown",  # type: ignore[arg-type]
    lambda: Deferred.fromFuture(ensure_future(internal_views.stop())),
)

# In the background, once daphne listens. Another server, or a test, loads it at the first request.
reactor.callWhenRunning(engine_provider.start_loading)


async def http(scope: Any, receive: Any, send: Any) -> None:
    response = ensure_future(http_application(scope, receive, send))
    # Shielded from daphne's cancellation, so that `internal_views.stop` can still answer these
    # requests.
    await (shield(response) if scope["path"].startswith("/internal/") else response)


application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": SameOriginValidator(
            AuthMiddlewareStack(
                LimitPerUser(
                    URLRouter(
                        [
                            *generation_routing.websocket_urlpatterns,
                            *batches_routing.websocket_urlpatterns,
                            re_path("", WebsocketDenier.as_asgi()),  # an unknown path
                        ]
                    )
                )
            )
        ),
    }
)
