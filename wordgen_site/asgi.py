"""HTTP goes to Django, the pages' WebSockets to their consumers."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wordgen_site.settings")
http_application = get_asgi_application()  # sets Django up: the imports below need it

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from daphne.http_protocol import WebRequest  # noqa: E402

from batches import routing as batches_routing  # noqa: E402
from generation import routing as generation_routing  # noqa: E402
from wordgen_site import daphne_memory  # noqa: E402

# Django parses forms, from a file on disk. Twisted would parse them as well, for nobody, and take
# ten times an upload's size in memory for it.
WebRequest._parsePOSTFormSubmission = property(lambda request: False, lambda request, value: None)

daphne_memory.improve()

application = ProtocolTypeRouter(
    {
        "http": daphne_memory.reading_late(http_application),
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
