"""Wait for handles and read them, one or several together.

A reader never makes the engine wait: pieces that arrive while it is busy are there when it looks
again. Several handles are the choices of one request, so one error ends all of them.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import ExitStack, aclosing
from functools import partial

from generation.engine.contract import Completion, Piece
from generation.engine.handle import Handle


def wait_for(
    handles: Sequence[Handle], ready: Callable[[], bool], timeout: float | None = None
) -> bool:
    """Wait until `ready` returns True; it is called after every change of a handle.

    Returns False if that takes longer than `timeout` seconds.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    changed = threading.Event()
    with ExitStack() as watches:
        for handle in handles:
            watches.enter_context(handle.watched(changed.set))
        while not ready():
            if not changed.wait(None if deadline is None else deadline - time.monotonic()):
                return ready()
            changed.clear()
        return True


async def stream_text(
    handle: Handle, *, idle_after: float | None = None
) -> AsyncGenerator[str | None, None]:
    """Yield the text of a handle as it arrives. See `read` for `idle_after` and errors."""
    async with aclosing(stream_pieces(handle, idle_after=idle_after)) as pieces:
        async for piece in pieces:
            if piece is None:
                yield None
            elif piece.text:
                yield piece.text


async def stream_pieces(
    handle: Handle, *, idle_after: float | None = None, pause: float = 0.0
) -> AsyncGenerator[Piece | None, None]:
    """Yield the pieces of a handle. See `read` for the parameters and errors."""
    async with aclosing(read([handle], idle_after=idle_after, pause=pause)) as events:
        async for event in events:
            if event is None:
                yield None
            elif isinstance(event[1], Piece):
                yield event[1]


async def read(
    handles: Sequence[Handle],
    *,
    idle_after: float | None = None,
    until: float | None = None,
    pause: float = 0.0,
) -> AsyncGenerator[tuple[int, Piece | Completion] | None, None]:
    """Yield the pieces of all handles with their index, and each handle's completion at its end.

    Raises the error of a handle that fails. Leaving the loop early, or an error, cancels all
    handles.

    idle_after: Yield None whenever this many seconds have passed without a piece.
    until: Raise TimeoutError at this time of `time.monotonic`.
    pause: After a piece, wait this many seconds for more, or for an end. Pieces that nobody
        displays at once then cost the engine's thread nearly nothing.
    """
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def cancel() -> None:
        for handle in handles:
            if not handle.done:
                handle.cancel()

    quiet_until = 0.0

    def notify(handle: Handle) -> None:
        if not handle.done and time.monotonic() < quiet_until:
            return
        try:
            loop.call_soon_threadsafe(changed.set)
        except RuntimeError:
            handle.cancel()  # the loop is closed, so nobody reads any more

    positions = dict.fromkeys(range(len(handles)), 0)
    with ExitStack() as watches:
        watches.callback(cancel)
        for handle in handles:
            watches.enter_context(handle.watched(partial(notify, handle)))
        while positions:
            changed.clear()
            if until is not None and time.monotonic() >= until:
                raise TimeoutError
            silent = True
            for index, position in list(positions.items()):
                piece, positions[index], done = handles[index].after(position)
                if piece is not None:
                    silent = False
                    quiet_until = time.monotonic() + pause
                    yield index, piece
                if done:
                    silent = False
                    del positions[index]
                    yield index, handles[index].result()
            if silent:
                delays = [idle_after, None if until is None else until - time.monotonic()]
                if not await _is_set(changed, _shortest(delays)) and (
                    until is None or time.monotonic() < until
                ):
                    yield None
            elif pause and positions:
                await _is_set(changed, pause)


async def _is_set(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait for the event; return False after `seconds`."""
    try:
        # Not wait_for: in Python 3.11 it can lose a cancellation that arrives with the event.
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _shortest(delays: Sequence[float | None]) -> float | None:
    return min((delay for delay in delays if delay is not None), default=None)
