"""A submitted request, as its sender and the engine's thread see it.

Text goes from the engine's thread to any number of readers, which may be threads or event loops.
The engine never waits for a reader: a slow one gets several pieces in one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from generation.engine.contract import Completion, Emit, Piece, TokenLogprob


class Handle:
    """Sender's side: `result`, `wait_for_text`, `cancel`; see `streaming.py` for streams.

    Engine's side: `emit_prompt`, `emit`, `finish`, `fail`, `cancelled`, `on_cancel`. Only the first
    `finish` or `fail` has an effect.

    prompt_truncated: The start of the prompt was dropped. An engine that prepares requests ahead
        sets it before the first text; it is set at the latest with the completion.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pieces: list[Piece] = []
        self._completion: Completion | None = None
        self._error: Exception | None = None
        self._cancelled = threading.Event()
        self._watchers: list[Callable[[], object]] = []
        self._on_first_text: Callable[[], object] | None = None
        self._on_cancel: Callable[[], object] | None = None
        self.prompt_truncated = False

    # --- the sender ------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Ask the engine to stop. It stops within one token, or does not start."""
        with self._changed:
            self._cancelled.set()
            call, self._on_cancel = self._on_cancel, None
        if call is not None:
            call()

    @property
    def done(self) -> bool:
        return self._completion is not None or self._error is not None

    @property
    def failed(self) -> bool:
        return self._error is not None

    @property
    def has_text(self) -> bool:
        return bool(self._pieces)

    def result(self, timeout: float | None = None) -> Completion:
        """Wait for the end. Raises the request's error, or TimeoutError.

        timeout: In seconds; None to wait without a limit.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self.done, timeout):
                raise TimeoutError(f"no answer within {timeout} seconds")
            if self._error is not None:
                raise self._error
            assert self._completion is not None  # noqa: S101
            return self._completion

    def wait_for_text(self, timeout: float | None = None) -> bool:
        """Wait until there is text or the request has ended; False after `timeout` seconds.

        Raises the error of a request that failed before any text, so that the caller can still
        answer with an error of its own protocol.
        """
        with self._changed:
            ready = self._changed.wait_for(lambda: self._pieces or self.done, timeout)
            if self._error is not None and not self._pieces:
                raise self._error
            return bool(ready)

    # --- readers of several handles (see `streaming.py`) -----------------------------------------

    @contextmanager
    def watched(self, notify: Callable[[], object]) -> Iterator[None]:
        """Call `notify` after every change.

        The call is made on the engine's thread with the handle's lock held, so it must be short.
        """
        with self._changed:
            self._watchers.append(notify)
        try:
            yield
        finally:
            with self._changed:
                self._watchers.remove(notify)

    def after(self, position: int) -> tuple[Piece | None, int, bool]:
        """Return the pieces after the first `position` ones, joined into one; the new position; and
        whether the request has ended.
        """
        with self._changed:
            new, done = self._pieces[position:], self.done
        if not new:
            return None, position, done
        joined = Piece(
            "".join(piece.text for piece in new),
            tuple(logprob for piece in new for logprob in piece.logprobs),
            tuple(logprob for piece in new for logprob in piece.prompt_logprobs),
            "".join(piece.reasoning for piece in new),
        )
        return joined, position + len(new), done

    # --- the engine ------------------------------------------------------------------------------

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def on_first_text(self, call: Callable[[], object]) -> None:
        """Call this before the first piece is added."""
        self._on_first_text = call

    def on_cancel(self, call: Callable[[], object]) -> None:
        """Call this in the sender's thread when it cancels; at once if it already has."""
        with self._changed:
            if not self._cancelled.is_set():
                self._on_cancel = call
                return
        call()

    def emit_prompt(self, logprobs: Sequence[TokenLogprob]) -> None:
        """Add the log-probabilities of the prompt, before any text."""
        self._add(Piece("", prompt_logprobs=tuple(logprobs)))

    def emit(self, text: str, logprobs: Sequence[TokenLogprob] = ()) -> None:
        if text or logprobs:
            if self._on_first_text is not None:
                call, self._on_first_text = self._on_first_text, None
                call()
            self._add(Piece(text, tuple(logprobs)))

    def _add(self, piece: Piece) -> None:
        with self._changed:
            self._pieces.append(piece)
            self._notify()

    def finish(self, completion: Completion) -> None:
        with self._changed:
            if not self.done:
                self._completion = completion
                self.prompt_truncated = completion.prompt_truncated
                self._notify()

    def fail(self, error: Exception) -> None:
        with self._changed:
            if not self.done:
                self._error = error
                self._notify()

    def _notify(self) -> None:
        self._changed.notify_all()
        for notify in self._watchers:
            notify()


class Relay(Handle):
    """Passes text on at once, for a decoder that answers in the caller's thread."""

    def __init__(self, emit: Emit) -> None:
        super().__init__()
        self._emit = emit

    def emit(self, text: str, logprobs: Sequence[TokenLogprob] = ()) -> None:
        if logprobs:
            self._emit(text, logprobs)
        elif text:
            self._emit(text)
        super().emit(text, logprobs)
