"""Step one of an upload: the file. The admin and the application have subclasses of the view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.generic import View

from vocab.forms import NewRevisionForm, NewWordlistForm
from vocab.models import Visibility, Wordlist, WordlistDraft
from vocab.uploads.drafts import save_draft
from vocab.words.language_tag import languages_with_rules

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class UploadView(View):
    """Shows the form; on POST stores a draft and leads to its report."""

    template_name: str
    visibility = Visibility.PRIVATE  # of a new list, if its owner does not choose

    def find_wordlist(self) -> Wordlist | None:
        """Return the list that gets a new revision; None for a new list.

        Raises Http404 and PermissionDenied.
        """
        raise NotImplementedError

    def draft_url(self, draft: WordlistDraft) -> str:
        raise NotImplementedError

    def page_context(self) -> dict[str, Any]:
        return {}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wordlist = self.find_wordlist()
        form = NewWordlistForm() if wordlist is None else NewRevisionForm()
        return self._page(request, form, wordlist)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        wordlist = self.find_wordlist()
        form: NewWordlistForm | NewRevisionForm
        if wordlist is None:
            form = NewWordlistForm(request.POST, request.FILES)
        else:
            form = NewRevisionForm(request.POST, request.FILES)
            form.language_tag = wordlist.language
        if not form.is_valid():
            return self._page(request, form, wordlist)
        draft = save_draft(
            cast("User", request.user),
            form.filename,
            form.content,
            affixes=form.affixes_content,
            wordlist=wordlist,
            fields=form.details(self.visibility) if isinstance(form, NewWordlistForm) else None,
            note=form.cleaned_data.get("note", ""),
        )
        return HttpResponseRedirect(self.draft_url(draft))

    def _page(
        self,
        request: HttpRequest,
        form: NewWordlistForm | NewRevisionForm,
        wordlist: Wordlist | None,
    ) -> HttpResponse:
        context = {"form": form, "wordlist": wordlist, "languages": languages_with_rules()}
        return TemplateResponse(request, self.template_name, {**context, **self.page_context()})
