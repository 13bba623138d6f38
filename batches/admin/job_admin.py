"""The admin of batch jobs: progress, actions and downloads.

Only the priority of a job can be edited. The items have a page of their own, because a job may have
50,000 items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from batches.admin.file_admin import file_link
from batches.formats.exports import FORMATS, download
from batches.formats.results import error_of
from batches.lifecycle.actions import ACTIONS, Conflict, possible_actions
from batches.lifecycle.progress import progress_of
from batches.models import BatchJob

if TYPE_CHECKING:
    JobModelAdmin = admin.ModelAdmin[BatchJob]
else:
    JobModelAdmin = admin.ModelAdmin

# Maximum number of jobs in one request for their progress.
MAX_POLLED = 100
LABELS = {
    "cancel": "Cancel",
    "pause": "Pause",
    "resume": "Resume",
    "retry": "Retry failed items",
    "expire": "End now",
}

SHOWN = [
    "public_id",
    "name",
    "state",
    "priority",
    "progress",
    "items_link",
    "error_text",
    "warnings_text",
    "source",
    "owner",
    "api_key",
    "model",
    "revision",
    "n_words",
    "parameters",
    "seed",
    "runtimes",
    "tokens",
    "metadata",
    "input_file",
    "output_file",
    "error_file",
    "created_at",
    "started_at",
    "finished_at",
    "expires_at",
    "served_at",
    "lease_expires_at",
    "not_before",
    "engine_failures",
    "group_limit",
    "purged_at",
]


@admin.register(BatchJob)
class BatchJobAdmin(JobModelAdmin):
    list_display = [
        "public_id",
        "name",
        "owner",
        "source",
        "revision",
        "state",
        "priority",
        "progress",
        "items_link",
        "created_at",
    ]
    list_filter = ["status"]
    list_select_related = ["owner", "revision__wordlist"]
    list_per_page = 25
    search_fields = ["public_id", "name", "owner__username"]
    ordering = ["-created_at"]
    actions = [f"{name}_jobs" for name in ACTIONS]
    fields = [*SHOWN]
    readonly_fields = [name for name in SHOWN if name != "priority"]

    class Media:
        js = ["batches/admin_progress.js"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: BatchJob | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchJob]:
        return super().get_queryset(request).defer("revision__text", "wordlists", "bindings")

    def save_model(self, request: HttpRequest, obj: BatchJob, form: Any, change: bool) -> None:
        # Only this column, because a worker may have changed the others since the form was shown.
        BatchJob.objects.filter(pk=obj.pk).update(priority=obj.priority)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("progress/", wrap(self.progress_view), name="batches_batchjob_progress"),
            path(
                "<int:pk>/act/<str:action>/",
                wrap(require_POST(self.act_view)),
                name="batches_batchjob_act",
            ),
            path("<int:pk>/results.<str:name>", wrap(self.download_view), name="batches_download"),
            *super().get_urls(),
        ]

    # --- what is shown ---------------------------------------------------------------------------

    @admin.display(description="status", ordering="status")
    def state(self, job: BatchJob) -> str:
        return format_html('<span data-state="{}">{}</span>', job.pk, state_text(job))

    @admin.display
    def progress(self, job: BatchJob) -> str:
        return format_html(
            '<progress max="{}" value="{}" data-job="{}" data-url="{}"></progress>'
            ' <span data-progress="{}">{}</span>',
            job.total,
            job.answered_count,
            job.pk,
            reverse("admin:batches_batchjob_progress"),
            job.pk,
            progress_text(job),
        )

    @admin.display(description="items")
    def items_link(self, job: BatchJob) -> str:
        url = reverse("admin:batches_batchitem_changelist")
        return format_html('<a href="{}?job={}">{} items</a>', url, job.pk, f"{job.total:,}")

    @admin.display(ordering="input_file_id")
    def source(self, job: BatchJob) -> str:
        """Return the endpoint that the job was submitted to."""
        return "/v1/batches" if job.input_file_id else "/v1/batch/jobs"

    @admin.display
    def input_file(self, job: BatchJob) -> str:
        return file_link(job.input_file_id) if job.input_file_id else "-"

    @admin.display
    def output_file(self, job: BatchJob) -> str:
        return file_link(job.output_file_id) if job.output_file_id else "-"

    @admin.display
    def error_file(self, job: BatchJob) -> str:
        return file_link(job.error_file_id) if job.error_file_id else "-"

    @admin.display(description="error")
    def error_text(self, job: BatchJob) -> str | None:
        return error_of(job)

    @admin.display(description="warnings")
    def warnings_text(self, job: BatchJob) -> str:
        return "\n".join(job.warnings)

    @admin.display
    def tokens(self, job: BatchJob) -> str:
        return f"{job.prompt_tokens:,} prompt tokens, {job.completion_tokens:,} completion tokens"

    # --- while it advances -----------------------------------------------------------------------

    def progress_view(self, request: HttpRequest) -> JsonResponse:
        """Return the progress of the jobs in `ids`. The page's script asks for it every second."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        ids = request.GET.get("ids", "").split(",")[:MAX_POLLED]
        pks = [int(pk) for pk in ids if pk.isdecimal() and len(pk) < 19]
        jobs = BatchJob.objects.filter(pk__in=pks)
        return JsonResponse({str(job.pk): _progress_body(job) for job in jobs})

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        job = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if job is not None:
            may_change = self.has_change_permission(request, job)
            actions = possible_actions(job) if may_change else []
            context = {
                "job_actions": [(name, LABELS[name]) for name in actions],
                "formats": [] if job.purged_at else list(FORMATS),
            }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))

    def act_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        job = get_object_or_404(BatchJob, pk=pk)
        if not self.has_change_permission(request, job) or action not in ACTIONS:
            raise PermissionDenied
        self._act(request, action, [job])
        return HttpResponseRedirect(reverse("admin:batches_batchjob_change", args=[pk]))

    def download_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
        jobs = self.get_queryset(request).select_related("revision__wordlist")
        job = get_object_or_404(jobs, pk=pk, purged_at=None)
        if not self.has_view_permission(request, job) or name not in FORMATS:
            raise PermissionDenied
        return download(job, name, attachment=True)

    # --- actions ---------------------------------------------------------------------------------

    def _act(self, request: HttpRequest, action: str, jobs: list[BatchJob]) -> None:
        for job in jobs:
            try:
                ACTIONS[action](job)
            except Conflict as error:
                self.message_user(request, f"{LABELS[action]}: {job}: {error}", messages.WARNING)
            else:
                self.log_change(request, job, f"{LABELS[action]}.")
                self.message_user(request, f"{LABELS[action]}: {job}: done.", messages.SUCCESS)

    @admin.action(description="Cancel selected jobs", permissions=["change"])
    def cancel_jobs(self, request: HttpRequest, queryset: QuerySet[BatchJob]) -> None:
        self._act(request, "cancel", list(queryset))

    @admin.action(description="Pause selected jobs", permissions=["change"])
    def pause_jobs(self, request: HttpRequest, queryset: QuerySet[BatchJob]) -> None:
        self._act(request, "pause", list(queryset))

    @admin.action(description="Resume selected jobs", permissions=["change"])
    def resume_jobs(self, request: HttpRequest, queryset: QuerySet[BatchJob]) -> None:
        self._act(request, "resume", list(queryset))

    @admin.action(description="Retry failed items of selected jobs", permissions=["change"])
    def retry_jobs(self, request: HttpRequest, queryset: QuerySet[BatchJob]) -> None:
        self._act(request, "retry", list(queryset))

    @admin.action(
        description="End selected jobs now and keep their results", permissions=["change"]
    )
    def expire_jobs(self, request: HttpRequest, queryset: QuerySet[BatchJob]) -> None:
        self._act(request, "expire", list(queryset))


def state_text(job: BatchJob) -> str:
    return f"{job.status} (paused)" if job.paused_at and job.is_open else job.status


def progress_text(job: BatchJob) -> str:
    """Return a text such as "1,200 of 5,000, 3 failed, 80 a minute, 47 min left"."""
    progress = progress_of(job)
    parts = [f"{job.answered_count:,} of {job.total:,}"]
    for name in ("failed", "cancelled"):
        if progress[name]:
            parts.append(f"{progress[name]:,} {name}")
    if job.is_open and progress["items_per_minute"] is not None:
        parts.append(f"{progress['items_per_minute']:,.0f} a minute")
    if progress["remaining_seconds"] is not None:
        parts.append(f"{progress['remaining_seconds'] / 60:,.0f} min left")
    return ", ".join(parts)


def _progress_body(job: BatchJob) -> dict[str, Any]:
    return {
        "done": job.answered_count,
        "text": progress_text(job),
        "state": state_text(job),
        "open": job.is_open,
    }
