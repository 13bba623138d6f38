"""The batch under stress: cancellation, errors, lack of memory, random joins and leaves."""

from __future__ import annotations

import contextlib
import gc
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch

from generation.constraint.canonical.word_paths import WordPaths
from generation.constraint.session import ConstraintSession, DeadEnd
from generation.engine.contract import (
    EngineError,
    EngineOutOfMemory,
    GenerationCancelled,
    GenerationRequest,
    Message,
    NoContinuation,
    Priority,
    Sampling,
)
from generation.engine.handle import Handle
from generation.engine.local import Limits, LocalDecoder, RequestGroup
from generation.engine.model.logits import RowLogits
from generation.engine.model.output_head import HeadSlice
from generation.engine.model.runner import ModelRunner
from generation.engine.scheduler.batch import Batch
from generation.engine.scheduler.preemption import MAX_PREEMPTIONS
from generation.engine.scheduler.sequence_group import SequenceGroup
from generation.engine.service.engine_thread import ThreadedEngine
from generation.engine.service.tracked_handle import TrackedHandle
from tests.generation.engine import tiny
from tests.generation.engine.test_decoding import GREEDY, mixture, prompt, session
from vocab.words.lexicon import ByteTrie, Lexicon
from vocab.words.surroundings import BoundaryState
from vocab.words.vocabulary import Vocabulary

WAIT = 60.0


def run_out(batch: Batch) -> None:
    while batch.busy:
        batch.step()


class Broken:
    """A constraint that fails after `after` calls of `allowed`."""

    def __init__(self, inner: ConstraintSession, after: int, error: Exception) -> None:
        self._inner, self._after, self._error = inner, after, error
        self.start = inner.start

    def start_at(self, at: BoundaryState) -> Any:
        return self._inner.start_at(at)

    def allowed(self, state: Any, remaining: int | None = None) -> Any:
        self._after -= 1
        if self._after < 0:
            raise self._error
        return self._inner.allowed(state, remaining)

    def advance(self, state: Any, token_id: int) -> Any:
        return self._inner.advance(state, token_id)

    def parts(self, state: Any, remaining: int | None = None) -> None:
        return None

    def sentence_ends(self, state: Any) -> Any:
        return self._inner.sentence_ends(state)

    reachable = None


@pytest.mark.parametrize("beams", [1, 3])
def test_a_fault_of_one_run_touches_no_other(beams: int) -> None:
    model = tiny.rows(0)
    alone = [tiny.decode(model, tiny.group(*each))[0] for each in mixture()]
    broken = Broken(session(), 7, ValueError("a fault of the constraint"))
    sampling = replace(GREEDY, num_beams=beams)
    others = [tiny.group(*each) for each in mixture()]
    entries = [*others[:4], tiny.group(prompt("la"), sampling, broken), *others[4:]]
    together = tiny.batch(model)
    for each in entries:
        together.join(each)
    run_out(together)
    assert isinstance(entries[4].error, ValueError)
    assert [each.ids for each in others] == alone
    assert together.row_count == 0


def test_a_run_that_is_dropped_leaves_no_row_and_changes_nobody() -> None:
    model = tiny.rows(0)
    requests = mixture()
    alone = [tiny.decode(model, tiny.group(*each))[0] for each in requests]
    for leaver in range(len(requests)):
        for steps in (0, 1, 3, 6):
            together = tiny.batch(model)
            entries = [tiny.group(*each) for each in requests]
            for each in entries:
                together.join(each)
            for _ in range(steps):
                together.step()
            together.drop(entries[leaver])
            run_out(together)
            for number, each in enumerate(entries):
                if number != leaver:
                    assert each.ids == alone[number]


def test_urgent_runs_go_first_and_have_rows_of_their_own() -> None:
    together = tiny.batch(tiny.rows(0), max_rows=8)
    patient = [tiny.group(prompt("la casa"), GREEDY, urgent=False) for _ in range(8)]
    joined = 0
    while together.can_admit(patient[joined]):
        together.join(patient[joined])
        joined += 1
    assert joined == 6
    urgent = tiny.group(prompt("el perro"), GREEDY)
    assert together.can_admit(urgent)
    together.join(urgent)
    together.step()
    assert urgent.tokens
    assert not any(each.tokens for each in patient)


