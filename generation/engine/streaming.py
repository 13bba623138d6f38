"""Wait for handles and read them, one or several as one.

A reader never keeps the engine waiting: what came while it was busy is there when it looks again.
Several handles are the choices of one request, so they fail together and are given up together.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generation.engine.contract import Completion
    from generation.engine.handle import Handle, Piece


def wait_for(
    handles: Sequence[Handle], ready: Callable[[], bool], timeout: float | None = None
) -> bool:
    """Wait until `ready` says yes, which is asked whenever something happened to a handle.

    False if it has not within `timeout` seconds.
    """
    until = None if timeout is None else time.monotonic() + timeout
    happened = threading.Event()
    with ExitStack() as watches:
        for handle in handles:
            watches.enter_context(handle.watched(happened.set))
        while not ready():
            if not happened.wait(None if until is None else until - time.monotonic()):
                return ready()
            happened.clear()
        return True


async def read(
    handles: Sequence[Handle],
    *,
    idle_after: float | None = None,
    until: float | None = None,
    pause: float = 0.0,
) -> AsyncGenerator[tuple[int, Piece | Completion] | None, None]:
    """Yield what comes of any handle with its index: pieces of text, then its completion.

    None is yielded whenever `idle_after` seconds passed without any. until: the time (of
    `time.monotonic`) at which TimeoutError is raised. pause: after text, wait so many seconds for
    more, or for an end; text that nobody waits for then costs its writer next to nothing. Raises
    what made a handle fail. Leaving the loop early, or an error, cancels all of them.
    """
    loop = asyncio.get_running_loop()
    changed = asyncio.Event()

    def cancel() -> None:
        for handle in handles:
            if not handle.done:
                handle.cancel()

    quiet_until = 0.0

    def wake(handle: Handle) -> None:
        if not handle.done and time.monotonic() < quiet_until:
            return
        try:
            loop.call_soon_threadsafe(changed.set)
        except RuntimeError:
            handle.cancel()  # the loop is closed: nobody reads any more

    positions = dict.fromkeys(range(len(handles)), 0)
    with ExitStack() as watches:
        watches.callback(cancel)
        for handle in handles:
            watches.enter_context(handle.watched(partial(wake, handle)))
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
                if not await _is_set(changed, _least(delays)) and (
                    until is None or time.monotonic() < until
                ):
                    yield None
            elif pause and positions:
                await _is_set(changed, pause)


async def _is_set(event: asyncio.Event, seconds: float | None) -> bool:
    """Wait for the event; False if it did not come in time."""
    try:
        # Not wait_for: in Python 3.11 it can lose a cancellation that comes together with the
        # event.
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


def _least(delays: Sequence[float | None]) -> float | None:
    return min((delay for delay in delays if delay is not None), default=None)
