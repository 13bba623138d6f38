"""Waiting for several handles, and reading them together."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence

import pytest

from generation.engine.contract import Completion, EngineError, Piece
from generation.engine.handle import Handle
from generation.engine.streaming import read, wait_for

WAIT = 10.0


def completion(text: str) -> Completion:
    return Completion(text=text, finish_reason="stop", prompt_tokens=1, completion_tokens=1)


def write(handle: Handle, parts: Sequence[str]) -> None:
    for part in parts:
        handle.emit(part)
    handle.finish(completion("".join(parts)))


async def all_of(events: AsyncIterator[object]) -> list[object]:
    return [event async for event in events]


@pytest.mark.asyncio
async def test_each_ones_text_comes_in_order_and_then_its_end() -> None:
    handles = [Handle() for _ in range(3)]
    parts = [[f"{index}.{number} " for number in range(100)] for index in range(3)]
    threads = [
        threading.Thread(target=write, args=each) for each in zip(handles, parts, strict=True)
    ]
    texts = ["", "", ""]
    ended: list[int] = []
    events = read(handles)
    for thread in threads:
        thread.start()
    async for event in events:
        assert event is not None
        index, came = event
        assert index not in ended
        if isinstance(came, Piece):
            texts[index] += came.text
        else:
            assert came.text == texts[index]
            ended.append(index)
    for thread in threads:
        thread.join()
    assert texts == ["".join(each) for each in parts]
    assert sorted(ended) == [0, 1, 2]
    assert not any(handle.cancelled for handle in handles)


@pytest.mark.asyncio
async def test_a_failure_of_one_ends_all() -> None:
    first, second, third = handles = [Handle() for _ in range(3)]
    first.emit("a")
    third.finish(completion("c"))
    events = read(handles)
    assert await anext(events) == (0, Piece("a"))
    second.fail(EngineError("no"))
    with pytest.raises(EngineError, match="no"):
        await all_of(events)
    assert [handle.cancelled for handle in handles] == [True, False, False]


@pytest.mark.asyncio
async def test_leaving_cancels_all_that_go_on() -> None:
    handles = [Handle() for _ in range(3)]
    handles[1].finish(completion(""))
    events = read(handles)
    assert await anext(events) == (1, completion(""))
    await events.aclose()
    assert [handle.cancelled for handle in handles] == [True, False, True]


@pytest.mark.asyncio
async def test_a_task_that_is_cancelled_while_it_waits_cancels_all() -> None:
    handles = [Handle(), Handle()]
    task = asyncio.create_task(anext(read(handles)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert all(handle.cancelled for handle in handles)


@pytest.mark.asyncio
async def test_silence_is_told_and_the_time_limit_ends_it() -> None:
    handle = Handle()
    events = read([handle], idle_after=0.001, until=time.monotonic() + 0.05)
    assert await anext(events) is None
    assert await anext(events) is None
    with pytest.raises(TimeoutError):
        await all_of(events)
    assert handle.cancelled


@pytest.mark.asyncio
async def test_a_steady_stream_ends_at_the_time_limit_too() -> None:
    handle = Handle()
    handle.emit("a")

    async def go_on() -> None:
        async for _ in read([handle], until=time.monotonic() + 0.02):
            handle.emit("a")

    with pytest.raises(TimeoutError):
        await go_on()
    assert handle.cancelled


def test_waiting_looks_again_whenever_something_happens() -> None:
    first, second = handles = [Handle(), Handle()]
    asked = threading.Semaphore(0)

    def all_done() -> bool:
        asked.release()
        return first.done and second.done

    def end() -> None:
        assert asked.acquire(timeout=WAIT)
        second.finish(completion("b"))
        assert asked.acquire(timeout=WAIT)
        first.finish(completion("a"))

    thread = threading.Thread(target=end)
    thread.start()
    assert wait_for(handles, all_done, WAIT)
    thread.join()


def test_waiting_gives_up_after_its_time() -> None:
    assert not wait_for([Handle()], lambda: False, 0.001)
