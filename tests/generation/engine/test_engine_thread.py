"""The engine's thread: order, limits, cancellation, errors. The tests release each token."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from generation.engine.contract import (
    Completion,
    EngineBusy,
    EngineError,
    EngineOutOfMemory,
    EngineStopped,
    GenerationCancelled,
    GenerationRequest,
    Message,
    ModelUnavailable,
    NoContinuation,
    Piece,
    Priority,
    TokenLogprob,
)
from generation.engine.handle import Handle
from generation.engine.load_progress import load_progress
from generation.engine.scripted import ScriptedDecoder
from generation.engine.service import engine_thread
from generation.engine.service.decoder import Decoder, SequentialDecoder
from generation.engine.service.engine_thread import ThreadedEngine
from generation.engine.service.health import Health
from generation.engine.stats.counters import Counters
from generation.engine.streaming import stream_pieces, stream_text

WAIT = 10.0  # seconds; a test that is right never waits


def request(
    text: str = "hi", priority: Priority = Priority.CHAT, owner: str = ""
) -> GenerationRequest:
    return GenerationRequest(messages=(Message("user", text),), priority=priority, owner=owner)


class GatedDecoder(SequentialDecoder):
    """Emits "x" for every release of its gate, at most ten, and records its prompts."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.started = threading.Semaphore(0)
        self.asked: list[str] = []

    def decode(
        self,
        request: GenerationRequest,
        emit: Callable[[str], None],
        cancelled: Callable[[], bool],
    ) -> Completion:
        self.asked.append(request.messages[0].content)
        self.started.release()
        produced = 0
        for _ in range(10):
            assert self.gate.acquire(timeout=WAIT)
            if cancelled():
                raise GenerationCancelled
            produced += 1
            emit("x")
        return Completion(
            text="x" * produced, finish_reason="stop", prompt_tokens=1, completion_tokens=produced
        )


def engine(decoder: Decoder, max_waiting: int = 8) -> ThreadedEngine:
    return ThreadedEngine(lambda: decoder, max_waiting)


def test_a_reply_comes_whole() -> None:
    decoder = ScriptedDecoder([["one ", "two"]])
    completion = engine(decoder).submit(request("hello")).result(WAIT)
    assert completion.text == "one two"
    assert [r.messages[0].content for r in decoder.history] == ["hello"]


def test_chat_goes_before_batch_and_first_come_first_served() -> None:
    decoder = GatedDecoder()
    running = engine(decoder)
    handles = [running.submit(request("first"))]
    assert decoder.started.acquire(timeout=WAIT)
    handles += [running.submit(request(f"batch {n}", Priority.BATCH)) for n in range(2)]
    handles += [running.submit(request(f"chat {n}")) for n in range(2)]
    decoder.gate.release(50)
    for handle in handles:
        handle.result(WAIT)
    assert decoder.asked == ["first", "chat 0", "chat 1", "batch 0", "batch 1"]


def test_a_full_queue_refuses_at_once() -> None:
    decoder = GatedDecoder()
    running = engine(decoder, max_waiting=2)
    first = running.submit(request())
    assert decoder.started.acquire(timeout=WAIT)
    waiting = [running.submit(request()) for _ in range(2)]
    with pytest.raises(EngineBusy, match="2 requests are waiting") as refused:
        running.submit(request())
    assert refused.value.retry_after > 0
    waiting[0].cancel()  # who leaves the queue frees a place
    last = running.submit(request())
    with pytest.raises(GenerationCancelled):
        waiting[0].result(WAIT)
    decoder.gate.release(50)
    assert first.result(WAIT).text == "x" * 10
    assert last.result(WAIT).text == "x" * 10


def test_several_are_queued_together_or_not_at_all() -> None:
    decoder = GatedDecoder()
    running = engine(decoder, max_waiting=3)
    first = running.submit(request("first"))
    assert decoder.started.acquire(timeout=WAIT)
    one = running.submit(request("one"))
    with pytest.raises(EngineBusy, match="1 requests are waiting"):
        running.submit_all([request(name) for name in ("a", "b", "c")])
    two = running.submit_all([request(name) for name in ("d", "e")])
    with pytest.raises(EngineBusy):
        running.submit(request("f"))
    decoder.gate.release(50)
    for handle in (first, one, *two):
        handle.result(WAIT)
    assert decoder.asked == ["first", "one", "d", "e"]


