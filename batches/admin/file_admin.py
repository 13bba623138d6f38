"""The read-only admin of files. It does not show their contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from batches.models import BatchJob, StoredFile

if TYPE_CHECKING:
    FileModelAdmin = admin.ModelAdmin[StoredFile]
else:
    FileModelAdmin = admin.ModelAdmin

SHOWN = [
    "public_id",
    "filename",
    "purpose",
    "status",
    "size",
    "batches",
    "owner",
    "api_key",
    "created_at",
    "expires_at",
]
# Maximum number of batches shown; a file can be the input of any number.
SHOWN_BATCHES = 20


@admin.register(StoredFile)
class StoredFileAdmin(FileModelAdmin):
    list_display = ["public_id", "owner", "purpose", "filename", "size", "created_at", "expires_at"]
    list_filter = ["purpose", "status"]
    list_select_related = ["owner"]
    search_fields = ["public_id", "filename", "owner__username"]
    ordering = ["-pk"]
    fields = [*SHOWN]
    readonly_fields = [*SHOWN]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: StoredFile | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: StoredFile | None = None) -> bool:
        return False

    @admin.display(ordering="bytes")
    def size(self, file: StoredFile) -> str:
        return filesizeformat(file.bytes)

    @admin.display(description="batches")
    def batches(self, file: StoredFile) -> str:
        name = file.public_id
        uses = Q(input_file_id=name) | Q(output_file_id=name) | Q(error_file_id=name)
        jobs = BatchJob.objects.filter(uses)[:SHOWN_BATCHES]
        return format_html_join(", ", "{}", ((job_link(job),) for job in jobs)) or "-"


def job_link(job: BatchJob) -> SafeString:
    """Return a link to the admin page of a job."""
    url = reverse("admin:batches_batchjob_change", args=[job.pk])
    return format_html('<a href="{}">{}</a>', url, job.public_id)


def file_link(public_id: str) -> SafeString:
    """Return a link to the admin page of a file, or its id if the file was deleted."""
    file = StoredFile.objects.filter(public_id=public_id).first()
    if file is None:
        return format_html("{} (deleted)", public_id)
    url = reverse("admin:batches_storedfile_change", args=[file.pk])
    size = filesizeformat(file.bytes)
    return format_html('<a href="{}">{}</a> ({}, {})', url, public_id, file.filename, size)
