"""/v1/batch/jobs: submit jobs, retrieve their state and results, and act on them."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from batches.api.idempotency import Body, idempotent
from batches.api.visibility import visible_to
from batches.formats.exports import FORMATS, download
from batches.formats.results import STATUS, error_of, job_body
from batches.intake.job_items import ItemReader
from batches.intake.prompt_upload import read_items
from batches.intake.submit import read_parameters, submit
from batches.lifecycle.actions import ACTIONS, Conflict
from batches.models import BatchJob
from generation.auth.authentication import caller
from generation.auth.scopes import Scope
from generation.openai.errors import ApiError
from generation.openai.pagination import find
from generation.openai.parsing import single_values

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"", "0", "false", "no", "off"})


class JobsView(APIView):
    read_scope = write_scope = Scope.BATCH

    parser_classes = [MultiPartParser]

    def post(self, request: Request) -> Response:
        owner, api_key = caller(request)
        parameters = read_parameters(single_values(request.query_params), api_key)
        upload = single_values(request.FILES).get("file")
        post = idempotent(request, "jobs", parameters.given, upload and upload.file)
        if stored := post.stored_answer():
            return stored
        reader = ItemReader(parameters.given, owner, api_key)
        with read_items(upload, reader) as items:

            def accept() -> Body:
                job = submit(items, reader, parameters.all, owner=owner, api_key=api_key)
                return {
                    "job_id": job.public_id,
                    "status": STATUS[BatchJob.Status(job.status)],
                    "message": f"Accepted {job.total} prompts.",
                    "warnings": job.warnings,
                }

            return post.answer(accept)


class JobView(APIView):
    read_scope = write_scope = Scope.BATCH

    def get(self, request: Request, job_id: str) -> Response:
        return Response(job_body(_job(request, job_id)))


class JobActionView(APIView):
    """POST /v1/batch/jobs/ID/ACTION. The response is the job after the action."""

    read_scope = write_scope = Scope.BATCH

    def post(self, request: Request, job_id: str, action: str) -> Response:
        job = _job(request, job_id)
        try:
            ACTIONS[action](job)
        except Conflict as error:
            raise ApiError(409, str(error)) from error
        return Response(job_body(_job(request, job_id)))


class ResultsView(APIView):
    """The results of a completed job or, with `partial`, the results so far of any job."""

    read_scope = write_scope = Scope.BATCH

    def get(self, request: Request, job_id: str) -> HttpResponseBase:
        format_name = request.query_params.get("format") or "json"
        if format_name not in FORMATS:
            raise ApiError(
                400,
                f"format: {format_name!r} is not one of {', '.join(FORMATS)}.",
                param="format",
                code="invalid_value",
            )
        partial = _is_true(request, "partial")
        job = _job(request, job_id)
        if job.purged_at is not None:
            raise ApiError(
                410,
                f"The results were deleted on {job.purged_at:%Y-%m-%d}.",
                code="results_deleted",
            )
        status = STATUS[BatchJob.Status(job.status)]
        if status == "failed" and not partial:
            raise ApiError(400, f"The job failed: {error_of(job)}", code="job_failed")
        if status != "completed" and not partial:
            raise ApiError(
                400,
                f"The job is not complete yet; it is {status}.",
                code="job_not_complete",
            )
        return download(job, format_name, attachment=format_name != "json")


def _job(request: Request, job_id: str) -> BatchJob:
    """Return the requester's job. A job of another user gives 404, like an unknown id."""
    jobs = BatchJob.objects.select_related("revision__wordlist").defer("revision__text")
    job = find(visible_to(request, jobs), job_id)
    if job is None:
        raise ApiError(404, f"No batch job found with id {job_id!r}.", param="job_id")
    return job


def _is_true(request: Request, name: str) -> bool:
    value = request.query_params.get(name, "").lower()
    if value not in TRUE | FALSE:
        raise ApiError(400, f"{name}: Expected true or false.", param=name, code="invalid_value")
    return value in TRUE