def test_who_leaves_the_queue_is_let_go_at_once() -> None:
    """It does not wait for the end of the running step, which may be a whole reply."""
    decoder = GatedDecoder()
    running = engine(decoder)
    first = running.submit(request("a"))
    assert decoder.started.acquire(timeout=WAIT)
    second = running.submit(request("b"))
    second.cancel()
    assert second.done
    assert not first.done
    with pytest.raises(GenerationCancelled):
        second.result(0)
    decoder.gate.release(10)
    first.result(WAIT)


def test_a_quarter_of_the_queue_is_kept_for_chat() -> None:
    decoder = GatedDecoder()
    running = engine(decoder, max_waiting=4)
    handles = [running.submit(request("first"))]
    assert decoder.started.acquire(timeout=WAIT)
    handles += [running.submit(request("batch", Priority.BATCH)) for _ in range(3)]
    with pytest.raises(EngineBusy, match="3 requests are waiting"):
        running.submit(request("batch", Priority.BATCH))
    handles.append(running.submit(request("chat")))
    with pytest.raises(EngineBusy, match="4 requests are waiting"):
        running.submit(request("chat"))
    decoder.gate.release(50)
    for handle in handles:
        handle.result(WAIT)
    assert decoder.asked == ["first", "chat", "batch", "batch", "batch"]


def test_cancel_stops_within_one_token_and_the_next_goes_on() -> None:
    decoder = GatedDecoder()
    running = engine(decoder)
    first, second = running.submit(request("a")), running.submit(request("b"))
    decoder.gate.release()
    assert first.wait_for_text(WAIT)
    first.cancel()
    decoder.gate.release()
    with pytest.raises(GenerationCancelled):
        first.result(WAIT)
    decoder.gate.release(10)
    assert second.result(WAIT).text == "x" * 10


def test_a_cancelled_request_never_starts() -> None:
    decoder = GatedDecoder()
    running = engine(decoder)
    first = running.submit(request("a"))
    assert decoder.started.acquire(timeout=WAIT)
    second, third = running.submit(request("b")), running.submit(request("c"))
    second.cancel()
    decoder.gate.release(20)
    first.result(WAIT)
    third.result(WAIT)
    assert decoder.asked == ["a", "c"]
    with pytest.raises(GenerationCancelled):
        second.result(WAIT)


def test_an_error_ends_one_request_and_not_the_thread() -> None:
    decoder = ScriptedDecoder([ValueError("boom"), EngineError("told"), MemoryError(), ["fine"]])
    running = engine(decoder)
    with pytest.raises(EngineError, match="failed to answer") as unknown:
        running.submit(request()).result(WAIT)
    assert "boom" not in str(unknown.value)
    with pytest.raises(EngineError, match="told"):
        running.submit(request()).result(WAIT)
    with pytest.raises(EngineError, match="out of memory"):
        running.submit(request()).result(WAIT)
    assert running.submit(request()).result(WAIT).text == "fine"


def test_a_model_that_cannot_be_loaded_is_tried_again() -> None:
    attempts = 0

    def load() -> Decoder:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise ModelUnavailable("no such model")
        return ScriptedDecoder([["here"]])

    running = ThreadedEngine(load, 8)
    with pytest.raises(ModelUnavailable, match="no such model"):
        running.submit(request()).result(WAIT)
    assert running.submit(request()).result(WAIT).text == "here"
    running.warm_up()
    assert attempts == 2


def test_nothing_is_loaded_before_the_first_request() -> None:
    loads: list[int] = []

    def load() -> Decoder:
        loads.append(1)
        return ScriptedDecoder()

    running = ThreadedEngine(load, 8)
    assert loads == []
    running.submit(request()).result(WAIT)
    running.submit(request()).result(WAIT)
    assert loads == [1]


