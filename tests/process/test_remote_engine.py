"""The same engine in this process and in another one gives the same replies.

The other one is a real web server with the tiny model; both have float32 and one thread.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from generation.chat.phased_handle import submit
from generation.chat.phases import Draft, PhasedRequest
from generation.engine.contract import (
    Completion,
    EngineBusy,
    EngineError,
    EngineStopped,
    GenerationCancelled,
    GenerationRequest,
    InvalidRequest,
    Message,
    ModelUnavailable,
    Piece,
    Priority,
    PromptTooLong,
    Sampling,
    TokenLogprob,
)
from generation.engine.engine_protocol import Engine
from generation.engine.handle import Handle
from generation.engine.remote import client
from generation.engine.remote.client import RemoteEngine
from generation.engine.service.engine_thread import ThreadedEngine
from generation.engine.streaming import stream_pieces, stream_text
from generation.serving.engine_provider import set_engine
from tests.process.engine import tiny_decoder
from tests.process.site import Site, running_site
from tests.process.web import ENGINE_KEY, Web, running_web
from vocab.words.lexicon import Lexicon
from vocab.words.orthography import Numbers, Style
from vocab.words.parse import digest
from vocab.words.vocabulary import Vocabulary

pytestmark = pytest.mark.process

WAIT = 60.0
MODEL = "SmolLM2-135M-Instruct"  # the site serves every model under this name
MAX_QUEUE = 6
WORDS = ["hola", "la", "casa", "es", "una", "como", "com", "grande", "perro", "niño", "sin embargo"]
LIST = Vocabulary(digest(WORDS), Lexicon(WORDS, "es"), len(WORDS))
IMPOSSIBLE = Sampling(num_beams=4, num_beam_groups=3, temperature=0.0)
LONG = Sampling(max_tokens=200, min_tokens=200, temperature=1.0, seed=1)
ENDLESS = Sampling(max_tokens=400, min_tokens=400, temperature=1.0, seed=1)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("remote")) as site:
        site.call("add_wordlist", "es", "es", WORDS)
        yield site


@pytest.fixture(scope="module")
def web(site: Site) -> Iterator[Web]:
    with running_web(site, "tiny", ENGINE_MAX_QUEUE=str(MAX_QUEUE)) as web:
        yield web


@pytest.fixture(scope="module")
def there(web: Web) -> Iterator[RemoteEngine]:
    engine = RemoteEngine(web.url, ENGINE_KEY, MODEL)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def here() -> ThreadedEngine:
    return ThreadedEngine(tiny_decoder, MAX_QUEUE)


def ask(sampling: Sampling, words: Vocabulary | None = None, **more: Any) -> GenerationRequest:
    return GenerationRequest(
        messages=(Message("user", "hola"),), sampling=sampling, vocabulary=words, **more
    )


def until(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT
    pause = threading.Event()
    while not reached():
        assert time.monotonic() < deadline, what
        pause.wait(0.02)


# --- the same replies ----------------------------------------------------------------------------


async def heard(engine: Engine, request: GenerationRequest) -> tuple[str, Any, Completion]:
    """Return the streamed text, the streamed log-probabilities (those of the prompt first) and the
    completion.
    """
    handle = await asyncio.to_thread(engine.submit, request)
    pieces = [piece async for piece in stream_pieces(handle) if isinstance(piece, Piece)]
    logprobs = tuple(each for piece in pieces for each in (*piece.prompt_logprobs, *piece.logprobs))
    return "".join(piece.text for piece in pieces), logprobs, handle.result(WAIT)


SAMPLINGS = {
    "greedy": Sampling(max_tokens=12, temperature=0.0, seed=4),
    "sampled": Sampling(max_tokens=20, temperature=1.3, top_k=0, top_p=0.9, seed=2**63 - 1),
    "log-probabilities": Sampling(max_tokens=12, temperature=1.0, seed=5, logprobs=3),
    "a prompt's log-probabilities": Sampling(
        max_tokens=12, temperature=1.0, seed=5, logprobs=3, prompt_logprobs=2
    ),
    "a prompt alone": Sampling(max_tokens=0, seed=5, logprobs=0, prompt_logprobs=1),
    "penalties": Sampling(
        max_tokens=20,
        temperature=0.9,
        seed=3,
        repetition_penalty=1.3,
        presence_penalty=0.4,
        frequency_penalty=0.2,
        min_tokens=6,
        logit_bias={40: 3.0, 41: -100.0},
    ),
    "stop strings": Sampling(max_tokens=40, temperature=1.2, seed=9, stop=("a", "e")),
    "beams": Sampling(max_tokens=8, temperature=0.0, seed=4, num_beams=3, length_penalty=0.5),
    "diverse beams": Sampling(
        max_tokens=6,
        temperature=0.0,
        seed=4,
        num_beams=4,
        num_beam_groups=2,
        diversity_penalty=0.8,
    ),
}
VOCABULARIES = {
    "any word": None,
    "a list": LIST,
    "its first words in a style of their own": replace(
        LIST, n_words=6, style=Style(numbers=Numbers.NONE)
    ),
}


@pytest.mark.parametrize("words", VOCABULARIES.values(), ids=list(VOCABULARIES))
@pytest.mark.parametrize("sampling", SAMPLINGS.values(), ids=list(SAMPLINGS))
def test_text_tokens_logprobs_and_seed_are_the_same(
    here: ThreadedEngine, there: RemoteEngine, sampling: Sampling, words: Vocabulary | None
) -> None:
    request = ask(sampling, words, token_paths="all", finish="word")
    text, logprobs, expected = asyncio.run(heard(here, request))
    remote_text, remote_logprobs, answer = asyncio.run(heard(there, request))
    of_itself: dict[str, Any] = {"seconds": 0.0, "logprobs": None, "prompt_logprobs": None}
    assert replace(answer, **of_itself) == replace(expected, **of_itself)
    assert answer.seconds > 0
    assert remote_text == text == answer.text
    assert [each.token_id for each in remote_logprobs] == [each.token_id for each in logprobs]
    for ours, theirs in zip(remote_logprobs, logprobs, strict=True):
        assert_alike(ours, theirs)
    assert remote_logprobs == (*(answer.prompt_logprobs or ()), *(answer.logprobs or ()))
    if words is not None:
        assert words.checker.report(answer.text).out_of_list == ()
    if sampling.logprobs is not None:
        assert logprobs
    if sampling.prompt_logprobs is not None:
        assert len(answer.prompt_logprobs or ()) == answer.prompt_tokens > 1


def assert_alike(ours: TokenLogprob, theirs: TokenLogprob) -> None:
    """Compare tokens; earlier content of the cache may change the rounding of the score."""
    assert (ours.token_id, ours.data) == (theirs.token_id, theirs.data)
    assert (ours.logprob is None) is (theirs.logprob is None)  # of the first token of a prompt
    assert ours.logprob == pytest.approx(theirs.logprob, abs=1e-4)
    for our_top, their_top in zip(ours.top, theirs.top, strict=True):
        assert_alike(our_top, their_top)


def test_a_seed_drawn_there_is_returned_and_repeats_the_text(
    there: RemoteEngine,
) -> None:
    drawn = there.submit(ask(Sampling(max_tokens=20), LIST)).result(WAIT)
    again = there.submit(ask(Sampling(max_tokens=20, seed=drawn.seed), LIST)).result(WAIT)
    assert (again.text, again.seed) == (drawn.text, drawn.seed)


def test_a_reply_with_a_draft_is_the_same(here: ThreadedEngine, there: RemoteEngine) -> None:
    asked = ask(Sampling(max_tokens=12, temperature=1.0, seed=3), LIST)
    request = PhasedRequest.of(asked, draft=Draft(9, "otra vez"))
    replies = []
    for engine in (here, there):
        set_engine(engine)
        try:
            replies.append(submit(request).result(WAIT))
        finally:
            set_engine(None)
    ours, theirs = (replace(each, seconds=0.0, cached_tokens=0) for each in replies)
    assert ours == theirs
    assert (theirs.draft_tokens, LIST.checker.report(theirs.text).out_of_list) == (9, ())


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (ask(IMPOSSIBLE), InvalidRequest),
        (replace(ask(Sampling()), messages=(Message("user", "hola " * 400),)), PromptTooLong),
    ],
    ids=["a parameter", "a prompt"],
)
def test_an_error_is_the_same(
    here: ThreadedEngine, there: RemoteEngine, request_: GenerationRequest, kind: type[EngineError]
) -> None:
    told = []
    for engine in (here, there):
        with pytest.raises(kind) as caught:
            engine.submit(request_).result(WAIT)
        told.append((str(caught.value), vars(caught.value)))
    assert told[0] == told[1]


def test_an_error_before_any_text_is_raised_by_the_wait_for_text(there: RemoteEngine) -> None:
    handle = there.submit(ask(IMPOSSIBLE))
    with pytest.raises(InvalidRequest):
        handle.wait_for_text(WAIT)


# --- concurrency, cancelling, a full queue -------------------------------------------------------


def rows(there: RemoteEngine) -> int:
    return there.snapshot().rows


def test_many_requests_at_once_are_one_thread_and_leave_no_connection(
    there: RemoteEngine, web: Web
) -> None:
    there.health()
    process = psutil.Process()
    threads = threading.active_count()
    # The queue has room for all of them, so none is refused.
    handles = there.submit_all([ask(LONG)] * MAX_QUEUE)
    assert connections(process, web) == MAX_QUEUE
    assert threading.active_count() == threads
    for handle in handles:
        assert handle.result(WAIT).completion_tokens == 200
    until(lambda: connections(process, web) == 0, "a connection was left")


def connections(process: psutil.Process, web: Web) -> int:
    found = process.net_connections("tcp")
    return sum(each.raddr and each.raddr.port == web.port for each in found)


def test_a_cancelled_request_stops_within_a_token(there: RemoteEngine, web: Web) -> None:
    handle = there.submit(ask(ENDLESS))
    assert handle.wait_for_text(WAIT)
    before = there.snapshot()
    handle.cancel()
    with pytest.raises(GenerationCancelled):
        handle.result(WAIT)
    until(lambda: rows(there) == 0, "it went on")
    after = there.snapshot()
    assert after.failures == before.failures + 1
    assert after.tokens - before.tokens < 300


def test_a_reader_that_leaves_and_one_that_dies_cancel_too(there: RemoteEngine) -> None:
    async def leave() -> None:
        handle = await asyncio.to_thread(there.submit, ask(LONG))
        stream = stream_text(handle)
        await anext(stream)
        await stream.aclose()

    failures = there.snapshot().failures
    asyncio.run(leave())
    until(lambda: there.snapshot().failures == failures + 1, "it went on")


def test_a_full_queue_refuses_at_once_with_retry_after(there: RemoteEngine) -> None:
    handles: list[Handle] = []

    def fill() -> None:
        while True:
            handles.append(there.submit(ask(ENDLESS, priority=Priority.BATCH)))

    with pytest.raises(EngineBusy, match=r"\d+ requests are waiting") as refused:
        fill()
    assert refused.value.retry_after == EngineBusy(1).retry_after
    # A queue full of batch items neither refuses a chat nor makes it wait.
    chat = there.submit(ask(Sampling(max_tokens=3, temperature=0.0)))
    assert chat.result(WAIT).completion_tokens <= 3
    assert not any(handle.done for handle in handles)
    for handle in handles:
        handle.cancel()
    until(lambda: rows(there) == 0 and there.snapshot().waiting == 0, "they went on")
    assert there.submit(ask(Sampling(max_tokens=1))).result(WAIT).completion_tokens == 1


# --- mismatches and lost connections -------------------------------------------------------------


def test_health_counters_and_runtime_are_those_of_the_other_process(there: RemoteEngine) -> None:
    there.warm_up()
    assert there.health().state == "ready"
    before = there.snapshot().tokens
    there.submit(ask(Sampling(max_tokens=5, min_tokens=5))).result(WAIT)
    assert there.snapshot().tokens == before + 5
    assert there.runtime()["engine"] == "scripted"


def test_a_list_that_the_engines_database_lacks_is_named(there: RemoteEngine) -> None:
    other = Vocabulary(digest(["la"]), Lexicon(["la"], "es"), 1)
    with pytest.raises(ModelUnavailable, match=rf"sha256 {digest(['la'])}.* same database"):
        there.submit(ask(Sampling(max_tokens=2), other))


@pytest.mark.parametrize(
    ("key", "model", "path", "message"),
    [
        ("x" * 40, MODEL, "", "refuses the key: ENGINE_KEY must be the same"),
        (ENGINE_KEY, "another", "", f"has the model '{MODEL}', not 'another'"),
        (ENGINE_KEY, MODEL, "/elsewhere", "shares no engine"),
    ],
)
def test_an_engine_that_does_not_match_is_an_error(
    web: Web, key: str, model: str, path: str, message: str
) -> None:
    engine = RemoteEngine(web.url + path, key, model)
    with pytest.raises(ModelUnavailable, match=message) as refused:
        engine.submit(ask(Sampling(max_tokens=1)))
    assert key not in str(refused.value)
    engine.close()


def test_an_unreachable_engine_is_an_error() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    engine = RemoteEngine(f"http://127.0.0.1:{port}", ENGINE_KEY, MODEL)
    with pytest.raises(ModelUnavailable, match=f"127.0.0.1:{port} cannot be reached"):
        engine.submit(ask(Sampling()))
    assert engine.health().state == "unreachable"
    assert engine.snapshot().tokens == 0
    engine.close()


def test_silence_is_a_lost_connection(
    web: Web, there: RemoteEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that is stopped keeps its connections open."""
    there.warm_up()
    # Shorter than the time between two keep-alive lines: it counts from the first text.
    monkeypatch.setattr(client, "SILENCE_SECONDS", 3.0)
    impatient = RemoteEngine(web.url, ENGINE_KEY, MODEL)
    handle = impatient.submit(ask(ENDLESS))
    assert handle.wait_for_text(WAIT)
    web.signal(signal.SIGSTOP)
    try:
        with pytest.raises(EngineStopped, match="fell silent"):
            handle.result(WAIT)
    finally:
        web.signal(signal.SIGCONT)
    impatient.close()
    until(lambda: rows(there) == 0, "it went on")


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_inherits_no_connection(there: RemoteEngine) -> None:
    """A parent cannot close a connection that its child keeps open."""
    handle = there.submit(ask(LONG))
    assert handle.wait_for_text(WAIT)
    descriptors = {number for number in there._sockets if is_socket(number)}
    assert len(descriptors) == 1
    set_engine(there)
    child = os.fork()
    if child == 0:
        os._exit(any(is_socket(number) for number in descriptors))
    set_engine(None)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert handle.result(WAIT).completion_tokens == 200


def is_socket(descriptor: int) -> bool:
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink().name.startswith("socket:")
    except OSError:
        return False
