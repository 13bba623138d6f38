"""From an item to the engine's request, and from how that ended to what is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from batches.formats.results import wordlist_of
from batches.models import BatchItem, BatchJob, Result
from batches.seeds import item_seed
from batches.worker.in_flight import InFlightItem
from batches.worker.lease import Failure
from generation.chat.chat_request import chat_request
from generation.engine.contract import (
    Completion,
    EngineBusy,
    EngineOutOfMemory,
    EngineStopped,
    GenerationCancelled,
    GenerationRequest,
    ModelUnavailable,
    Priority,
)
from generation.openai.completions import Answer
from generation.openai.errors import as_api_error

CHOICE_SEPARATOR = "\n\n"  # where the texts of several choices stand in one field


def parameters_of(job: BatchJob, item: BatchItem) -> dict[str, Any]:
    """The item's own, or else the job's."""
    return dict(job.parameters if item.parameters is None else item.parameters)


def n_of(job: BatchJob, item: BatchItem) -> int:
    """How many choices the item is to have."""
    return int(parameters_of(job, item).get("n", 1))


def request_of(job: BatchJob, item: BatchItem) -> GenerationRequest:
    parameters = parameters_of(job, item)
    seed = parameters.get("seed") if item.parameters is not None else None
    if seed is None:
        seed = item_seed(job.seed, item.index)
    return chat_request(
        {**parameters, "seed": seed},
        wordlist_of(job, item),
        item.messages,
        priority=Priority.BATCH,
    )


def result_of(job: BatchJob, item: BatchItem, completions: Sequence[Completion]) -> Result:
    wordlist = wordlist_of(job, item)
    body = Answer(model=job.model, wordlist=wordlist).body(*completions)
    first = completions[0]
    plain = len(completions) == 1 and first.logprobs is None
    return Result(
        item=item,
        text=CHOICE_SEPARATOR.join(completion.text for completion in completions),
        finish_reason=first.finish_reason,
        choices=None if plain else body["choices"],
        prompt_tokens=body["usage"]["prompt_tokens"],
        completion_tokens=body["usage"]["completion_tokens"],
        vocab_report=body.get("vocab_report"),
        seed=first.seed,
        seconds=max(completion.seconds for completion in completions),
    )


def failure_of(item: BatchItem, error: Exception) -> Failure:
    """Say an error in OpenAI's words; one that nobody foresaw goes to the log."""
    said = as_api_error(error)
    return Failure(
        item=item,
        message=said.message,
        code=said.code or "",
        param=said.param or "",
        http_status=said.status_code,
    )


def crashed(item: BatchItem) -> Failure:
    return Failure(
        item=item,
        message=f"The worker died {item.attempts} times while answering this item.",
        code="worker_died",
    )


@dataclass(slots=True)
class Outcomes:
    """What to write for items that the engine has let go of.

    put_back: not their doing, so that it costs no attempt. suspects: perhaps their doing, so that
    they keep the attempt and run alone next time. group_limit: set if memory ran out.
    """

    results: list[Result] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    put_back: list[BatchItem] = field(default_factory=list)
    suspects: list[BatchItem] = field(default_factory=list)
    group_limit: int | None = None
    busy: EngineBusy | None = None
    unavailable: ModelUnavailable | None = None


def outcomes_of(job: BatchJob, ended: Iterable[InFlightItem]) -> Outcomes:
    """Sort ended flights by what is to be done for them. Raises DatabaseError."""
    outcomes = Outcomes()
    for flight in ended:
        try:
            completions = flight.call.completions()
            outcomes.results.append(result_of(job, flight.item, completions))
        except DatabaseError:
            raise
        except Exception as error:
            _sort_out(outcomes, flight, error)
    return outcomes


def _sort_out(outcomes: Outcomes, flight: InFlightItem, error: Exception) -> None:
    item = flight.item
    match error:
        case ModelUnavailable():
            outcomes.unavailable = error
            outcomes.put_back.append(item)
        case EngineBusy():
            outcomes.busy = error
            outcomes.put_back.append(item)
        case EngineOutOfMemory() if flight.width > 1:
            half = flight.width // 2
            outcomes.group_limit = min(half, outcomes.group_limit or half)
            outcomes.put_back.append(item)
        # Out of memory alone, or the engine died of something, or gave it up: it may be the item.
        case EngineOutOfMemory() | EngineStopped() | GenerationCancelled() if (
            item.attempts + 1 < settings.BATCH_MAX_ATTEMPTS
        ):
            outcomes.suspects.append(item)
        case _:
            outcomes.failures.append(failure_of(item, error))
