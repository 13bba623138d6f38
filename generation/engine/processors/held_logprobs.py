"""Log-probabilities of tokens whose text is held back, until the text is sent.

Their bytes are always those of the text that was sent: joined and decoded they are the text.
"""

from __future__ import annotations

import codecs
from collections import deque
from dataclasses import replace

from generation.engine.contract import TokenLogprob


class HeldLogprobs:
    """Used for one reply."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._bytes = 0  # of all tokens
        self._ends: list[int] = []  # for each character of all tokens, the end of its bytes
        self._held: deque[tuple[int, TokenLogprob]] = deque()  # with the start of its bytes

    def push(self, token: TokenLogprob) -> None:
        self._held.append((self._bytes, token))
        for byte in token.data:
            before, self._bytes = self._bytes, self._bytes + 1
            characters = len(self._decoder.decode(bytes((byte,))))
            incomplete = len(self._decoder.getstate()[0])
            if characters == 2:  # the byte does not continue a character, and is one itself
                self._ends.append(before)
            if characters:
                self._ends.append(self._bytes - incomplete)

    def release(self, sent: int, *, last: bool = False) -> list[TokenLogprob]:
        """Return the tokens whose text is sent, each token once.

        sent: Number of characters that have been sent.
        last: No more text will be sent. If it ends inside a token, that token's bytes end there;
            the tokens after it are never returned, because they would reveal a stop string.
        """
        limit = self._ends[sent - 1] if sent else 0
        released = []
        while self._held and self._held[0][0] < limit:
            start, token = self._held[0]
            if start + len(token.data) > limit:
                if not last:
                    break
                token = replace(token, data=token.data[: limit - start])
            self._held.popleft()
            released.append(token)
        return released

    def rest(self) -> list[TokenLogprob]:
        """Return the tokens without text in the reply, after the last `release`."""
        rest = [token for _, token in self._held]
        self._held.clear()
        return rest
