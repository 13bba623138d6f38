"""Convert an item into a request, and the end of the request into what the worker stores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from batches.formats.results import wordlist_of
from batches.models import BatchItem, BatchJob, Result
from batches.seeds import item_seed
from batches.worker.in_flight import InFlightItem, Replies
from batches.worker.lease import Failure
from generation.chat.chat_request import best_of, chat_request
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

CHOICE_SEPARATOR = "\n\n"  # between the texts of several choices in `Result.text`


def parameters_of(job: BatchJob, item: BatchItem) -> dict[str, Any]:
    """Return the item's own parameters, or the job's if it has none."""
    return dict(job.parameters if item.parameters is None else item.parameters)


def replies_of(job: BatchJob, item: BatchItem) -> Replies:
    """Return the number of replies that the item asks for."""
    parameters = parameters_of(job, item)
    return Replies(int(parameters.get("n", 1)), best_of(parameters))


def request_of(job: BatchJob, item: BatchItem) -> GenerationRequest:
    """Return the engine's request. Raises any exception for parameters that are not valid."""
    parameters = parameters_of(job, item)
    seed = parameters.get("seed") if item.parameters is not None else None
    if seed is None:
        seed = item_seed(job.seed, item.index)
    return chat_request(
        {**parameters, "seed": seed},
        wordlist_of(job, item),
        item.messages,
        owner=job.owner_id,
        priority=Priority.BATCH,
    )


def result_of(job: BatchJob, item: BatchItem, completions: Sequence[Completion]) -> Result:
    """Return the unsaved result of an item. completions: One for each choice."""
    wordlist = wordlist_of(job, item)
    body = Answer(model=job.model, wordlist=wordlist).body(*completions)
    first = completions[0]
    plain = len(completions) == 1 and first.logprobs is None and first.reasoning is None
    return Result(
        item=item,
        text=CHOICE_SEPARATOR.join(completion.text for completion in completions),
        finish_reason=first.finish_reason,
        choices=None if plain else body["choices"],
        prompt_tokens=body["usage"]["prompt_tokens"],
        completion_tokens=body["usage"]["completion_tokens"],
        prompt_truncated=body["prompt_truncated"],
        vocab_report=body.get("vocab_report"),
        seed=first.seed,
        seconds=max(completion.seconds for completion in completions),
    )


def failure_of(item: BatchItem, error: Exception) -> Failure:
    """Return the failure for an exception. Logs an exception of an unexpected type."""
    api_error = as_api_error(error)
    return Failure(
        item=item,
        message=api_error.message,
        code=api_error.code or "",
        param=api_error.param or "",
        http_status=api_error.status_code,
    )


def worker_died(item: BatchItem) -> Failure:
    """Return the failure of an item that has used all its attempts."""
    return Failure(
        item=item,
        message=f"The worker died {item.attempts} times while answering this item.",
        code="worker_died",
    )


@dataclass(slots=True)
class Outcomes:
    """What to store for items that have ended in the engine.

    interrupted: Items that did not cause the interruption. They run again at no attempt.
    suspects: Items that may have caused it. They keep the attempt and run again alone.
    group_limit: New limit of items in flight if the engine ran out of memory, else None.
    busy: The error if the engine's queue was full.
    unavailable: The error if the model was unavailable.
    """

    results: list[Result] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    interrupted: list[BatchItem] = field(default_factory=list)
    suspects: list[BatchItem] = field(default_factory=list)
    group_limit: int | None = None
    busy: EngineBusy | None = None
    unavailable: ModelUnavailable | None = None


def outcomes_of(job: BatchJob, ended: Iterable[InFlightItem]) -> Outcomes:
    """Return the outcomes of items that have ended. Raises DatabaseError."""
    outcomes = Outcomes()
    for entry in ended:
        try:
            completions = entry.call.completions()
            outcomes.results.append(result_of(job, entry.item, completions))
        except DatabaseError:
            raise
        except Exception as error:
            _add_error(outcomes, entry, error)
    return outcomes


def _add_error(outcomes: Outcomes, entry: InFlightItem, error: Exception) -> None:
    item = entry.item
    match error:
        case ModelUnavailable():
            outcomes.unavailable = error
            outcomes.interrupted.append(item)
        case EngineBusy():
            outcomes.busy = error
            outcomes.interrupted.append(item)
        case EngineOutOfMemory() if entry.group_size > 1:
            half = entry.group_size // 2
            outcomes.group_limit = min(half, outcomes.group_limit or half)
            outcomes.interrupted.append(item)
        # The item ran out of memory alone, or the engine stopped or cancelled the request: the item
        # may be the cause.
        case EngineOutOfMemory() | EngineStopped() | GenerationCancelled() if (
            item.attempts + 1 < settings.BATCH_MAX_ATTEMPTS
        ):
            outcomes.suspects.append(item)
        case _:
            outcomes.failures.append(failure_of(item, error))
