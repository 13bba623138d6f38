"""A model whose prompt is a command, so that tests control each request. It has many rows.

"say A B C"       writes these words and ends
"hold"            writes one word, then waits until it is cancelled
"wait"            waits until it is cancelled
"break WORD"      fails with the error of that name, before any text
"break later"     writes one word and fails when `fail_now` is set
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator

from generation.engine.contract import (
    Completion,
    EngineError,
    EngineStopped,
    GenerationCancelled,
    GenerationRequest,
    NoContinuation,
    PromptTooLong,
)
from generation.engine.handle import Handle
from generation.engine.service.decoder import as_engine_error
from generation.engine.stats.counters import Counters

STEP_SECONDS = 0.001
ROWS = int(os.environ.get("PUPPET_ROWS", "4"))
# Made anew: an exception that was raised keeps what was there alive.
FAILURES: dict[str, Callable[[], Exception]] = {
    "plainly": lambda: EngineError("It broke."),
    "surprisingly": lambda: KeyError("a secret detail"),
    "thread": lambda: EngineStopped("The engine stopped; please send the request again."),
    "list": lambda: NoContinuation("The list cannot be written."),
    "long": lambda: PromptTooLong(10, 20),
}
fail_now = threading.Event()


class Job:
    def __init__(self, request: GenerationRequest, handle: Handle) -> None:
        self.handle = handle
        self.seed = request.sampling.seed or 0
        self.words: list[str] = []
        prompt = request.prompt
        command = prompt if isinstance(prompt, str) else request.messages[-1].content
        self._order, _, rest = command.partition(" ")
        self._limit = request.sampling.max_tokens
        self._rest = rest.split()
        self._steps = self._run()

    def step(self) -> bool:
        """True if it is over."""
        return next(self._steps, True)

    def _run(self) -> Iterator[bool]:
        match self._order:
            case "say":
                for word in self._rest[: self._limit]:
                    self._emit(word)
                    yield False
            case "hold" | "wait":
                if self._order == "hold":
                    self._emit("held")
                while True:
                    yield False
            case "break" if self._rest == ["later"]:
                fail_now.clear()
                self._emit("soon")
                while not fail_now.is_set():
                    yield False
                raise EngineError("It broke later.")
            case "break":
                raise FAILURES[self._rest[0]]()
        self.handle.finish(self._completion())

    def _emit(self, word: str) -> None:
        word = f" {word}" if self.words else word
        self.words.append(word)
        self.handle.emit(word)

    def _completion(self) -> Completion:
        return Completion(
            text="".join(self.words),
            finish_reason="length" if len(self._rest) > self._limit else "stop",
            prompt_tokens=len(self._rest) + 1,
            completion_tokens=len(self.words),
            seed=self.seed,
        )


class Puppet:
    """A decoder (see `generation.engine.service.decoder.Decoder`)."""

    serving = constraints = None
    cache_usage = 0.0

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._pause = threading.Event()  # never set
        self.use(Counters())

    def use(self, counters: Counters) -> None:
        self._counters = counters

    @property
    def busy(self) -> bool:
        return bool(self._jobs)

    def has_to_build(self, request: GenerationRequest) -> bool:
        return False

    def build(self, request: GenerationRequest) -> None: ...

    def prepare(self, request: GenerationRequest, handle: Handle) -> Job:
        return Job(request, handle)

    def admit(self, job: Job) -> bool:
        if len(self._jobs) >= ROWS:
            return False
        self._jobs.append(job)
        return True

    def step(self) -> None:
        self._pause.wait(STEP_SECONDS)
        self._counters.count_step(rows=len(self._jobs), forward=STEP_SECONDS, rest=0.0)
        for job in list(self._jobs):
            try:
                if job.handle.cancelled:
                    raise GenerationCancelled
                if not job.step():
                    continue
            except Exception as error:
                job.handle.fail(as_engine_error(error))
            self._jobs.remove(job)
            self._counters.count_request(failed=False)

    def abandon(self, error: Exception) -> None:
        for job in self._jobs:
            job.handle.fail(error)
        self._jobs.clear()
