"""Accept a job: store the job, its items and its first queue message in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import Truncator

from batches.intake.job_items import ItemReader
from batches.intake.prompt_upload import Spool
from batches.intake.request_body import wordlists_now
from batches.lifecycle.expiry import batch_expiry, job_expiry
from batches.models import BatchItem, BatchJob, StoredFile
from batches.models.jobs import MAX_NAME_CHARS
from batches.nudge import nudge
from batches.seeds import new_seed
from generation.aliases.resolver import models_of, resolve_request, snapshot
from generation.openai.errors import ApiError
from generation.openai.fields.other_fields import ALIASES
from generation.openai.fields.strict_serializer import NUMBERS_AS_TEXT
from generation.openai.serializers import ParametersSerializer

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from generation.auth.api_key import ApiKey

# Number of items that one INSERT stores.
INSERT_BATCH = 1000


@dataclass(frozen=True, slots=True)
class JobParameters:
    """The validated parameters of the query string.

    given: Those that it sets, which have priority over an item's own.
    all: Also what the model and the key bind, and the defaults of the others. `model` is among them
        only if it is an alias.
    """

    given: dict[str, Any]
    all: dict[str, Any]


def read_parameters(query: Mapping[str, str], api_key: ApiKey | None) -> JobParameters:
    """Validate the parameters of a whole job. An empty parameter counts as not given."""
    sent = {name: value for name, value in query.items() if value != "" and name != "token"}
    serializer = ParametersSerializer(context=NUMBERS_AS_TEXT)
    resolved = resolve_request(serializer, sent, models_of(api_key))
    others: dict[str, Any] = {**serializer.run_validation({}), **resolved.bound_fields}
    names = {ALIASES.get(name, name) for name in sent}
    given = {
        name: value
        for name, value in resolved.fields.items()
        if name in names or value != others.get(name)
    }
    if "model" in sent:
        given["model"] = sent["model"]
    return JobParameters(given, resolved.parameters)


@contextmanager
def _stored_or_refused() -> Iterator[None]:
    """A transaction. Raises ApiError (409) if something that the job refers to was deleted since it
    was read.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not _is_missing_reference(error):
            raise
        raise ApiError(
            409,
            "Nothing was stored, because a wordlist, the file or the key that the job uses was"
            " deleted in this moment.",
            code="deleted_meanwhile",
        ) from error


def _is_missing_reference(error: IntegrityError) -> bool:
    code = getattr(error.__cause__, "sqlstate", None)  # of PostgreSQL
    return code == "23503" or "FOREIGN KEY" in str(error)


def submit(
    items: Spool,
    reader: ItemReader,
    parameters: dict[str, Any],
    *,
    owner: User,
    api_key: ApiKey | None,
    name: str = "",
) -> BatchJob:
    """Store a job with its items and the current revisions of their wordlists.

    reader: It has read the items. parameters: Those of the job, with defaults.
    name: For people. If it is empty, the job has the beginning of its first prompt as its name.

    If no seed is given, a random one is stored, so that every result can be reproduced.
    """
    wordlist = reader.wordlist
    if wordlist is not None:  # the wordlist's style may change during the job
        parameters = parameters | wordlist.pinned_parameters
    seed = parameters.get("seed")
    with _stored_or_refused():
        job = BatchJob.objects.create(
            name=_shortened(name or first_prompt(items)),
            owner=owner,
            api_key=api_key,
            revision=wordlist.revision if wordlist else None,
            n_words=wordlist.n_words if wordlist else None,
            model=settings.SERVED_MODEL_NAME,
            parameters=parameters,
            seed=new_seed() if seed is None else seed,
            total=len(items),
            failed_count=items.invalid_count,
            invalid_count=items.invalid_count,
            warnings=reader.warnings(),
            expires_at=job_expiry(),
        )
        rows: list[BatchItem] = []
        for index, columns in enumerate(items):
            rows.append(BatchItem(job=job, index=index, **columns))
            if len(rows) == INSERT_BATCH:
                # bulk_create would first make a list of everything a generator yields.
                BatchItem.objects.bulk_create(rows)
                rows.clear()
        BatchItem.objects.bulk_create(rows)
        nudge()
    return job


def submit_file(fields: Mapping[str, Any], *, owner: User, api_key: ApiKey | None) -> BatchJob:
    """Store a job without items. A worker reads them from the file with id `input_file_id`."""
    bindings = snapshot(api_key)
    with _stored_or_refused():
        job = BatchJob.objects.create(
            name=_shortened(_name_of_file(fields)),
            owner=owner,
            api_key=api_key,
            model=settings.SERVED_MODEL_NAME,
            parameters={},
            total=0,
            expires_at=batch_expiry(),
            input_file_id=fields["input_file_id"],
            output_expires_after=fields.get("output_expires_after", {}).get("seconds"),
            metadata=fields.get("metadata"),
            wordlists=wordlists_now(owner, bindings),
            bindings=bindings,
        )
        nudge()
    return job


def first_prompt(items: Spool) -> str:
    """Return the last message of the first item, or "" if it is no text."""
    messages = next(iter(items), {}).get("messages") or [{}]
    content = messages[-1].get("content")
    return content if isinstance(content, str) else ""


def _name_of_file(fields: Mapping[str, Any]) -> str:
    """Return the name that the client gave in `metadata`, or that of the input file."""
    name = (fields.get("metadata") or {}).get("name")
    if name:
        return str(name)
    file = StoredFile.objects.filter(public_id=fields["input_file_id"]).first()
    return file.filename if file else ""


def _shortened(name: str) -> str:
    """Return a name that fits into its column, on one line."""
    return Truncator(" ".join(name.split())).chars(MAX_NAME_CHARS)