class FailingDecoder:
    """Answers all of its requests in one step; the first steps raise `errors` instead."""

    serving = constraints = None
    cache_usage = 0.0

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.handles: list[Handle] = []

    @property
    def busy(self) -> bool:
        return bool(self.handles)

    def has_to_build(self, request: GenerationRequest) -> bool:
        return False

    def build(self, request: GenerationRequest) -> None: ...

    def prepare(self, request: GenerationRequest, handle: Handle) -> Handle:
        return handle

    def admit(self, job: Handle) -> bool:
        self.handles.append(job)
        return True

    def step(self) -> None:
        if self.errors:
            raise self.errors.pop(0)
        while self.handles:
            self.handles.pop().finish(completion("answered"))

    def abandon(self, error: Exception) -> None:
        while self.handles:
            self.handles.pop().fail(error)

    def use(self, counters: Counters) -> None: ...


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RuntimeError("CUDA error: internal detail"), EngineStopped),
        (MemoryError(), EngineOutOfMemory),
    ],
)
def test_a_step_that_fails_ends_those_in_it_and_nobody_after_them(
    error: Exception, kind: type[EngineError]
) -> None:
    """No request is known to have caused it, so each may be sent again."""
    decoder = FailingDecoder(error)
    running = ThreadedEngine(lambda: decoder, 8)
    with pytest.raises(kind) as caught:
        running.submit(request()).result(WAIT)
    assert "internal detail" not in str(caught.value)
    assert running.submit(request()).result(WAIT).text == "answered"
    assert running.health().state == "ready"


# --- lists that are used for the first time ------------------------------------------------------


