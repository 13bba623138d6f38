"""Clients that disconnect leave nothing behind: no row, thread, task, connection or object."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import openai
import pytest

from tests.conformance.server import Held, Server, ask

pytestmark = pytest.mark.process

STREAMS = 200
OTHERS = 4  # of each kind
ROWS = 4


def test_two_hundred_abandoned_requests_leave_nothing_behind(puppet: Server) -> None:
    with puppet.client() as client:
        client.chat.completions.create(**ask("say x"))  # the engine's thread has started
        list(client.chat.completions.create(**ask("say x"), stream=True))
    before = puppet.wait_until(at_rest, "?all")

    left = asyncio.run(abandon(puppet))
    assert left["streams"] == STREAMS
    assert left["plain"] == left["queued"] == 2 * OTHERS

    after = puppet.wait_until(
        lambda held: (
            at_rest(held)
            and all(held[name] <= before[name] for name in set(before) - {"requests", "tokens"})
        ),
        "?all",
    )
    assert after["requests"] >= before["requests"] + STREAMS
    with puppet.client() as client:
        reply = client.chat.completions.create(**ask("say still here"), n=4)
    assert [choice.message.content for choice in reply.choices] == ["still here"] * 4


def test_the_real_engine_stops_when_clients_leave(real: Server) -> None:
    streams, tokens = 6, 500
    with real.client() as client:
        client.chat.completions.create(**ask("hola"), max_tokens=1)  # the model is loaded
        before = real.wait_until(at_rest)["tokens"]
        for seed in range(streams):
            with client.chat.completions.create(
                **ask("hola"),
                stream=True,
                n=2,
                seed=seed,
                max_tokens=tokens,
                extra_body={"min_tokens": tokens, "vocab_lang": "es"},
            ) as stream:
                assert next(iter(stream)).choices
        after = real.wait_until(at_rest)["tokens"]
    assert after - before < streams * 2 * tokens / 4


def at_rest(held: Held) -> bool:
    nothing = ("replies", "waiting", "rows", "handles", "calls")
    return not any(held.get(name) for name in nothing)


async def abandon(server: Server) -> dict[str, int]:
    """Streams left after a first word, requests left while they are being answered, and requests
    left in the queue; of one choice and of two.
    """
    left = {"streams": 0, "plain": 0, "queued": 0}
    async with server.async_client() as client:

        async def leave_after_a_word(n: int) -> None:
            async with await client.chat.completions.create(
                **ask("hold"), stream=True, n=n
            ) as stream:
                async for chunk in stream:
                    if chunk.choices[0].delta.content:
                        break
            left["streams"] += 1

        async def stay(stream: bool) -> None:
            answer = await client.chat.completions.create(**ask("wait"), n=2, stream=stream)
            if isinstance(answer, openai.AsyncStream):
                async with answer:
                    async for _ in answer:
                        pass

        async def leave(stream: bool, begun: Any) -> None:
            waiting = asyncio.create_task(stay(stream))
            await until(server, begun)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

        for _ in range(STREAMS // 2):
            await asyncio.gather(*(patiently(leave_after_a_word, n) for n in (1, 2)))
        for number in range(2 * OTHERS):
            await until(server, at_rest)
            await leave(number % 2 == 0, lambda held: held["rows"] == 2)
            left["plain"] += 1
        await until(server, at_rest)
        async with await client.chat.completions.create(
            **ask("hold"), stream=True, n=ROWS
        ) as holding:
            await anext(aiter(holding))
            for number in range(2 * OTHERS):
                await leave(number % 2 == 0, lambda held: held["waiting"] == 2)
                # Its replies are not counted any more, although no row is free.
                await until(server, lambda held: not held["waiting"])
                left["queued"] += 1
    return left


async def until(server: Server, reached: Any) -> None:
    await asyncio.to_thread(server.wait_until, reached)


async def patiently(leave: Callable[[int], Awaitable[None]], n: int) -> None:
    """Retry while the requests of disconnected clients are being cancelled."""
    while True:
        try:
            await leave(n)
        except openai.RateLimitError:
            await asyncio.sleep(0)
        else:
            return
