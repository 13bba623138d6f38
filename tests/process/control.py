"""Changes and reads a site's database for a test: a line of JSON in, a line out.

Run as `python -m tests.process.control` with the site's environment. As a process of its own, it
sees only committed data, on every database.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402

from batches import tasks  # noqa: E402
from batches.formats.results import job_body  # noqa: E402
from batches.lifecycle.actions import ACTIONS  # noqa: E402
from batches.models import BatchItem, BatchJob, FilePart, Result, StoredFile  # noqa: E402
from batches.nudge import nudge  # noqa: E402
from generation.auth.api_key import ApiKey  # noqa: E402
from tests.batches.api_client import line  # noqa: E402
from tests.batches.factories import stored_batch  # noqa: E402
from vocab.models import Wordlist  # noqa: E402
from vocab.revisions import add_revision  # noqa: E402


def submit(prompts: list[str]) -> str:
    owner, _ = User.objects.get_or_create(username="tester")
    parameters = {"temperature": 0.0, "top_p": 1.0, "top_k": 0, "repetition_penalty": 1.0}
    job = BatchJob.objects.create(
        owner=owner,
        model=settings.SERVED_MODEL_NAME,
        parameters={**parameters, "num_beams": 1, "length_penalty": 1.0, "max_tokens": 8},
        seed=5,
        total=len(prompts),
    )
    BatchItem.objects.bulk_create(
        BatchItem(job=job, index=index, messages=[{"role": "user", "content": prompt}])
        for index, prompt in enumerate(prompts)
    )
    nudge()
    return job.public_id


def submit_file(count: int) -> str:
    owner, _ = User.objects.get_or_create(username="tester")
    lines = (line(f"id-{index}", user="x" * 500) for index in range(count))
    return stored_batch(owner, *lines).public_id


def filed(job: str) -> dict[str, Any]:
    """Return the ids of the lines in each result file of a finished batch, in their order."""
    found = BatchJob.objects.get(public_id=job)
    ids = {}
    for kind in ("output", "error"):
        parts = FilePart.objects.filter(file__public_id=getattr(found, f"{kind}_file_id"))
        content = b"".join(bytes(part.content) for part in parts.order_by("index"))
        ids[kind] = [json.loads(text)["custom_id"] for text in content.splitlines()]
    return {**ids, "files": StoredFile.objects.count()}


def add_wordlist(slug: str, language: str, words: list[str]) -> None:
    wordlist = Wordlist.objects.create(slug=slug, title=slug, language=language)
    add_revision(wordlist, words)


def make_key() -> str:
    owner, _ = User.objects.get_or_create(username="tester")
    key = ApiKey(name="tests", user=owner)
    token = key.set_token()
    key.save()
    return token


def sweep() -> None:
    """Do the work of the minutely schedule."""
    tasks.sweep()


def act(job: str, action: str) -> None:
    ACTIONS[action](BatchJob.objects.get(public_id=job))


def state(job: str) -> dict[str, Any]:
    found = BatchJob.objects.get(public_id=job)
    return {
        **job_body(found),
        "lease_owner": found.lease_owner,
        "read_lines": found.read_lines,
        "filed_count": found.filed_count,
    }


def outcome(job: str) -> dict[str, Any]:
    """Count the items of a job by status, attempts and results."""
    items = BatchItem.objects.filter(job__public_id=job).order_by("index")
    results = Result.objects.filter(item__in=items)
    return {
        "indexes": list(items.values_list("index", flat=True)),
        "statuses": dict(Counter(items.values_list("status", flat=True))),
        "attempts": dict(Counter(map(str, items.values_list("attempts", flat=True)))),
        "errors": sorted(set(items.exclude(error="").values_list("error", flat=True))),
        "results": results.count(),
        "answered": results.values("item").distinct().count(),
    }


COMMANDS: dict[str, Callable[..., Any]] = {
    command.__name__: command
    for command in (
        submit,
        submit_file,
        add_wordlist,
        make_key,
        sweep,
        act,
        state,
        outcome,
        filed,
    )
}


if __name__ == "__main__":
    for command in sys.stdin:
        name, arguments = json.loads(command)
        sys.stdout.write(json.dumps(COMMANDS[name](*arguments)) + "\n")
        sys.stdout.flush()
