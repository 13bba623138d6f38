"""The pages at `/jobs/new/`: a file of prompts, then what it means and how it is answered."""

from __future__ import annotations

from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat, pluralize
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.generic import View

from batches.intake.job_items import ItemReader
from batches.intake.prompt_upload import spool_items
from batches.intake.submit import read_parameters, submit
from batches.lifecycle.progress import items_per_minute
from batches.models import BatchJob, PromptDraft
from batches.pages.job_form import JobForm
from batches.prompt_files.drafts import drafts_of, save_draft, take_draft
from batches.prompt_files.items import Choices, empty_rows, items_of
from batches.prompt_files.prompt_file import PromptFile, PromptFileError
from batches.prompt_files.read import read_prompt_file
from generation.openai.errors import ApiError, as_api_error
from vocab.pages.app_page import AppPage

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PASTED = "pasted prompts.txt"
SHOWN_ROWS = 5


class PromptFileForm(forms.Form):
    """A file or a pasted text. If it is valid, `content` and `filename` say what was sent."""

    content = b""
    filename = ""

    file = forms.FileField(
        label="File of prompts",
        max_length=255,
        required=False,
        help_text="A text with a prompt in each line, a table (.csv, .tsv, .xlsx), or JSON.",
        error_messages={"empty": "The file is empty."},
    )
    text = forms.CharField(
        label="Or paste prompts here, one in each line",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if "file" in self.errors:
            return cleaned
        file, text = cleaned.get("file"), cleaned.get("text") or ""
        if file and text.strip():
            self.add_error("text", "Choose a file or paste prompts, not both.")
        elif file and (file.size or 0) > settings.PROMPT_FILE_MAX_BYTES:
            limit = filesizeformat(settings.PROMPT_FILE_MAX_BYTES)
            self.add_error(
                "file", f"The file has {filesizeformat(file.size)}; at most {limit} are accepted."
            )
        elif file:
            self.content, self.filename = file.read(), file.name or "file"
        elif text.strip():
            self.content, self.filename = text.encode(errors="replace"), PASTED
        else:
            self.add_error("file", "Choose a file, or paste prompts below.")
        if not self.errors:
            try:
                read(self.content, self.filename)
            except PromptFileError as error:
                self.add_error("file" if file else "text", ValidationError(str(error)))
        return cleaned


class NewJobPage(AppPage, View):
    """Step one. A POST stores the file as a draft and leads to step two."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, PromptFileForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = PromptFileForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._page(request, form)
        draft = save_draft(cast("User", request.user), form.filename, form.content)
        return HttpResponseRedirect(reverse("job-draft", args=[draft.pk]))

    def _page(self, request: HttpRequest, form: PromptFileForm) -> HttpResponse:
        return TemplateResponse(request, "batches/new_job.html", {"form": form})


class JobDraftPage(AppPage, View):
    """Step two. A POST starts the job, or deletes the draft."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft, file = self._draft(pk)
        name = "" if draft.filename == PASTED else PurePath(draft.filename).stem
        form = JobForm(file=file, user=cast("User", request.user), initial={"name": name})
        return self._page(request, draft, file, form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft, file = self._draft(pk)
        if "cancel" in request.POST:
            take_draft(draft)
            return HttpResponseRedirect(reverse("jobs"))
        form = JobForm(request.POST, file=file, user=cast("User", request.user))
        if form.is_valid():
            try:
                job = self._start(draft, file, form)
            except Exception as error:
                self._explain(form, as_api_error(error))
            else:
                left_out = empty_rows(file, form.choices()) if file.rows else 0
                messages.success(request, _started(job, left_out))
                return HttpResponseRedirect(reverse("jobs"))
        return self._page(request, draft, file, form)

    def _draft(self, pk: int) -> tuple[PromptDraft, PromptFile]:
        draft = get_object_or_404(drafts_of(cast("User", self.request.user)), pk=pk)
        return draft, read(bytes(draft.content), draft.filename)

    def _start(self, draft: PromptDraft, file: PromptFile, form: JobForm) -> BatchJob:
        """Raises ApiError and ValidationError, as POST /v1/batch/jobs."""
        owner = draft.owner
        parameters = read_parameters(form.parameters(), None)
        reader = ItemReader(parameters.given, owner, None)
        with spool_items(items_of(file, form.choices()), reader) as items, transaction.atomic():
            if not take_draft(draft):
                raise ApiError(409, "This job was started already, by another request.")
            return submit(
                items,
                reader,
                parameters.all,
                owner=owner,
                api_key=None,
                name=form.cleaned_data["name"],
            )

    def _explain(self, form: JobForm, error: ApiError) -> None:
        """Put an error of the API at its field, or above the form."""
        field = error.param if error.param in form.fields else None
        form.add_error(field, error.message)

    def _page(
        self, request: HttpRequest, draft: PromptDraft, file: PromptFile, form: JobForm
    ) -> HttpResponse:
        header = file.first_row_seems_a_heading
        total = len(file.requests) or len(file.content_rows(header=header))
        pace = _latest_pace()
        first = islice(items_of(file, Choices()), SHOWN_ROWS) if file.requests else ()
        context = {
            "form": form,
            "draft": draft,
            "file": file,
            "names": file.names(header=False) if file.headings is None else file.headings,
            "rows": file.rows[:SHOWN_ROWS],
            "requests": [_last_text(item) for item in first],
            "total": f"{total:,} prompt{pluralize(total)}",
            "minutes": None if pace is None else f"{max(1, round(total / pace)):,}",
        }
        return TemplateResponse(request, "batches/job_draft.html", context)


def read(content: bytes, filename: str) -> PromptFile:
    """Raises PromptFileError."""
    return read_prompt_file(
        content,
        filename,
        max_rows=settings.BATCH_MAX_ITEMS,
        max_bytes=settings.PROMPT_FILE_MAX_BYTES,
    )


def _latest_pace() -> float | None:
    """Return the items a minute of the job that finished last; None if there is none."""
    jobs = BatchJob.objects.filter(
        status=BatchJob.Status.COMPLETED, succeeded_count__gt=0, started_at__isnull=False
    )
    job = jobs.order_by("-finished_at").defer("parameters", "wordlists", "bindings").first()
    return (items_per_minute(job) or None) if job else None


def _last_text(item: dict[str, Any]) -> str:
    messages_of_item = item.get("messages")
    last = messages_of_item[-1] if isinstance(messages_of_item, list) and messages_of_item else {}
    content = last.get("content") if isinstance(last, dict) else ""
    return content if isinstance(content, str) else ""


def _started(job: BatchJob, left_out: int) -> str:
    text = f"The job was started with {job.total:,} prompt{pluralize(job.total)}."
    if left_out:
        text += f" Rows without a prompt were left out: {left_out:,}."
    return text
