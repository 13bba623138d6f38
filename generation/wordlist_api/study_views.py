"""/v1/wordlists/SLUG/coverage and /forms: what a list lacks for a text, and for its headwords."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from generation.auth.authentication import caller
from generation.auth.scopes import Scope
from generation.openai.errors import ApiError
from generation.wordlist_api.access import changeable_list, conflict, readable_list, revision_of
from generation.wordlist_api.bodies import (
    changes_body,
    coverage_body,
    planned_forms_body,
    revision_body,
)
from generation.wordlist_api.content import edit_error
from generation.wordlist_api.fields.study_fields import CoverageSerializer, FormsSerializer
from generation.wordlist_api.list_views import ListsApiView
from vocab.editing.add_forms import plan_forms
from vocab.editing.coverage import coverage
from vocab.editing.operations import EditError
from vocab.editing.word_families import NoWordFamilies, forms_of
from vocab.revisions import RevisionConflict, limits, revise
from vocab.words.orthography import orthography_for
from vocab.words.segmenting.segmenters import SegmenterMissing


class CoverageView(ListsApiView):
    write_scope = Scope.LISTS_READ  # a POST, because the text may be long

    def post(self, request: Request, slug: str) -> Response:
        wordlist = readable_list(request, slug)
        serializer = CoverageSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        revision = revision_of(request, wordlist, fields.get("revision"))
        text, words, style = fields["text"], revision.words, wordlist.style
        orthography = orthography_for(wordlist.language)
        try:
            found = coverage(text, words, orthography, style, limits())
        except SegmenterMissing as error:
            raise ApiError(400, f"{error}.", code="segmenter_missing") from error
        return Response(coverage_body(revision, found, fields["limit"]))


class FormsView(ListsApiView):
    def post(self, request: Request, slug: str) -> Response:
        user, _ = caller(request)
        wordlist = changeable_list(request, slug)
        serializer = FormsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        current = revision_of(request, wordlist, None)
        try:
            known = forms_of(wordlist.language)
        except NoWordFamilies as error:
            text = str(error)
            message = f"{text[:1].upper()}{text[1:]}."
            raise ApiError(400, message, param="slug", code="no_word_families") from error
        plan = plan_forms(
            current.words, known, most=fields.get("most"), without=fields.get("without", ())
        )
        if fields["dry_run"]:
            return Response(planned_forms_body(current, plan))
        try:
            revision, edited = revise(
                wordlist,
                [plan.operation()],
                # The plan was made for this revision.
                base=fields.get("base", current.number),
                note=fields.get("note", ""),
                user=user,
            )
        except EditError as error:
            raise edit_error(error, "slug") from error
        except RevisionConflict as error:
            raise conflict(error) from error
        body = revision_body(revision, is_current=True)
        return Response({**body, "changes": changes_body(edited)})
