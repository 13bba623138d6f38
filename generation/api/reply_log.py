"""One log line for each finished reply: whose it is, its list, tokens and time. Never a text."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from rest_framework.request import Request

from generation.auth.authentication import caller
from generation.engine.contract import Completion
from generation.openai.completions import usage_of
from vocab.pinned_wordlist import PinnedWordlist

logger = logging.getLogger("wordgen.reply")


class ReplyLog:
    """Made when the request starts. `write` may be called by any thread, without a database."""

    def __init__(self, request: Request, wordlist: PinnedWordlist | None) -> None:
        self._request_id: str = getattr(request._request, "request_id", "")
        self._key = caller(request)[1].prefix
        self._list = str(wordlist.revision) if wordlist else "-"
        self._started = time.perf_counter()

    def write(self, choices: Sequence[Completion]) -> None:
        usage = usage_of(*choices)
        fields = {
            "request_id": self._request_id,
            "key": self._key,
            "list": self._list,
            "prompt_tokens": usage["prompt_tokens"],
            "completion_tokens": usage["completion_tokens"],
            "ms": round((time.perf_counter() - self._started) * 1000),
        }
        text = " ".join(f"{name}=%s" for name in fields)
        logger.info(text, *fields.values(), extra=fields)