class BuildingDecoder(FailingDecoder):
    """Must build once for every text; a build ends when the test allows it."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__(*errors)
        self.built: list[str] = []
        self.began, self.may_end = threading.Semaphore(0), threading.Semaphore(0)
        self.faults: dict[str, Exception] = {}

    def has_to_build(self, request: GenerationRequest) -> bool:
        text = request.messages[0].content
        return text.startswith("new") and text not in self.built

    def build(self, request: GenerationRequest) -> None:
        text = request.messages[0].content
        self.began.release()
        assert self.may_end.acquire(timeout=WAIT)
        if text in self.faults:
            raise self.faults[text]
        self.built.append(text)


def test_others_are_answered_while_a_list_is_built() -> None:
    decoder = BuildingDecoder()
    running = ThreadedEngine(lambda: decoder, 8)
    first = running.submit(request("new"))
    assert decoder.began.acquire(timeout=WAIT)
    assert running.submit(request("old")).result(WAIT).text == "answered"
    batch = running.submit(request("new list of a job", Priority.BATCH))
    second = running.submit(request("new and urgent"))
    assert running.snapshot().waiting == 3
    assert not first.done
    for _ in range(3):
        decoder.may_end.release()
    for handle in (first, second, batch):
        assert handle.result(WAIT).text == "answered"
    assert decoder.built == ["new", "new and urgent", "new list of a job"]
    assert running.snapshot().waiting == 0


def test_a_list_that_cannot_be_built_ends_its_request_only() -> None:
    decoder = BuildingDecoder()
    decoder.faults["new and wrong"] = NoContinuation("nothing can be written")
    running = ThreadedEngine(lambda: decoder, 8)
    wrong, right = (running.submit(request(text)) for text in ("new and wrong", "new"))
    decoder.may_end.release()
    decoder.may_end.release()
    with pytest.raises(NoContinuation):
        wrong.result(WAIT)
    assert right.result(WAIT).text == "answered"
    assert running.snapshot().failures == 1


def test_who_waits_for_a_list_has_a_place_in_the_queue_and_can_leave() -> None:
    decoder = BuildingDecoder()
    running = ThreadedEngine(lambda: decoder, 3)
    first, second = running.submit(request("new")), running.submit(request("new too"))
    assert decoder.began.acquire(timeout=WAIT)
    # The engine's thread takes one after the other: once this is answered, both are set aside.
    assert running.submit(request("old")).result(WAIT).text == "answered"
    with pytest.raises(EngineBusy):
        running.submit_all([request("old")] * 2)
    for handle in (first, second):
        handle.cancel()
        with pytest.raises(GenerationCancelled):
            handle.result(WAIT)
    assert running.submit(request("old")).result(WAIT).text == "answered"
    decoder.may_end.release()
    third = running.submit(request("new too"))
    decoder.may_end.release()
    assert third.result(WAIT).text == "answered"
    assert decoder.handles == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_who_waits_for_a_list_is_told_that_the_engine_stopped() -> None:
    decoder = BuildingDecoder()
    running = ThreadedEngine(lambda: decoder, 8)
    waiting = running.submit(request("new"))
    assert decoder.began.acquire(timeout=WAIT)
    decoder.errors.append(SystemExit("the thread is killed"))  # type: ignore[arg-type]
    with pytest.raises(EngineStopped):
        running.submit(request("old")).result(WAIT)
    with pytest.raises(EngineStopped):
        waiting.result(WAIT)
    decoder.may_end.release()
    decoder.may_end.release()
    assert running.submit(request("new")).result(WAIT).text == "answered"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_the_thread_dying_is_seen_and_the_next_request_starts_a_new_one() -> None:
    class Dying(ScriptedDecoder):
        def decode(self, *args: Any) -> Completion:
            if not self.history:
                self.history.append(args[0])
                raise SystemExit("the thread is killed")
            return super().decode(*args)

    decoder = Dying()
    running = engine(decoder)
    assert running.health().state == "idle"
    handles = running.submit_all([request() for _ in range(3)])
    for handle in handles:
        with pytest.raises(EngineStopped, match="send the request again"):
            handle.result(WAIT)
    assert running.health() == Health("dead", "SystemExit('the thread is killed')")
    assert not running.health().is_good
    decoder.enqueue(["back"])
    assert running.submit(request()).result(WAIT).text == "back"
    assert running.health().state == "ready"


def test_a_model_that_cannot_be_loaded_is_seen() -> None:
    def load() -> Decoder:
        raise ModelUnavailable("no such model")

    running = ThreadedEngine(load, 8)
    with pytest.raises(ModelUnavailable):
        running.submit(request()).result(WAIT)
    assert running.health() == Health("failed", "no such model")


def test_the_model_is_loaded_before_the_first_request_which_waits_for_it() -> None:
    began, may_end, loads = threading.Event(), threading.Event(), 0

    def load() -> Decoder:
        nonlocal loads
        loads += 1
        load_progress.report("reading the weights")
        began.set()
        assert may_end.wait(WAIT)
        return ScriptedDecoder([["one"], ["two"]])

    running = ThreadedEngine(load, 8)
    running.start_loading()
    assert running.health().state == "loading"
    assert began.wait(WAIT)
    assert running.health() == Health("loading", "reading the weights")
    handle = running.submit(request())
    assert not handle.wait_for_text(0)
    may_end.set()
    assert handle.result(WAIT).text == "one"
    assert running.health().state == "ready"
    running.start_loading()
    assert running.submit(request()).result(WAIT).text == "two"
    assert loads == 1


def test_a_load_before_the_first_request_may_fail() -> None:
    failed = threading.Event()
    results: list[Decoder | Exception] = [ModelUnavailable("not yet"), ScriptedDecoder([["one"]])]

    def load() -> Decoder:
        found = results.pop(0)
        if isinstance(found, Exception):
            failed.set()
            raise found
        return found

    running = ThreadedEngine(load, 8)
    running.start_loading()
    assert failed.wait(WAIT)
    assert running.submit(request()).result(WAIT).text == "one"
    assert running.health().state == "ready"


def test_a_step_that_never_ends_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_thread, "STALLED_SECONDS", 0.0)
    decoder = GatedDecoder()
    running = engine(decoder)
    handle = running.submit(request())
    assert decoder.started.acquire(timeout=WAIT)
    assert running.health().state == "stalled"
    decoder.gate.release(10)
    handle.result(WAIT)


def test_a_long_step_that_makes_progress_is_not_stalled() -> None:
    decoder = GatedDecoder()
    running = engine(decoder)
    handle = running.submit(request())
    assert decoder.started.acquire(timeout=WAIT)
    running.counters.last_progress -= 11
    assert running.health().state == "stalled"
    decoder.gate.release()
    assert handle.wait_for_text(WAIT)
    assert running.health().state == "ready"
    decoder.gate.release(9)
    handle.result(WAIT)


def test_a_step_that_always_takes_long_is_not_stalled() -> None:
    decoder = GatedDecoder()
    running = engine(decoder)
    for longest, state in ((0.0, "stalled"), (6.0, "ready")):
        running._longest_step = longest
        handle = running.submit(request())
        assert decoder.started.acquire(timeout=WAIT)
        running.counters.last_progress -= 11
        assert running.health().state == state
        decoder.gate.release(10)
        handle.result(WAIT)


def test_an_engine_that_hangs_while_it_prepares_a_request_is_seen() -> None:
    began, may_end = threading.Event(), threading.Event()

    class Hanging(FailingDecoder):
        def prepare(self, request: GenerationRequest, handle: Handle) -> Handle:
            began.set()
            assert may_end.wait(WAIT)
            return handle

    running = engine(Hanging())
    handle = running.submit(request())
    assert began.wait(WAIT)
    running.counters.last_progress -= 11
    assert running.health().state == "stalled"
    may_end.set()
    assert handle.result(WAIT).text == "answered"
    assert running.health().state == "ready"


def test_the_shortest_prompt_is_prepared_first() -> None:
    decoder = BuildingDecoder()
    running = ThreadedEngine(lambda: decoder, 8)
    texts = ["new", "new " + "x" * 200, "new " + "x" * 100, "new and short"]
    handles = [running.submit(request(text)) for text in texts[:1]]
    assert decoder.began.acquire(timeout=WAIT)
    handles += [running.submit(request(text)) for text in texts[1:]]
    # Nobody is answered before all of them wait for the build thread.
    assert running.submit(request("old")).result(WAIT).text == "answered"
    decoder.may_end.release(4)
    for handle in handles:
        assert handle.result(WAIT).text == "answered"
    assert decoder.built == [texts[0], texts[3], texts[2], texts[1]]


def test_what_was_done_is_counted() -> None:
    decoder = ScriptedDecoder([["one ", "two"], EngineError("told"), ["three"]])
    running = engine(decoder)
    handles = [running.submit(request()) for _ in range(3)]
    handles[2].result(WAIT)
    counted = running.snapshot()
    assert (counted.requests, counted.failures, counted.tokens) == (3, 1, 3)
    assert counted.waiting == 0
    assert counted.first_token > 0


def test_waiting_has_a_limit() -> None:
    decoder = GatedDecoder()
    handle = engine(decoder).submit(request())
    with pytest.raises(TimeoutError):
        handle.result(0.01)
    assert handle.wait_for_text(0.01) is False
    handle.cancel()
    decoder.gate.release()


# --- reading a stream ----------------------------------------------------------------------------


async def read(handle: Handle) -> list[str | None]:
    return [text async for text in stream_text(handle)]


def completion(text: str) -> Completion:
    return Completion(text=text, finish_reason="stop", prompt_tokens=1, completion_tokens=1)


@pytest.mark.asyncio
async def test_a_stream_yields_all_text_in_order_from_another_thread() -> None:
    handle = Handle()
    reader = asyncio.create_task(read(handle))

    def write() -> None:
        for number in range(200):
            handle.emit(f"{number} ")
        handle.finish(completion("end"))

    await asyncio.to_thread(write)
    parts = await asyncio.wait_for(reader, WAIT)
    assert "".join(part or "" for part in parts) == "".join(f"{n} " for n in range(200))


@pytest.mark.asyncio
async def test_a_late_reader_gets_everything_at_once() -> None:
    handle = Handle()
    handle.emit("a")
    handle.emit("b")
    handle.finish(completion("ab"))
    assert await read(handle) == ["ab"]


@pytest.mark.asyncio
async def test_a_failure_reaches_the_reader_after_the_text_before_it() -> None:
    handle = Handle()
    handle.emit("a")
    handle.fail(EngineError("late"))
    stream = stream_text(handle)
    assert await anext(stream) == "a"
    with pytest.raises(EngineError, match="late"):
        await anext(stream)


@pytest.mark.asyncio
async def test_a_reader_that_leaves_cancels_the_request() -> None:
    handle = Handle()
    handle.emit("a")
    stream = stream_text(handle)
    assert await anext(stream) == "a"
    assert not handle.cancelled
    await stream.aclose()
    assert handle.cancelled


@pytest.mark.asyncio
async def test_an_idle_stream_says_so() -> None:
    handle = Handle()
    stream = stream_text(handle, idle_after=0.001)
    assert await anext(stream) is None
    handle.emit("a")
    handle.finish(completion("a"))
    assert [part async for part in stream if part] == ["a"]


def test_a_failure_before_any_text_is_raised_to_whoever_waits_for_text() -> None:
    handle = Handle()
    handle.fail(ModelUnavailable("gone"))
    with pytest.raises(ModelUnavailable, match="gone"):
        handle.wait_for_text(WAIT)


@pytest.mark.asyncio
async def test_pieces_bring_text_with_its_logprobs() -> None:
    handle = Handle()
    first, second = TokenLogprob(1, b"a", -0.5), TokenLogprob(2, b"b", -1.5)
    handle.emit("a", [first])
    handle.emit("", [second])  # its text is held back
    handle.finish(completion("a"))
    pieces = [piece async for piece in stream_pieces(handle)]
    assert pieces == [Piece("a", (first, second))]
    assert await read(handle) == ["a"]
