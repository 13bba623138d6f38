"""One owner's requests do not keep another owner's waiting: queue, rows and prefill."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from generation.engine.contract import (
    EngineBusy,
    GenerationRequest,
    Message,
    Priority,
    Sampling,
)
from generation.engine.handle import Handle
from generation.engine.local import Limits, LocalDecoder, RequestGroup
from generation.engine.service.engine_thread import ThreadedEngine
from generation.engine.turns import REMEMBERED_OWNERS, Turns
from tests.generation.engine import tiny
from tests.generation.engine.test_batch import run_out
from tests.generation.engine.test_decoding import GREEDY, prompt
from tests.generation.engine.test_engine_thread import GatedDecoder, engine, request

WAIT = 60.0
LONG = replace(GREEDY, max_tokens=20, min_tokens=20)


# --- the queue -----------------------------------------------------------------------------------


def order_of(*submitted: tuple[str, str, Priority]) -> list[str]:
    """Submit (text, owner, priority) while a request of "rosa" runs; return the order of texts."""
    decoder = GatedDecoder()
    running = engine(decoder, max_waiting=20)
    handles = [running.submit(request("first", owner="rosa"))]
    assert decoder.started.acquire(timeout=WAIT)
    handles += [running.submit(request(text, kind, owner)) for text, owner, kind in submitted]
    decoder.gate.release(200)
    for handle in handles:
        handle.result(WAIT)
    return decoder.asked[1:]


@pytest.mark.parametrize("kind", Priority)
def test_the_requests_of_several_owners_are_taken_in_turn(kind: Priority) -> None:
    rosa = [(f"r{n}", "rosa", kind) for n in range(4)]
    eva = [(f"e{n}", "eva", kind) for n in range(2)]
    asked = order_of(*rosa, *eva, ("i0", "ida", kind))
    assert [text for text in asked if text[0] == "r"] == ["r0", "r1", "r2", "r3"]
    assert asked.index("e0") <= 2
    assert asked.index("i0") <= 2
    assert asked.index("e1") <= 4


def test_chats_of_an_owner_with_many_still_go_before_batch_items_of_another() -> None:
    rosa = [(f"r{n}", "rosa", Priority.CHAT) for n in range(3)]
    assert order_of(("item", "eva", Priority.BATCH), *rosa) == ["r0", "r1", "r2", "item"]


def test_a_full_queue_has_places_for_owners_with_few() -> None:
    decoder = GatedDecoder()
    running = engine(decoder, max_waiting=16)
    handles = [running.submit(request(owner="rosa"))]
    assert decoder.started.acquire(timeout=WAIT)
    handles += [running.submit(request(owner="rosa")) for _ in range(16)]
    for owner in ("rosa", ""):
        with pytest.raises(EngineBusy):
            running.submit(request(owner=owner))
    with pytest.raises(EngineBusy):
        running.submit(request("item", Priority.BATCH, "eva"))
    for owner in ("eva", "ida"):
        handles += [running.submit(request(owner=owner)) for _ in range(2)]
        with pytest.raises(EngineBusy):
            running.submit(request(owner=owner))
    with pytest.raises(EngineBusy, match="20 requests are waiting"):
        running.submit(request(owner="uma"))
    for handle in handles:
        handle.cancel()
    decoder.gate.release(50)


def test_turns_of_a_newcomer_begin_at_the_present_one() -> None:
    turns = Turns()
    line = [0]
    for _ in range(9):
        line.append(turns.next("rosa", line))
    assert line == list(range(10))
    for turn in range(5):
        turns.serve("rosa", turn)
    assert turns.next("eva", []) == 4
    assert turns.next("rosa", line[5:]) == 10
    for number in range(2 * REMEMBERED_OWNERS):
        turns.serve(f"owner {number}", number)
    assert turns.next("rosa", []) == 2 * REMEMBERED_OWNERS - 1
    assert len(turns._served) <= REMEMBERED_OWNERS + 1


# --- rows ----------------------------------------------------------------------------------------


def group(owner: str, text: str = "la casa", sampling: Sampling = LONG) -> tiny.RecordingGroup:
    return tiny.group(prompt(text), sampling, owner=owner)


@pytest.mark.parametrize("steps", [0, 1, 8])
def test_a_chat_takes_a_row_of_the_owner_with_the_most_and_all_texts_stay(steps: int) -> None:
    (alone,) = tiny.decode(tiny.rows(0), group(""))
    together = tiny.batch(tiny.rows(0), max_rows=7)
    many = [group("rosa") for _ in range(4)] + [group("eva") for _ in range(3)]
    for each in many:
        assert together.make_room(each)
        together.join(each)
    for _ in range(steps):
        together.step()
    assert not together.make_room(group("rosa"))
    assert not together.make_room(group("eva"))  # rosa would have fewer than eva
    newcomer = group("ida")
    assert together.make_room(newcomer)
    together.join(newcomer)
    assert [each.preemptions for each in many] == [0, 0, 0, 1, 0, 0, 0]
    assert not together.make_room(group("rosa"))
    run_out(together)
    assert [each.ids for each in (*many, newcomer)] == [alone] * 8
    assert together.row_count == 0


def test_a_reply_that_made_way_goes_on_before_later_chats_of_its_owner() -> None:
    together = tiny.batch(tiny.rows(0), max_rows=3)
    many = [group("rosa") for _ in range(3)]
    for each in many:
        together.join(each)
    together.step()
    short = group("eva", sampling=replace(GREEDY, max_tokens=2))
    assert together.make_room(short)
    together.join(short)
    later = group("rosa")
    while not short.ended:
        assert not together.make_room(later)
        together.step()
    assert not together.make_room(later)
    together.step()
    assert many[2] in together.groups
    run_out(together)
    assert many[2].preemptions == 1


def test_seeded_chats_are_the_last_to_make_way() -> None:
    together = tiny.batch(tiny.rows(0), max_rows=3)
    seeded = [
        tiny.group(prompt("la"), LONG, owner="rosa", recomputes_prompt=n > 0) for n in (0, 1, 2)
    ]
    for each in seeded:
        together.join(each)
    assert together.make_room(group("eva"))
    assert [each.preemptions for each in seeded] == [1, 0, 0]


# --- prompts -------------------------------------------------------------------------------------


def test_a_short_prompt_waits_for_one_chunk_of_another_owners_long_one() -> None:
    together = tiny.batch(tiny.rows(0), chunk=16, prefix_tokens=0)
    long = [group("rosa", f"hola {'la ' * 60}{n}") for n in range(5)]
    for each in long:
        together.join(each)
    together.step()
    newcomer = group("eva")
    together.join(newcomer)
    together.step()
    assert newcomer.tokens
    assert not any(each.tokens for each in long)
    run_out(together)
    for each in long:
        assert each.ids


# --- all together --------------------------------------------------------------------------------


class CountingDecoder(LocalDecoder):
    """first_text: Number of steps until the first text of the last chat of "eva"."""

    steps = first_text = 0

    def prepare(self, request: GenerationRequest, handle: Handle) -> RequestGroup:
        if request.owner == "eva":
            handle.on_first_text(lambda: setattr(self, "first_text", self.steps))
        return super().prepare(request, handle)

    def step(self) -> None:
        self.steps += 1
        super().step()


def steps_to_the_first_text(running: ThreadedEngine, decoder: CountingDecoder) -> int:
    """Submit a chat of "eva"; return the number of steps until its first text."""
    sampling = Sampling(max_tokens=20, min_tokens=20, temperature=0.0)
    chat = GenerationRequest(messages=(Message("user", "la casa"),), sampling=sampling, owner="eva")
    began = decoder.steps
    running.submit(chat).result(WAIT)
    return decoder.first_text - began


@pytest.mark.parametrize("rows", [8, 64])
def test_beside_64_requests_of_one_owner_another_waits_a_few_steps(rows: int) -> None:
    limits = Limits(max_rows=rows, cache_tokens=100_000, prefill_chunk=32)
    options: dict[str, Any] = {"max_input_tokens": 400, "truncate": True}
    decoder = CountingDecoder(tiny.loaded(), limits=limits, **options)
    running = ThreadedEngine(lambda: decoder, 64)
    alone = steps_to_the_first_text(running, decoder)
    many: list[Handle] = []
    for number in range(64):
        sampling = Sampling(max_tokens=60, min_tokens=60, temperature=0.0)
        long = (Message("user", f"hola {'la ' * 30}{number}"),)
        many.append(
            running.submit(GenerationRequest(messages=long, sampling=sampling, owner="rosa"))
        )
    many[0].wait_for_text(WAIT)
    beside = steps_to_the_first_text(running, decoder)
    assert not all(handle.done for handle in many)
    # The step that goes on at the submission, and one chunk of the other owner's prompt.
    assert 0 < beside <= 2 * alone + 2
    for handle in many:
        assert handle.result(WAIT).completion_tokens == 60
