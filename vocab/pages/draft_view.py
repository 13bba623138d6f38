"""Step two of an upload: the report. The admin and the application have subclasses of the view.

The page is one form, so that no button loses what was typed into another part of it. Its buttons:
`_apply` stores the choices and the mended cells and shows the report again, `_go` also turns a
page, `_undo`, `_use`, `_forget` and `_accept` change cells, `_reset` drops the choices, `_save` and
`_cancel` end the upload.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.generic import View

from vocab.forms import DETAILS, SLUG_TAKEN, DetailsForm, as_sentence
from vocab.importing.entries import typed_entries
from vocab.models import WordlistDraft, WordlistRevision
from vocab.revisions import limits
from vocab.uploads.choices import posted_choices
from vocab.uploads.confirm import Doubtful, DraftChanged, confirm
from vocab.uploads.drafts import (
    TooManyEdits,
    change_draft,
    delete_draft,
    language_of,
    read_draft,
    state_of,
    with_edits,
)
from vocab.uploads.report import Report
from vocab.words.parse import WordlistError

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NewEdits = dict[tuple[int, str], str | None]
# Where the page goes after a button.
_ANCHORS = {"_undo": "changed", "_use": "refused", "_accept": "refused", "_forget": "edited"}
SHOWN_ERRORS = 3
OTHER_WINDOW = "The upload or its list was changed in another window. Look at it again."
SAVED_ALREADY = "This upload has already been saved or cancelled."
MAX_FIELD_CHARS = 500
_LINE = re.compile(r"[0-9]{1,9}")


class DraftView(View):
    """Shows the report; on POST changes the draft, saves it or deletes it."""

    template_name: str

    def check_permission(self, draft: WordlistDraft) -> None:
        """Raise PermissionDenied if the user may not save the draft."""
        raise NotImplementedError

    def saved(self, revision: WordlistRevision, *, is_new_list: bool, created: bool) -> str:
        """Return the address to go to."""
        raise NotImplementedError

    def cancelled(self, draft: WordlistDraft) -> str:
        """Return the address to go to."""
        raise NotImplementedError

    def page_context(self, draft: WordlistDraft) -> dict[str, Any]:
        return {}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, self._draft(request, pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        draft = self._draft(request, pk)
        details = DetailsForm(request.POST) if draft.wordlist is None else None
        is_old_report = request.POST.get("seen", state_of(draft)) != state_of(draft)
        try:
            if "_cancel" in request.POST:
                delete_draft(draft)
                messages.info(request, "Nothing was saved.")
                return HttpResponseRedirect(self.cancelled(draft))
            is_other_list, errors = self._apply(request, draft, details)
        except WordlistDraft.DoesNotExist as error:
            raise Http404(SAVED_ALREADY) from error
        if "_save" in request.POST and not errors:
            if is_old_report:
                messages.warning(request, OTHER_WINDOW)
            elif is_other_list:
                messages.warning(
                    request, "Your choices have changed the list. Look at it, then save it."
                )
            elif details is None or details.is_valid():
                return self._confirm(request, draft, details)
            else:
                return self._page(request, draft, details)
        for error_text in errors[:SHOWN_ERRORS]:
            messages.error(request, error_text)
        if details is not None and details.errors and "_go" not in request.POST:
            return self._page(request, draft, details)
        return HttpResponseRedirect(self._here(request))

    def _draft(self, request: HttpRequest, pk: int) -> WordlistDraft:
        drafts = WordlistDraft.objects.select_related("wordlist__current")
        draft = get_object_or_404(drafts, pk=pk, created_by=cast("User", request.user))
        self.check_permission(draft)
        return draft

    # --- what a person has changed ---------------------------------------------------------------

    def _apply(
        self, request: HttpRequest, draft: WordlistDraft, details: DetailsForm | None
    ) -> tuple[bool, list[str]]:
        """Store what the form has. Return whether it makes another list, and what is wrong."""
        post = request.POST
        options = {} if "_reset" in post else posted_choices(post, draft.options)
        fields = dict(draft.fields)
        if details is not None:
            details.is_valid()
            # What is wrong is kept too, so that it can be corrected.
            fields |= {
                name: details.cleaned_data.get(name, post[name][:MAX_FIELD_CHARS])
                for name in DETAILS
                if name in post and not (name == "language" and name in details.errors)
            }
        is_other_list = options != draft.options or (
            fields.get("language") != draft.fields.get("language")
        )
        edits, errors = _typed(request, language_of(draft))
        edits |= self._edits_of_buttons(request, draft)
        try:
            change_draft(draft, options=options, fields=fields, edits=with_edits(draft, edits))
        except TooManyEdits as error:
            errors.append(str(error))
        return is_other_list, errors

    def _edits_of_buttons(self, request: HttpRequest, draft: WordlistDraft) -> NewEdits:
        post = request.POST
        if "_accept" in post:
            return dict(Report(draft, read_draft(draft), {}).suggestions())
        for button in ("_undo", "_use", "_forget"):
            line, mark, cell = post.get(button, "").partition(" ")
            if not mark or _LINE.fullmatch(line) is None:
                continue
            cell = _unix_lines(cell)
            if button == "_use":
                text = Report(draft, read_draft(draft), {}).suggestion(cell)
            else:
                text = cell if button == "_undo" else None
            return {(int(line), cell): text}
        return {}

    def _here(self, request: HttpRequest) -> str:
        """Return the address of the report, at the page and the place of the button."""
        query = request.GET.copy()
        table, _, number = request.POST.get("_go", "").partition(":")
        anchor = next((place for name, place in _ANCHORS.items() if name in request.POST), "")
        if _LINE.fullmatch(number):
            query[table] = number
            anchor = table
        return (
            f"{request.path}{f'?{query.urlencode()}' if query else ''}{'#' * bool(anchor)}{anchor}"
        )

    # --- the end ---------------------------------------------------------------------------------

    def _confirm(
        self, request: HttpRequest, draft: WordlistDraft, details: DetailsForm | None
    ) -> HttpResponse:
        new_list = None
        if details is not None:
            new_list = details.save(commit=False)
            new_list.owner = draft.created_by
        accepted = request.POST.getlist("doubt")
        try:
            revision, created = confirm(draft, new_list, accepted=accepted)
        except WordlistDraft.DoesNotExist as error:
            raise Http404(SAVED_ALREADY) from error
        except DraftChanged:
            messages.warning(request, OTHER_WINDOW)
            return HttpResponseRedirect(self._here(request))
        except Doubtful:
            return self._page(request, draft, details, doubts_open=True)
        except WordlistError as error:
            messages.error(request, as_sentence(error))
            return self._page(request, draft, details)
        except IntegrityError:
            if details is None:
                raise
            details.add_error("slug", SLUG_TAKEN)
            return self._page(request, draft, details)
        url = self.saved(revision, is_new_list=details is not None, created=created)
        return HttpResponseRedirect(url)

    def _page(
        self,
        request: HttpRequest,
        draft: WordlistDraft,
        details: DetailsForm | None = None,
        *,
        doubts_open: bool = False,
    ) -> HttpResponse:
        if details is None and draft.wordlist is None:
            details = DetailsForm(initial=draft.fields)
        report = Report(draft, read_draft(draft), request.GET.dict())
        context = {
            "draft": draft,
            "report": report,
            "seen": state_of(draft),
            "wordlist": draft.wordlist,
            "form": details,
            "accepted": request.POST.getlist("doubt"),
            "doubts_open": doubts_open,
            "error": as_sentence(report.error) if report.error else "",
        }
        return TemplateResponse(
            request, self.template_name, {**context, **self.page_context(draft)}
        )


def _typed(request: HttpRequest, language: str | None) -> tuple[NewEdits, list[str]]:
    """Return the cells whose text box was changed, and why some of their texts are refused.

    language: The tag of the list, if it is known.
    """
    post = request.POST
    rows = zip(
        *(post.getlist(name) for name in ("cell-line", "cell", "cell-was", "cell-text")),
        strict=False,
    )
    edits: NewEdits = {}
    errors = []
    for line, cell, was, text in rows:
        if text.strip() == was.strip() or _LINE.fullmatch(line) is None:
            continue
        edits[int(line), _unix_lines(cell)] = text
        _, reasons = typed_entries(text, limits(), language)
        errors += [f"Line {line}: {reason}." for reason in reasons]
    return edits, errors


def _unix_lines(text: str) -> str:
    """Return the text with the line ends that it had before a browser sent it."""
    return text.replace("\r\n", "\n")
