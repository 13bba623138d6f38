"""The handle of a reply for which the engine gets several requests.

To its reader it is one request: a long one, whose text begins late. A thread for each such reply
waits for one phase after the other, because an engine in another process accepts a request only
after an answer over the network.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence

from generation.chat.phases import Kind, Phase, PhasedRequest, merged, phases_of
from generation.engine.contract import (
    Completion,
    EngineBusy,
    GenerationCancelled,
    GenerationRequest,
    Piece,
)
from generation.engine.engine_protocol import Engine
from generation.engine.handle import Handle
from generation.serving.engine_provider import get_engine

# A reply that has begun keeps its turn: it waits for a place in the engine's full queue.
RETRY_SECONDS = 0.5


def submit(request: GenerationRequest) -> Handle:
    (handle,) = submit_all([request])
    return handle


def submit_all(requests: Sequence[GenerationRequest]) -> list[Handle]:
    """Queue the first phase of all of them, or none. See `Engine` for the errors."""
    engine = get_engine()
    phased = [
        PhasedHandle(engine, each) if isinstance(each, PhasedRequest) else None for each in requests
    ]
    handles = engine.submit_all(
        [each.first if each else request for each, request in zip(phased, requests, strict=True)]
    )
    return [
        handle if each is None else each.started(handle)
        for each, handle in zip(phased, handles, strict=True)
    ]


class PhasedHandle(Handle):
    def __init__(self, engine: Engine, request: PhasedRequest) -> None:
        super().__init__()
        self._engine = engine
        self._phases = phases_of(request)
        self._phase = next(self._phases)
        self._earlier: list[tuple[Phase, Completion]] = []

    @property
    def first(self) -> GenerationRequest:
        return self._phase.request

    def started(self, handle: Handle) -> PhasedHandle:
        """handle: Of the first phase."""
        self.on_cancel(handle.cancel)
        threading.Thread(target=self._run, args=(handle,), name="phases", daemon=True).start()
        return self

    def _run(self, handle: Handle) -> None:
        try:
            completion = self._completion_of(handle)
            while self._phase.kind is not Kind.REPLY:
                self._earlier.append((self._phase, completion))
                self._phase = self._phases.send(completion)
                handle = self._submit(self._phase)
                self.on_cancel(handle.cancel)
                completion = self._completion_of(handle)
            self.finish(merged(self._earlier, completion))
        except Exception as error:
            self.fail(error)

    def _submit(self, phase: Phase) -> Handle:
        while not self.cancelled:
            try:
                return self._engine.submit(phase.request)
            except EngineBusy:
                self._cancelled.wait(RETRY_SECONDS)
        raise GenerationCancelled

    def _completion_of(self, handle: Handle) -> Completion:
        if self._phase.shown:
            self._relay(handle)
        completion = handle.result()
        self.prompt_truncated = self.prompt_truncated or completion.prompt_truncated
        return completion

    def _relay(self, handle: Handle) -> None:
        """Pass on the pieces of the phase until it ends."""
        changed = threading.Event()
        position, done = 0, False
        with handle.watched(changed.set):
            while not done:
                changed.clear()
                piece, position, done = handle.after(position)
                self.prompt_truncated = self.prompt_truncated or handle.prompt_truncated
                if piece is not None:
                    self._add(piece if self._phase.kind is Kind.REPLY else as_reasoning(piece))
                elif not done:
                    changed.wait()


def as_reasoning(piece: Piece) -> Piece:
    return Piece("", reasoning=piece.text)
