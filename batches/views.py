"""The prototype's batch endpoints: submit, state, results."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches.jobs import read_items, read_parameters, submit
from batches.models import BatchItem, BatchJob
from batches.serializers import STATUS, job_body, result_body
from generation.openai.errors import ApiError
from wordgen_site.authentication import caller

RESULT_CHUNK = 500


class JobsView(APIView):
    parser_classes = [MultiPartParser]

    def post(self, request: Request) -> Response:
        parameters = read_parameters(request.query_params.dict())
        items = read_items(request.FILES.get("file"))
        owner, api_key = caller(request)
        job = submit(items, parameters, owner=owner, api_key=api_key)
        return Response(
            {
                "job_id": job.public_id,
                "status": STATUS[BatchJob.Status(job.status)],
                "message": f"Accepted {job.total} prompts.",
            }
        )


class JobView(APIView):
    def get(self, request: Request, job_id: str) -> Response:
        return Response(job_body(_job(request, job_id)))


class ResultsView(APIView):
    def get(self, request: Request, job_id: str) -> HttpResponseBase:
        job = _job(request, job_id)
        status = STATUS[BatchJob.Status(job.status)]
        if status == "failed":
            raise ApiError(400, f"The job failed: {job.error}", code="job_failed")
        if status != "completed":
            raise ApiError(
                400, f"The job is not complete yet; it is {status}.", code="job_not_complete"
            )
        return StreamingHttpResponse(result_stream(job), content_type="application/json")


def _job(request: Request, job_id: str) -> BatchJob:
    """Return the requester's job; another's is as unknown as one that never was."""
    jobs = BatchJob.objects.select_related("revision__wordlist").defer("revision__text")
    job: BatchJob | None = jobs.filter(public_id=job_id, owner=caller(request)[0]).first()
    if job is None:
        raise ApiError(404, f"No batch job found with id {job_id!r}.", param="job_id")
    return job


async def result_stream(job: BatchJob) -> AsyncIterator[str]:
    """Yield the JSON array of results in input order, a few items in memory at a time.

    An async generator: Django reads a sync one to its end before it sends the first byte.
    """
    items = BatchItem.objects.filter(job=job).select_related("result").order_by("index")
    before = "["
    async for item in items.aiterator(chunk_size=RESULT_CHUNK):
        yield before + _dump(result_body(job, item))
        before = ",\n"
    yield "]\n"


def _dump(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)
