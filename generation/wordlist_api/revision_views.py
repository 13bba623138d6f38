"""/v1/wordlists/SLUG/revisions, /restore, /compare and /export."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from generation.auth.authentication import caller
from generation.openai.errors import ApiError
from generation.openai.pagination import page_of, query_of
from generation.openai.parsing import TolerantJSONParser
from generation.wordlist_api.access import (
    changeable_list,
    conflict,
    readable_list,
    readable_revisions,
    revision_of,
)
from generation.wordlist_api.bodies import comparison_body, revision_body
from generation.wordlist_api.content import read_content, validated
from generation.wordlist_api.fields.change_fields import RestoreSerializer
from generation.wordlist_api.fields.content_fields import (
    NewRevisionSerializer,
    NewRevisionUploadSerializer,
)
from generation.wordlist_api.fields.queries import CompareQuery, ExportQuery, RevisionsQuery
from generation.wordlist_api.list_views import ListsApiView
from vocab.editing.compare import compare
from vocab.export import FORMATS, file_name
from vocab.models import WordlistRevision
from vocab.revisions import RevisionConflict, WordlistNotFound, add_revision, restore


class RevisionsView(ListsApiView):
    parser_classes = [TolerantJSONParser, MultiPartParser]

    def get(self, request: Request, slug: str) -> Response:
        wordlist = readable_list(request, slug)
        revisions = readable_revisions(request, wordlist)

        def body(revision: WordlistRevision) -> dict[str, Any]:
            return revision_body(revision, is_current=revision.pk == wordlist.current_id)

        query = query_of(request, RevisionsQuery)
        return Response(page_of(revisions, query, body, key="number"))

    def post(self, request: Request, slug: str) -> Response:
        user, _ = caller(request)
        wordlist = changeable_list(request, slug)
        fields = validated(request, NewRevisionSerializer, NewRevisionUploadSerializer)
        current = revision_of(request, wordlist, None)
        content = read_content(request, fields, language=wordlist.language, current=current)
        if fields["dry_run"]:
            return Response(content.report)
        if not fields["force"]:
            content.check()
        conversion = content.conversion
        try:
            revision, created = add_revision(
                wordlist,
                conversion.words,
                ranked=conversion.ranked,
                # The report compares with this revision.
                base=fields.get("base", None if fields["force"] else current.number),
                note=fields.get("note", ""),
                user=user,
            )
        except RevisionConflict as error:
            raise conflict(error) from error
        body = revision_body(revision, is_current=True)
        return Response({**body, "created": created, "report": content.report})


class RestoreView(ListsApiView):
    def post(self, request: Request, slug: str) -> Response:
        wordlist = changeable_list(request, slug)
        serializer = RestoreSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        try:
            revision = restore(wordlist, fields["revision"], base=fields.get("base"))
        except WordlistNotFound as error:
            message = f"revision: {error}."
            raise ApiError(404, message, param="revision", code="revision_not_found") from error
        except RevisionConflict as error:
            raise conflict(error) from error
        return Response(revision_body(revision, is_current=True))


class CompareView(ListsApiView):
    def get(self, request: Request, slug: str) -> Response:
        wordlist = readable_list(request, slug)
        query = query_of(request, CompareQuery)
        before = revision_of(request, wordlist, query["from"], "from")
        after = revision_of(request, wordlist, query.get("to"), "to")
        comparison = compare(before.words, after.words)
        return Response(comparison_body(comparison, before, after, query["limit"]))


class ExportView(ListsApiView):
    def get(self, request: Request, slug: str) -> HttpResponse:
        wordlist = readable_list(request, slug)
        query = query_of(request, ExportQuery)
        revision = revision_of(request, wordlist, query.get("revision"))
        chosen = FORMATS[query["format"]]
        disposition = content_disposition_header(True, file_name(revision, query["format"]))
        return HttpResponse(
            chosen.render(revision),
            content_type=chosen.content_type,
            headers={"Content-Disposition": disposition},
        )
