"""Accept a job: validate everything, then store the job, its items and the nudge together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django_q.tasks import async_task
from rest_framework.exceptions import ValidationError

from batches.models import BatchItem, BatchJob
from generation.openai.errors import ApiError
from generation.openai.serializers import BatchItemSerializer, ParametersSerializer
from generation.requests import pin_wordlist

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from wordgen_site.models import ApiKey

INSERT_BATCH = 1000
ADVANCE = "batches.tasks.advance"


def nudge() -> None:
    """Ask a worker to look for work. In a transaction the message appears with its commit."""
    async_task(ADVANCE, q_options={"save": False})


def read_items(upload: UploadedFile[bytes] | None) -> list[dict[str, Any]]:
    """Return the validated items of an uploaded JSON list.

    Raises ApiError or ValidationError, both of which name the item by its index: a job is
    accepted whole or not at all, because a skipped item would shift every later result.
    """
    if upload is None:
        raise ApiError(
            400,
            "Send the prompts as a multipart file field named 'file'.",
            param="file",
            code="missing_required_parameter",
        )
    if (upload.size or 0) > settings.BATCH_MAX_BYTES:
        raise ApiError(
            413,
            f"The file has {upload.size:,} bytes;"
            f" at most {settings.BATCH_MAX_BYTES:,} are accepted.",
            param="file",
            code="request_too_large",
        )
    items = _parse(upload.read())
    if not isinstance(items, list) or not items:
        raise ApiError(
            400,
            "The file must hold a JSON list of at least one object with 'messages'.",
            param="file",
            code="invalid_value",
        )
    if len(items) > settings.BATCH_MAX_ITEMS:
        raise ApiError(
            400,
            f"The file has {len(items):,} items;"
            f" at most {settings.BATCH_MAX_ITEMS:,} are accepted.",
            param="file",
            code="invalid_value",
        )
    return [_read_item(index, item) for index, item in enumerate(items)]


def _parse(data: bytes) -> Any:
    try:
        return json.loads(data)
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 at byte {error.start}"
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at line {error.lineno}, column {error.colno}"
    except ValueError:  # Python reads no number of more than 4,300 digits
        reason = "it holds a number that is too long"
    except RecursionError:
        reason = "it is nested too deeply"
    raise ApiError(400, f"The file is not valid JSON: {reason}.", param="file", code="invalid_json")


def _read_item(index: int, item: Any) -> dict[str, Any]:
    serializer = BatchItemSerializer(data=item)
    if not serializer.is_valid():
        raise ValidationError({f"file[{index}]": serializer.errors})
    fields: dict[str, Any] = serializer.validated_data
    return fields


def read_parameters(query: Mapping[str, str]) -> dict[str, Any]:
    """Validate the job-wide parameters. An empty one counts as left out."""
    given = {name: value for name, value in query.items() if value != "" and name != "token"}
    serializer = ParametersSerializer(data=given)
    serializer.is_valid(raise_exception=True)
    fields: dict[str, Any] = serializer.validated_data
    return fields


def submit(
    items: list[dict[str, Any]], parameters: dict[str, Any], *, owner: User, api_key: ApiKey | None
) -> BatchJob:
    """Store the job with the wordlist as it is now. When this returns, the job is safe."""
    wordlist = pin_wordlist(parameters)
    with transaction.atomic():
        job = BatchJob.objects.create(
            owner=owner,
            api_key=api_key,
            revision=wordlist.revision if wordlist else None,
            n_words=wordlist.n_words if wordlist else None,
            model=settings.SERVED_MODEL_NAME,
            parameters=parameters,
            total=len(items),
        )
        BatchItem.objects.bulk_create(
            (
                BatchItem(
                    job=job,
                    index=index,
                    custom_id=item.get("custom_id", ""),
                    messages=item["messages"],
                )
                for index, item in enumerate(items)
            ),
            batch_size=INSERT_BATCH,
        )
        nudge()
    return job
