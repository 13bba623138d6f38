"""`manage.py qcluster` with a slow model that records its prompts.

Run as `python -m tests.process.worker`. A reply has eight tokens, TOKEN_SECONDS apart.
For each reply that is begun, a line "PID PROMPT" is added to the file DIARY.
SILENCE_SECONDS is the time for which a waiting worker may be silent.
"""

from __future__ import annotations

import itertools
import os
import signal
import sys
import threading
from collections.abc import Callable

from generation.engine.contract import Completion, Emit, GenerationCancelled, GenerationRequest
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service.decoder import SequentialDecoder
from generation.serving import engine_provider

POISON = "This prompt kills."
# Its first reply does not end. A job answers it after its prompts of the same length.
HANGING = "prompt ++"


class SlowDecoder(SequentialDecoder):
    """The scripted decoder, slowed down. POISON kills the process, like a crash in native code."""

    def __init__(self) -> None:
        self._made_up = ScriptedDecoder()
        self._never = threading.Event()
        self._pace = float(os.environ.get("TOKEN_SECONDS", "0.002"))

    def decode(
        self,
        request: GenerationRequest,
        emit: Emit,
        cancelled: Callable[[], bool],
    ) -> Completion:
        prompt = request.messages[-1].content
        with open(os.environ["DIARY"], "a+") as diary:
            diary.seek(0)
            hangs = prompt == HANGING and HANGING not in diary.read()
            diary.write(f"{os.getpid()} {prompt}\n")
        if prompt == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        tokens = itertools.count() if hangs else range(8)
        for _ in tokens:
            if cancelled():
                raise GenerationCancelled
            self._never.wait(self._pace)
        return self._made_up.decode(request, emit, cancelled)


if __name__ == "__main__":
    import django
    from django.core.management import execute_from_command_line

    django.setup()
    from batches.cluster import heartbeat, watched_cluster
    from batches.worker import answer_slice

    if "SILENCE_SECONDS" in os.environ:
        heartbeat.WAITING_SECONDS = float(os.environ["SILENCE_SECONDS"])
        heartbeat.INTERVAL_SECONDS = heartbeat.WAITING_SECONDS / 6
        watched_cluster.GRACE_SECONDS = 1.0
    answer_slice.BACK_OFF_SECONDS = 1.0  # shorter than in production
    # The worker looks this up when it creates its engine, after the fork.
    engine_provider.load_scripted = SlowDecoder
    execute_from_command_line([sys.argv[0], "qcluster"])
