"""Accept a job: store the job, its items and its first queue message in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from batches.intake.jsonl_items import wordlists_now
from batches.intake.prompt_upload import Spool
from batches.lifecycle.expiry import batch_expiry, job_expiry
from batches.models import BatchItem, BatchJob
from batches.nudge import nudge
from batches.seeds import new_seed
from generation.chat.chat_request import pin_wordlist
from generation.openai.serializers import ParametersSerializer

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from generation.auth.api_key import ApiKey

# Number of items that one INSERT stores.
INSERT_BATCH = 1000


def read_parameters(query: Mapping[str, str]) -> dict[str, Any]:
    """Validate the parameters of a whole job. An empty parameter counts as not given."""
    given = {name: value for name, value in query.items() if value != "" and name != "token"}
    serializer = ParametersSerializer(data=given)
    serializer.is_valid(raise_exception=True)
    fields: dict[str, Any] = serializer.validated_data
    return fields


def submit(
    items: Spool, parameters: dict[str, Any], *, owner: User, api_key: ApiKey | None
) -> BatchJob:
    """Store a job with its items and the current revision of its wordlist.

    If no seed is given, a random one is stored, so that every result can be reproduced.
    """
    wordlist = pin_wordlist(parameters)
    if wordlist is not None:  # the wordlist's style may change during the job
        parameters = parameters | wordlist.style_parameters
    seed = parameters.get("seed")
    with transaction.atomic():
        job = BatchJob.objects.create(
            owner=owner,
            api_key=api_key,
            revision=wordlist.revision if wordlist else None,
            n_words=wordlist.n_words if wordlist else None,
            model=settings.SERVED_MODEL_NAME,
            parameters=parameters,
            seed=new_seed() if seed is None else seed,
            total=len(items),
            expires_at=job_expiry(),
        )
        rows: list[BatchItem] = []
        for index, item in enumerate(items):
            rows.append(
                BatchItem(
                    job=job,
                    index=index,
                    custom_id=item.get("custom_id", ""),
                    messages=item["messages"],
                )
            )
            if len(rows) == INSERT_BATCH:
                # bulk_create would first make a list of everything a generator yields.
                BatchItem.objects.bulk_create(rows)
                rows.clear()
        BatchItem.objects.bulk_create(rows)
        nudge()
    return job


def submit_file(fields: Mapping[str, Any], *, owner: User, api_key: ApiKey | None) -> BatchJob:
    """Store a job without items. A worker reads them from the file with id `input_file_id`."""
    with transaction.atomic():
        job = BatchJob.objects.create(
            owner=owner,
            api_key=api_key,
            model=settings.SERVED_MODEL_NAME,
            parameters={},
            total=0,
            expires_at=batch_expiry(),
            input_file_id=fields["input_file_id"],
            output_expires_after=fields.get("output_expires_after", {}).get("seconds"),
            metadata=fields.get("metadata"),
            wordlists=wordlists_now(),
        )
        nudge()
    return job
