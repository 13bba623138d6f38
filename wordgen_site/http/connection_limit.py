"""A limit on the open connections, so that files and the database can still be opened.

A process at its limit of open files can accept nobody. Before that, the connection that has waited
longest without a complete request makes room for the next one, then one whose client does not read
its response. If all are at work, the next one is refused.
"""

from __future__ import annotations

import logging
import resource
import time
from itertools import chain
from typing import Any

from django.conf import settings

logger = logging.getLogger(__name__)

# A request needs other files too: the database has three with SQLite, an upload has one.
SHARE_OF_FILES = 0.5
LOG_SECONDS = 10.0
# A WebSocket and an arriving body cannot be closed to make room. So a user may have at most an
# eighth of all connections for each of the two, and never more than this number.
SHARE_OF_A_USER = 8
MAX_OF_A_USER = 64


def connection_limit() -> int:
    if settings.MAX_CONNECTIONS:
        return int(settings.MAX_CONNECTIONS)
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(1, int(files * SHARE_OF_FILES))


def connections_of_a_user() -> int:
    """Return how many WebSockets one user may have open, and how many large bodies on their way."""
    return max(1, min(MAX_OF_A_USER, connection_limit() // SHARE_OF_A_USER))


class OpenConnections:
    """The connections of one listening server, the oldest first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._protocols: list[Any] = []
        self._prune_at = limit
        self._dropped = self._refused = 0
        self._logged_at = float("-inf")

    def admits(self) -> bool:
        """Make room for another connection. False if all are at work."""
        if len(self._protocols) < self._prune_at:
            return True
        self._protocols = [each for each in self._protocols if is_open(each)]
        # Closed ones are found in passing, not at each new connection.
        self._prune_at = min(self._limit, 2 * len(self._protocols) + 64)
        if len(self._protocols) < self._limit:
            return True
        idle = (each for each in self._protocols if not is_at_work(each))
        unread = (each for each in self._protocols if is_unread(each))
        dropped = next(chain(idle, unread), None)
        if dropped is None:
            self._refused += 1
        else:
            self._dropped += 1
            self._protocols.remove(dropped)
            channel_of(dropped).transport.abortConnection()
        self._log()
        return dropped is not None

    def add(self, protocol: Any) -> None:
        self._protocols.append(protocol)

    def _log(self) -> None:
        now = time.monotonic()
        if now - self._logged_at < LOG_SECONDS:
            return
        logger.warning(
            "connection limit reached limit=%s closed=%s refused=%s",
            self._limit,
            self._dropped,
            self._refused,
        )
        self._logged_at, self._dropped, self._refused = now, 0, 0


def channel_of(protocol: Any) -> Any:
    return protocol._channel


def is_open(protocol: Any) -> bool:
    transport = channel_of(protocol).transport
    return transport is None or bool(transport.connected)  # None: it is being set up


def is_at_work(protocol: Any) -> bool:
    """Return whether a request is complete or has a valid key, or the connection is a WebSocket."""
    channel = channel_of(protocol)
    if channel.transport is None or channel._handlingRequest:
        return True
    intakes = (getattr(request, "intake", None) for request in channel.requests)
    return any(intake is not None and intake.is_allowed for intake in intakes)


def is_unread(protocol: Any) -> bool:
    """Return whether the client has not read what was sent, so that nothing more can be sent."""
    return bool(channel_of(protocol)._waitingForTransport)


def limiting_connections(build: Any) -> Any:
    """For `HTTPFactory.buildProtocol`, with which Twisted asks for a new connection's protocol."""

    def build_protocol(self: Any, address: Any) -> Any:
        connections = self.__dict__.setdefault(
            "open_connections", OpenConnections(connection_limit())
        )
        if not connections.admits():
            return None  # Twisted closes the connection
        protocol = build(self, address)
        connections.add(protocol)
        return protocol

    return build_protocol
