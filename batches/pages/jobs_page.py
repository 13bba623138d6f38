"""The page at `/jobs/`: the progress of a user's batch jobs, and downloads of their results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.text import Truncator
from django.views.generic import TemplateView, View

from batches.formats.exports import FORMATS, download
from batches.lifecycle.actions import possible_actions
from batches.lifecycle.progress import progress_of
from batches.models import BatchJob
from vocab.pages.app_page import AppPage

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SHOWN_JOBS = 50
SHORT_ERROR_CHARS = 300


def jobs_of(user: User) -> QuerySet[BatchJob]:
    """Return the user's own jobs, or all jobs if the user may view jobs in the admin."""
    jobs = BatchJob.objects.select_related("owner", "revision__wordlist")
    jobs = jobs.defer("revision__text", "wordlists", "bindings")
    return jobs if user.has_perm("batches.view_batchjob") else jobs.filter(owner=user)


def may_change(user: User, job: BatchJob) -> bool:
    """Return whether the user may act on a job."""
    return job.owner_id == user.pk or user.has_perm("batches.change_batchjob")


def job_row(user: User, job: BatchJob) -> dict[str, Any]:
    """Return the fields of a job that the page shows."""
    return {
        "id": job.public_id,
        "name": job.name,
        "owner": job.owner.get_username(),
        "state": "paused" if job.paused_at and job.is_open else job.status,
        "created_at": job.created_at.isoformat(),
        "wordlist": f"{job.revision}, {job.n_words:,} words" if job.revision else "",
        "error": Truncator(job.error).chars(SHORT_ERROR_CHARS),
        "warnings": job.warnings,
        "progress": progress_of(job),
        "actions": possible_actions(job) if may_change(user, job) else [],
        "downloads": [] if job.purged_at or job.done_count == 0 else list(FORMATS),
    }


class JobsPage(AppPage, TemplateView):
    template_name = "batches/jobs.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(shown_jobs=SHOWN_JOBS, **kwargs)


class DownloadPage(LoginRequiredMixin, View):
    """Downloads the outcomes so far as a file."""

    def get(self, request: HttpRequest, job_id: str, name: str) -> HttpResponseBase:
        job = jobs_of(cast("User", request.user)).filter(public_id=job_id).first()
        if job is None or job.purged_at is not None or name not in FORMATS:
            raise Http404
        return download(job, name, attachment=True)
