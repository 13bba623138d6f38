"""The read-only admin of batch items.

A job may have 50,000 items, so the list does not count all of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import Truncator

from batches.formats.results import wordlist_of
from batches.models import BatchItem, Result

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
    ItemPaginatorBase = Paginator[BatchItem]
else:
    AnyModelAdmin = admin.ModelAdmin
    ItemPaginatorBase = Paginator

# Number of rows counted after the shown page. The paginator offers the pages of these rows.
COUNTED_ROWS = 1000
SHORT_ERROR_CHARS = 80


class ItemPaginator(ItemPaginatorBase):
    """Counts up to COUNTED_ROWS rows after the page, because counting all takes seconds."""

    page_number = 1

    @cached_property
    def count(self) -> int:
        items = cast("QuerySet[BatchItem]", self.object_list)
        limit = (self.page_number - 1) * self.per_page + COUNTED_ROWS
        return items.order_by()[:limit].count()


@admin.register(BatchItem)
class BatchItemAdmin(AnyModelAdmin):
    list_display = ["__str__", "index", "custom_id", "status", "attempts", "short_error"]
    list_filter = ["status"]
    list_select_related = ["job"]
    raw_id_fields = ["job"]
    search_fields = ["custom_id"]
    # `job` would use the job's own ordering and sort the whole table.
    ordering = ["-job_id", "index"]
    paginator = ItemPaginator
    show_full_result_count = False
    fields = [
        "job_link",
        "index",
        "custom_id",
        "status",
        "attempts",
        "error",
        "wordlist",
        "parameters",
        "prompt",
        "answer",
        "finish_reason",
        "words_used",
        "usage",
        "seed",
    ]
    readonly_fields = [
        "job_link",
        "wordlist",
        "prompt",
        "answer",
        "finish_reason",
        "words_used",
        "usage",
        "seed",
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: BatchItem | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: BatchItem | None = None) -> bool:
        return False

    def get_paginator(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> Paginator[BatchItem]:
        paginator = cast(ItemPaginator, super().get_paginator(request, *args, **kwargs))
        page = request.GET.get("p", "")
        paginator.page_number = max(int(page), 1) if page.isdecimal() and len(page) < 8 else 1
        return paginator

    @admin.display(description="error")
    def short_error(self, item: BatchItem) -> str:
        return Truncator(item.error).chars(SHORT_ERROR_CHARS)

    @admin.display(description="job")
    def job_link(self, item: BatchItem) -> str:
        url = reverse("admin:batches_batchjob_change", args=[item.job_id])
        return format_html('<a href="{}">{}</a>', url, item.job.public_id)

    @admin.display
    def wordlist(self, item: BatchItem) -> str | None:
        pinned = wordlist_of(item.job, item)
        return f"{pinned.revision.reference}, {pinned.n_words:,} words" if pinned else None

    @admin.display
    def prompt(self, item: BatchItem) -> str:
        lines = [f"{message['role']}: {message['content']}" for message in item.messages]
        return _text("\n\n".join(lines))

    @admin.display
    def answer(self, item: BatchItem) -> str | None:
        result = _result(item)
        return _text(result.text) if result else None

    @admin.display
    def finish_reason(self, item: BatchItem) -> str | None:
        result = _result(item)
        return result.finish_reason if result else None

    @admin.display
    def words_used(self, item: BatchItem) -> str | None:
        result = _result(item)
        if result is None or result.vocab_report is None:
            return None
        return _text(json.dumps(result.vocab_report, ensure_ascii=False, indent=1))

    @admin.display
    def usage(self, item: BatchItem) -> str | None:
        result = _result(item)
        if result is None:
            return None
        return (
            f"{result.prompt_tokens:,} prompt tokens, {result.completion_tokens:,} completion"
            f" tokens, {result.seconds:.1f} seconds"
        )

    @admin.display
    def seed(self, item: BatchItem) -> str | None:
        result = _result(item)
        return str(result.seed) if result else None


def _result(item: BatchItem) -> Result | None:
    return getattr(item, "result", None)


def _text(text: str) -> str:
    """Return HTML that keeps the line breaks of a text."""
    return format_html('<pre style="white-space: pre-wrap; margin: 0">{}</pre>', text)
