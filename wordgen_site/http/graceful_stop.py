"""When the server stops, it accepts no connection any more and finishes the replies in progress.

Otherwise each restart would cut the streams of all clients. Requests under /internal/ are not
waited for: `internal_views.stop` tells their clients to ask again.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, cast

from daphne.http_protocol import WebRequest
from daphne.server import Server
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.tcp import Port

from generation.chat.per_key_limit import per_user_limit

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.05
FLUSH_SECONDS = 0.2  # the last bytes can still leave
CUT_SECONDS = 5.0  # until a reply that was cut has ended in the engine


async def finish_replies(server: Server) -> None:
    """Close the ports, and wait until no reply is in progress, but at most STOP_SECONDS."""
    # Not from `server.listeners`: daphne's callback takes the ports out of them.
    for reader in cast(Any, reactor).getReaders():
        if isinstance(reader, Port):
            cast(Any, reader).stopListening()
    if not replies_in_progress(server):
        return
    logger.info("stopping: replies in progress=%s", replies_in_progress(server))
    if await _is_over(server, settings.STOP_SECONDS):
        await asyncio.sleep(FLUSH_SECONDS)
        return
    logger.warning("stopping: replies that were cut=%s", replies_in_progress(server))
    # As if their clients had left: a view that waits in a thread ends then, and not if daphne
    # cancels its request.
    for request in _requests(server):
        request.channel.forceAbortClient()
    await _is_over(server, CUT_SECONDS)


async def _is_over(server: Server, seconds: float) -> bool:
    """Wait until no reply is in progress. Returns False after some seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while replies_in_progress(server):
                await asyncio.sleep(POLL_SECONDS)
    return not replies_in_progress(server)


def replies_in_progress(server: Server) -> int:
    """Return the number of HTTP requests without a whole response, or of replies if it is larger.

    The replies of the playground have no HTTP request: its sockets stay open.
    """
    return max(len(_requests(server)), per_user_limit.total)


def _requests(server: Server) -> list[WebRequest]:
    """Return the complete requests of clients that have no whole response yet."""
    return [
        protocol
        for protocol, details in server.connections.items()
        if isinstance(protocol, WebRequest)
        and "application_instance" in details
        and not details["application_instance"].done()
        and not protocol.intake.head.path.startswith("/internal/")
    ]
