"""Limits on what a client sends outside of a body.

Twisted closes the connection of a request whose head is too long, and the client cannot know why.
Here it gets an error. And Twisted keeps requests that come before the response of an earlier one,
in memory; while the client does not read that response, it keeps any number of bytes.

`daphne_patches.py` wraps the members of Twisted's HTTPChannel with these functions.
"""

from __future__ import annotations

from typing import Any

from generation.openai.errors import ApiError
from wordgen_site.http.refusal import send_refusal


def refuse_long_line(self: Any, line: bytes) -> None:
    """For `lineLengthExceeded`: one line is longer than all of a head may be."""
    _refuse(self)


def refusing_long_heads(refuse: Any) -> Any:
    """For `_respondToBadRequestAndDisconnect`, which Twisted also calls for other faults."""

    def refuse_head(self: Any) -> None:
        is_long = self._receivedHeaderSize > self.totalHeadersSize
        if is_long or self._receivedHeaderCount > self.maxHeaders:
            _refuse(self)
        else:
            refuse(self)

    return refuse_head


def _refuse(channel: Any) -> None:
    message = (
        f"The head of the request is too long: its first line and its headers may have"
        f" {channel.totalHeadersSize:,} bytes together, and at most {channel.maxHeaders} headers"
        " are accepted."
    )
    send_refusal(channel, ApiError(431, message))
    channel.loseConnection()


def pausing_early_requests(receive: Any) -> Any:
    """For `rawDataReceived`: stop reading also while the client does not read.

    Twisted takes reading for stopped then, but it is not while a request is being answered. The
    end of that response resumes it.
    """

    def raw_data_received(self: Any, data: bytes) -> None:
        receive(self, data)
        early = sum(map(len, self._dataBuffer))
        if self._handlingRequest and early > self._optimisticEagerReadSize:
            self._networkProducer.pauseProducing()

    return raw_data_received
