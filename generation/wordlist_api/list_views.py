"""/v1/wordlists and /v1/wordlists/SLUG."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.auth.authentication import caller
from generation.auth.scopes import Scope
from generation.openai.errors import ApiError
from generation.openai.pagination import page_of, query_of
from generation.openai.parsing import TolerantJSONParser
from generation.wordlist_api.access import changeable_list, readable_list, readable_lists, unknown
from generation.wordlist_api.bodies import wordlist_body
from generation.wordlist_api.content import read_content, validated
from generation.wordlist_api.fields.content_fields import NewListSerializer, NewListUploadSerializer
from generation.wordlist_api.fields.list_fields import ChangeListSerializer, details_of
from generation.wordlist_api.fields.queries import ListsQuery
from vocab.exchange import create_wordlist
from vocab.models import Visibility, Wordlist
from vocab.usage import uses_of
from vocab.words.segmenting.segmenters import default_units


class ListsApiView(APIView):
    """The base of all views of lists."""

    read_scope = Scope.LISTS_READ
    write_scope = Scope.LISTS_WRITE

    def handle_exception(self, error: Exception) -> Response:
        if isinstance(error, Wordlist.DoesNotExist):  # deleted since it was found
            error = unknown(self.kwargs["slug"])
        return super().handle_exception(error)


class WordlistsView(ListsApiView):
    parser_classes = [TolerantJSONParser, MultiPartParser]

    def get(self, request: Request) -> Response:
        user, _ = caller(request)
        query = query_of(request, ListsQuery)
        lists = readable_lists(request).filter(archived_at__isnull=not query["archived"])
        if language := query.get("language"):
            exact = Q(language__iexact=language)
            lists = lists.filter(exact | Q(language__istartswith=f"{language}-"))
        if text := query.get("q"):
            lists = lists.filter(Q(slug__icontains=text) | Q(title__icontains=text))
        return Response(page_of(lists, query, lambda each: wordlist_body(each, user), key="slug"))

    def post(self, request: Request) -> Response:
        user, _ = caller(request)
        fields = validated(request, NewListSerializer, NewListUploadSerializer)
        slug = fields["slug"]
        language = fields["language"]
        details = {
            "title": slug,
            "visibility": Visibility.PRIVATE.value,
            "units": default_units(language),
            **details_of(fields),
        }
        wordlist = Wordlist(slug=slug, language=language, owner=user, **details)
        _check(wordlist)
        content = read_content(request, fields, language=wordlist.language, current=None)
        if fields["dry_run"]:
            return Response(content.report)
        if not fields["force"]:
            content.check()
        conversion = content.conversion
        try:
            create_wordlist(
                wordlist,
                conversion.words,
                ranked=conversion.ranked,
                note=fields.get("note", ""),
                user=user,
            )
        except IntegrityError as error:
            raise _taken(slug) from error
        return Response({**wordlist_body(wordlist, user), "report": content.report})


class WordlistView(ListsApiView):
    def get(self, request: Request, slug: str) -> Response:
        return Response(wordlist_body(readable_list(request, slug), caller(request)[0]))

    def patch(self, request: Request, slug: str) -> Response:
        user, _ = caller(request)
        wordlist = changeable_list(request, slug)
        serializer = ChangeListSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        changes = details_of(fields)
        if "archived" in fields and fields["archived"] == (wordlist.archived_at is None):
            changes["archived_at"] = timezone.now() if fields["archived"] else None
        for name, value in changes.items():
            setattr(wordlist, name, value)
        _check(wordlist)
        if changes:
            # Conditional: the list may be gone, or have got another owner.
            same = Wordlist.objects.filter(pk=wordlist.pk, owner=wordlist.owner_id)
            if same.update(**changes) != 1:
                raise _changed_meanwhile(slug)
        return Response(wordlist_body(wordlist, user))

    def delete(self, request: Request, slug: str) -> Response:
        wordlist = changeable_list(request, slug)
        with transaction.atomic():
            # The lock keeps new aliases and keys away between the check and the deletion.
            locked = Wordlist.objects.select_for_update().filter(pk=wordlist.pk).first()
            if locked is None:
                raise _changed_meanwhile(slug)
            if uses := uses_of(locked):
                raise _in_use(slug, uses)
            try:
                locked.delete()
            except ProtectedError as error:  # a job has begun to use it
                raise _in_use(slug, uses_of(locked)) from error
        return Response({"id": slug, "object": "wordlist", "deleted": True})


def _check(wordlist: Wordlist) -> None:
    """Raise ApiError for a slug that is taken, and for a style without its segmenter."""
    try:
        wordlist.full_clean()
    except ValidationError as error:
        field, [first, *_] = next(iter(error.error_dict.items()))
        if field == "slug" and first.code == "unique":
            raise _taken(wordlist.slug) from error
        message = f"{field}: {' '.join(first.messages)}"
        raise ApiError(400, message, param=field, code="invalid_value") from error


def _taken(slug: str) -> ApiError:
    return ApiError(409, f"slug: The name {slug!r} is taken.", param="slug", code="wordlist_exists")


def _changed_meanwhile(slug: str) -> ApiError:
    message = f"The wordlist {slug!r} has been deleted or given away meanwhile."
    return ApiError(409, message, param="slug", code="wordlist_changed")


def _in_use(slug: str, uses: dict[str, int]) -> ApiError:
    users = ", ".join(f"{count:,} {name}" for name, count in uses.items())
    return ApiError(
        409,
        f"The wordlist {slug!r} cannot be deleted, because it is used by {users}. Archive it"
        ' instead: PATCH with {"archived": true}.',
        param="slug",
        code="wordlist_in_use",
    )
