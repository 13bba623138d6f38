"""Advance one job by one slice of items: the whole of a worker's work."""

from __future__ import annotations

import logging
import time

from django.conf import settings

from batches.leases import Lease, LeaseLost
from batches.models import BatchItem, Result
from batches.serializers import wordlist_of
from generation.engine.contract import (
    Completion,
    EngineBusy,
    EngineError,
    ModelUnavailable,
    Priority,
)
from generation.engines import get_engine
from generation.requests import chat_request

logger = logging.getLogger(__name__)

# How often the lease is renewed while an item is being answered.
TICK_SECONDS = 5.0
BACK_OFF_SECONDS = 30.0
MAX_ENGINE_FAILURES = 5


def advance() -> bool:
    """Claim a job, answer items until the slice's time is over, let go. False if none was open.

    1. claim the job by a conditional update;
    2. commit an attempt for the item, so that a crash is counted;
    3. answer it, renewing the lease;
    4. write the result, guarded by the lease;
    5. release, with the next nudge in the same transaction, or finish the job.
    A worker that dies anywhere leaves a lease that expires and items that are still pending.
    """
    lease = Lease.claim()
    if lease is None:
        return False
    started = time.monotonic()
    done = 0
    try:
        for item in _next_items(lease):
            _answer(lease, item)
            done += 1
            if time.monotonic() - started > settings.BATCH_SLICE_SECONDS:
                break
        lease.release()
    except LeaseLost:
        logger.warning("lease lost job=%s", lease.job.public_id)
    except (ModelUnavailable, EngineBusy) as error:
        logger.error("engine unavailable job=%s error=%s", lease.job.public_id, error)
        try:
            lease.back_off(str(error), BACK_OFF_SECONDS, MAX_ENGINE_FAILURES)
        except LeaseLost:
            logger.warning("lease lost job=%s", lease.job.public_id)
    logger.info(
        "slice job=%s items=%d seconds=%.1f",
        lease.job.public_id,
        done,
        time.monotonic() - started,
    )
    return True


def _next_items(lease: Lease) -> list[BatchItem]:
    pending = lease.job.items.filter(status=BatchItem.Status.PENDING).order_by("index")
    return list(pending[: settings.BATCH_SLICE_ITEMS])


def _answer(lease: Lease, item: BatchItem) -> None:
    if item.attempts >= settings.BATCH_MAX_ATTEMPTS:
        lease.fail(item, f"The worker died {item.attempts} times while answering this item.")
        return
    lease.start(item)
    try:
        completion = _generate(lease, item)
    except (ModelUnavailable, EngineBusy):
        lease.give_back(item)
        raise
    except EngineError as error:
        lease.fail(item, str(error))
        return
    lease.succeed(item, _result(lease, item, completion))


def _generate(lease: Lease, item: BatchItem) -> Completion:
    parameters = lease.job.parameters
    if parameters.get("seed") is not None:
        # Each item its own draws, the same ones however the job was cut into slices.
        parameters = {**parameters, "seed": (parameters["seed"] + item.index) % 2**63}
    request = chat_request(
        parameters, wordlist_of(lease.job), item.messages, priority=Priority.BATCH
    )
    handle = get_engine().submit(request)
    try:
        while True:
            try:
                return handle.result(TICK_SECONDS)
            except TimeoutError:
                lease.renew()
    finally:
        handle.cancel()  # nothing once it is done; frees the engine if the lease was lost


def _result(lease: Lease, item: BatchItem, completion: Completion) -> Result:
    wordlist = wordlist_of(lease.job)
    report = wordlist.vocabulary.checker.report(completion.text).as_dict() if wordlist else None
    return Result(
        item=item,
        text=completion.text,
        finish_reason=completion.finish_reason,
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
        vocab_report=report,
        seed=completion.seed,
        seconds=completion.seconds,
    )