def test_a_long_prompt_is_read_in_chunks_while_others_write() -> None:
    together = tiny.batch(tiny.rows(0), chunk=16)
    writer = tiny.group(prompt("la casa"), replace(GREEDY, min_tokens=25))
    together.join(writer)
    together.step()
    long = tiny.group(prompt("hola " * 40), GREEDY)
    together.join(long)
    written = []
    while not long.tokens:
        together.step()
        written.append(len(writer.tokens))
    assert len(written) >= 10
    # In turn: a chunk, then a pass in which the other writes.
    assert [after - before for before, after in zip(written, written[2:], strict=False)] == [1] * (
        len(written) - 2
    )
    run_out(together)
    (alone,) = tiny.decode(tiny.rows(0), tiny.group(prompt("hola " * 40), GREEDY))
    assert long.ids == alone


# --- making way ----------------------------------------------------------------------------------


def test_batch_rows_make_way_for_a_chat_and_end_with_the_same_text() -> None:
    model = tiny.rows(0)
    alone = [tiny.decode(model, tiny.group(*each))[0] for each in mixture()]
    rows = sum(tiny.group(*each).run.max_rows for each in mixture())
    for steps in (0, 1, 4, 9):
        together = tiny.batch(model, max_rows=rows * 4 // 3 + 1)
        patient = [tiny.group(*each, urgent=False) for each in mixture()]
        for each in patient:
            assert together.make_room(each)
            together.join(each)
        for _ in range(steps):
            together.step()
        chat = tiny.group(prompt("el perro"), replace(GREEDY, num_beams=rows // 2), session())
        assert not together.can_admit(chat)
        assert together.make_room(chat)
        together.join(chat)
        preempted = [each for each in patient if each.preemptions]
        assert 0 < len(preempted) < len(patient)
        assert min(each.arrival for each in preempted) > max(
            each.arrival for each in patient if not each.preemptions and not each.ended
        )
        newcomer = tiny.group(prompt("la"), GREEDY, urgent=False)
        assert not together.can_admit(newcomer)
        together.step()  # the chat's prompt goes first, and is short
        assert len(chat.run.rows) > 1
        run_out(together)
        assert [each.ids for each in patient] == alone
        assert all(each.preemptions <= 1 for each in patient)
        assert together.row_count == 0
        assert together.can_admit(newcomer)


def test_nobody_makes_way_if_that_were_not_enough() -> None:
    together = tiny.batch(tiny.rows(0), max_rows=8)
    first = tiny.group(prompt("hola"), replace(GREEDY, num_beams=5))
    patient = tiny.group(prompt("la casa"), GREEDY, urgent=False)
    for each in (patient, first):
        assert together.make_room(each)
        together.join(each)
    assert not together.make_room(tiny.group(prompt("el perro"), replace(GREEDY, num_beams=4)))
    assert together.groups == [first, patient]
    run_out(together)
    assert patient.preemptions == 0


def test_a_search_that_made_way_often_enough_stays_and_ends() -> None:
    """The search starts anew each time, so endless chats would keep it from ever ending."""
    together = tiny.batch(tiny.rows(0), max_rows=4)
    patient = tiny.group(prompt("la casa"), replace(GREEDY, num_beams=3), urgent=False)
    together.join(patient)
    chats = 0
    while not patient.ended:
        chat = tiny.group(prompt("el perro"), replace(GREEDY, num_beams=2, max_tokens=3))
        if together.make_room(chat):
            together.join(chat)
            chats += 1
        for _ in range(6):
            together.step()
    assert patient.preemptions == MAX_PREEMPTIONS
    assert patient.ids
    assert chats >= MAX_PREEMPTIONS
    run_out(together)
    assert together.row_count == 0


def test_who_made_way_can_leave() -> None:
    together = tiny.batch(tiny.rows(0), max_rows=4)
    patient = tiny.group(prompt("la casa"), GREEDY, urgent=False)
    chat = tiny.group(prompt("el perro"), replace(GREEDY, num_beams=4))
    together.join(patient)
    together.step()
    assert together.make_room(chat)
    together.join(chat)
    together.drop(patient)
    run_out(together)
    assert together.can_admit(tiny.group(prompt("la"), GREEDY, urgent=False))
    assert len(patient.tokens) == 1


def test_a_long_chat_is_answered_beside_batch_items_that_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cache counts rows times the longest row. Text that was sent is not sent again."""

    def engine() -> tuple[ThreadedEngine, LocalDecoder]:
        limits = Limits(max_rows=32, cache_tokens=1200, prefill_chunk=400)
        decoder = LocalDecoder(tiny.loaded(), max_input_tokens=400, truncate=True, limits=limits)
        return ThreadedEngine(lambda: decoder, 500), decoder

    def item(number: int) -> GenerationRequest:
        sampling = Sampling(max_tokens=40, min_tokens=40, seed=number, temperature=1.2, logprobs=1)
        messages = (Message("user", f"la casa {number}"),)
        return GenerationRequest(messages=messages, sampling=sampling, priority=Priority.BATCH)

    plain, _ = engine()
    expected = [plain.submit(item(number)).result(WAIT) for number in range(9)]
    beside, decoder = engine()
    preempted = 0
    make_room = Batch.make_room

    def counted(self: Batch, entry: SequenceGroup) -> bool:
        nonlocal preempted
        made = bool(make_room(self, entry))
        preempted += sum(each.preemptions for each in self._preempted)
        return made

    monkeypatch.setattr(Batch, "make_room", counted)
    handles = [beside.submit(item(number)) for number in range(9)]
    long = GenerationRequest(
        messages=(Message("user", "hola " * 60),),
        sampling=Sampling(max_tokens=2, temperature=0.0),
    )
    chats: list[Handle] = []

    def ask() -> None:
        if not chats:
            chats.append(beside.submit(long))

    with handles[5].watched(ask):  # on the engine's thread, at a text that is not the last
        handles[5].wait_for_text(WAIT)
        handles[5].result(WAIT)
    assert chats[0].done
    assert preempted
    for handle, alone in zip(handles, expected, strict=True):
        completion = handle.result(WAIT)
        assert completion.text == alone.text
        assert completion.completion_tokens == alone.completion_tokens
        piece, _, done = handle.after(0)
        assert piece is not None
        assert done
        assert (piece.text, len(piece.logprobs)) == (alone.text, len(alone.logprobs or ()))
    while decoder.busy:
        beside.submit(long).result(WAIT)
    snapshot = beside.snapshot()
    assert (snapshot.waiting, snapshot.rows, beside.counters.running) == (0, 0, 0)
    assert (decoder.batch.row_count, decoder.batch.held_tokens) == (0, 0)


def test_the_cache_does_not_keep_many_rows_when_a_long_one_comes() -> None:
    most = 700
    together = tiny.batch(tiny.rows(0), max_rows=32, max_tokens=most)
    for _ in range(2):
        for _ in range(9):
            together.join(tiny.group(prompt("la casa"), GREEDY))
        run_out(together)
        together.join(tiny.group(prompt("hola " * 120), GREEDY))
        together.join(tiny.group(prompt("la"), GREEDY))
        run_out(together)
        cache = together._rows.cache
        assert cache.rows * cache.columns <= most


# --- memory --------------------------------------------------------------------------------------


@pytest.fixture
def scarce(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let a pass run out of memory above `most` rows."""
    most = 100
    forward = ModelRunner.forward

    def bounded(
        self: ModelRunner, cache: Any, tokens: Any, *args: Any, **options: Any
    ) -> list[RowLogits]:
        if len(tokens) > most:
            raise torch.OutOfMemoryError("out of memory (tried to allocate more than there is)")
        return forward(self, cache, tokens, *args, **options)

    def limit(rows: int) -> None:
        nonlocal most
        most = rows

    monkeypatch.setattr(ModelRunner, "forward", bounded)
    return limit


@pytest.mark.parametrize("rows", [4, 5, 7])
def test_out_of_memory_halves_the_batch_and_changes_no_text(
    rows: int, scarce: Callable[[int], None]
) -> None:
    model = tiny.rows(0)
    scarce(100)
    alone = [tiny.decode(model, tiny.group(*each))[0] for each in mixture()]
    scarce(rows)
    assert tiny.decode(model, *(tiny.group(*each) for each in mixture())) == alone


def test_a_run_that_does_not_fit_alone_fails_and_the_others_go_on(
    scarce: Callable[[int], None],
) -> None:
    model = tiny.rows(0)
    scarce(100)
    (alone,) = tiny.decode(model, tiny.group(prompt("la"), GREEDY, session()))
    scarce(2)
    large = tiny.group(prompt("la"), replace(GREEDY, num_beams=3), session())
    small = tiny.group(prompt("la"), GREEDY, session())
    together = tiny.batch(model)
    together.join(large)
    together.join(small)
    run_out(together)
    assert isinstance(large.error, torch.OutOfMemoryError)
    assert small.ids == alone


def test_a_request_larger_than_the_cache_is_refused_with_both_numbers() -> None:
    decoder = LocalDecoder(
        tiny.loaded(), max_input_tokens=100, truncate=True, limits=Limits(cache_tokens=100)
    )
    request = GenerationRequest(
        messages=(Message("user", "hola"),), sampling=Sampling(max_tokens=60, num_beams=4)
    )
    with pytest.raises(EngineOutOfMemory, match="4 rows of"):
        decoder.decode(request, lambda text, logprobs=(): None, lambda: False)


# --- lists that are used for the first time ------------------------------------------------------


@pytest.mark.parametrize("beams", [1, 2])
def test_a_list_is_built_beside_the_engines_thread(
    beams: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build thread makes the token tries, the byte tries and the slice of the output head."""
    threads: dict[str, set[str]] = {"words": set(), "bytes": set(), "head": set()}

    def noting(what: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **options: Any) -> Any:
            threads[what].add(threading.current_thread().name)
            return call(*args, **options)

        return noted

    decoder = LocalDecoder(tiny.loaded(), max_input_tokens=100, truncate=True)
    engine = ThreadedEngine(lambda: decoder, 10)
    monkeypatch.setattr(WordPaths, "_find", noting("words", WordPaths._find))
    monkeypatch.setattr(ByteTrie, "__init__", noting("bytes", ByteTrie.__init__))
    monkeypatch.setattr(HeadSlice, "__init__", noting("head", HeadSlice.__init__))
    lexicon = Lexicon(["hola", "la", "casa", "es", "una"], "es")
    request = GenerationRequest(
        messages=(Message("user", "hola"),),
        sampling=Sampling(max_tokens=30, min_tokens=30, seed=1, num_beams=beams, unit="tokens"),
        vocabulary=Vocabulary(f"new {beams}", lexicon, 5),
    )
    engine.submit(request).result(WAIT)
    expected = {"engine-build"}
    assert threads == {
        "words": expected,
        "bytes": expected,
        "head": expected if beams == 1 else set(),
    }
    figures = decoder.constraints
    assert (figures.misses, figures.hits) == (1, 0)
    engine.submit(request).result(WAIT)
    assert (figures.misses, figures.hits) == (1, 1)


# --- the soak ------------------------------------------------------------------------------------


class Soak:
    """Random requests, cancellations and errors against one engine."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.decoder = LocalDecoder(
            tiny.loaded(),
            max_input_tokens=120,
            truncate=True,
            limits=Limits(max_rows=12, cache_tokens=12 * 200, prefill_chunk=32, prefix_tokens=300),
        )
        self.engine = ThreadedEngine(lambda: self.decoder, 500)
        self.lists = [
            Vocabulary("a", Lexicon(["hola", "la", "casa", "es", "una"], "es"), 5),
            Vocabulary("b", Lexicon(["perro", "niño", "gran", "casa"], "es"), 4),
            None,
        ]
        constraints = self.decoder._input_processor._constraints
        make = constraints.session

        def sometimes_broken(*args: Any, **options: Any) -> Any:
            made = make(*args, **options)
            error = self.random.choice([ValueError("a fault"), DeadEnd()])
            broken = self.random.random() < 0.2
            return Broken(made, self.random.randint(0, 20), error) if broken else made

        constraints.session = sometimes_broken  # type: ignore[method-assign]

    def request(self) -> GenerationRequest:
        choose = self.random
        some = ["hola", "la", "casa", "perro", "the dog sees"]
        words = choose.choices(some, k=choose.randint(1, 40))
        beams = choose.choice([1, 1, 1, 2, 4])
        return GenerationRequest(
            messages=(Message("user", " ".join(words)),),
            sampling=Sampling(
                max_tokens=choose.randint(1, 30),
                temperature=choose.choice([0.0, 1.2]),
                num_beams=beams,
                num_beam_groups=choose.choice([1, 1, 1, 3]),  # 3 is refused
                seed=choose.randint(0, 99),
                repetition_penalty=choose.choice([1.0, 1.3]),
                stop=choose.choice([(), ("a",)]),
                logprobs=choose.choice([None, 2]),
            ),
            vocabulary=choose.choice(self.lists),
            priority=choose.choice([Priority.CHAT, Priority.BATCH]),
            owner=choose.choice(["", "rosa", "eva"]),
        )

    def round(self, requests: int) -> dict[str, int]:
        """Submit the requests and cancel a third of them; return the number of each kind of end."""
        handles: list[Handle] = []
        for _ in range(requests):
            handles.append(self.engine.submit(self.request()))
            if self.random.random() < 0.3:
                leaver = self.random.choice(handles)
                with contextlib.suppress(EngineError):
                    leaver.wait_for_text(self.random.choice([0.0, 0.002]))
                leaver.cancel()
        ends: dict[str, int] = {}
        for handle in handles:
            try:
                handle.result(WAIT)
                end = "answered"
            except (GenerationCancelled, NoContinuation, EngineError) as error:
                end = type(error).__name__
            ends[end] = ends.get(end, 0) + 1
        return ends

    def left_behind(self) -> tuple[int, bool, int, int]:
        """After the last step: number of rows, busy or not, waiting requests, groups."""
        one_token = Sampling(max_tokens=1)
        last = GenerationRequest(messages=(Message("user", "la"),), sampling=one_token)
        while self.decoder.busy:  # cancelled requests leave with the next step
            self.engine.submit(last).result(WAIT)
        batch = self.decoder.batch
        waiting = self.engine.snapshot().waiting
        return batch.row_count, self.decoder.busy, waiting, len(batch.groups)


def tensor_bytes() -> int:
    gc.collect()
    tensors = [each for each in gc.get_objects() if type(each) is torch.Tensor]
    # Each storage once: the cache is looked at through views of all of it.
    storages = [each.untyped_storage() for each in tensors if each.layout is torch.strided]
    return sum({each.data_ptr(): each.nbytes() for each in storages}.values())


def alive() -> int:
    gc.collect()  # a failure's traceback is a cycle
    # Not isinstance, which wakes lazily loaded modules that are among the objects.
    return sum(type(each) in (RequestGroup, TrackedHandle) for each in gc.get_objects())


def soak(seed: int, rounds: int, requests: int) -> None:
    soaked = Soak(seed)
    ends: dict[str, int] = {}
    a_token = tiny.rows(0).layout.bytes_per_token
    others = alive()  # of tests before this one
    most = tensor_bytes() + a_token * (12 * 320 + 300) + 100_000  # cache, prefixes, the last step's
    for _ in range(rounds):
        for end, times in soaked.round(requests).items():
            ends[end] = ends.get(end, 0) + times
        assert soaked.left_behind() == (0, False, 0, 0)
        assert alive() <= others + 2  # what the engine's thread has last had in hand
        assert tensor_bytes() <= most
    assert sum(ends.values()) == rounds * requests
    assert set(ends) == {
        "answered",
        "GenerationCancelled",
        "InvalidRequest",
        "NoContinuation",
        "EngineError",
    }
    assert soaked.engine.health().state == "ready"


@pytest.fixture
def forgetful_log() -> Iterator[None]:
    """pytest keeps log records, and with a traceback all objects of its frames."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("forgetful_log")
def test_comings_and_goings_leave_nothing_behind() -> None:
    soak(seed=1, rounds=4, requests=50)


@pytest.mark.long
@pytest.mark.usefixtures("forgetful_log")
def test_comings_and_goings_for_ten_minutes() -> None:
    end, seed = time.monotonic() + 600, 100
    while time.monotonic() < end:
        soak(seed, rounds=8, requests=100)
        seed += 1
