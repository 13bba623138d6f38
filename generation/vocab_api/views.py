"""POST /v1/vocab/check and /v1/vocab/profile."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from generation.aliases.resolver import models_of, resolve_request
from generation.auth.authentication import caller
from generation.auth.scopes import Scope
from generation.chat.chat_request import pin_wordlist
from generation.openai.pagination import query_of
from generation.vocab_api.bodies import check_body, check_table, profile_body, profile_table
from generation.vocab_api.fields import (
    CheckSerializer,
    FormatQuery,
    ProfileSerializer,
    TextsSerializer,
)
from vocab.editing.coverage import Coverage, coverage
from vocab.pinned_wordlist import PinnedWordlist, ReportDetail

CSV = "text/csv"


class TextsView(APIView):
    # A POST, because texts may be long. The response tells which words a list has.
    read_scope = write_scope = Scope.LISTS_READ
    serializer: type[TextsSerializer]

    def post(self, request: Request) -> HttpResponse:
        as_csv = wants_csv(request)
        user, key = caller(request)
        resolved = resolve_request(self.serializer(), request.data, models_of(key))
        wordlist = pin_wordlist(resolved.fields, resolved.list_chosen_by(user))
        if wordlist is None:
            raise AssertionError("the serializer requires vocab_lang")
        if as_csv:
            table = self.table(wordlist, resolved.fields)
            return HttpResponse(table, content_type=f"{CSV}; charset=utf-8")
        return Response(self.body(wordlist, resolved.fields))

    def body(self, wordlist: PinnedWordlist, fields: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def table(self, wordlist: PinnedWordlist, fields: dict[str, Any]) -> str:
        raise NotImplementedError


class CheckView(TextsView):
    serializer = CheckSerializer

    def body(self, wordlist: PinnedWordlist, fields: dict[str, Any]) -> dict[str, Any]:
        detail = ReportDetail(fields["report"])
        return check_body(wordlist, fields["input"], detail)

    def table(self, wordlist: PinnedWordlist, fields: dict[str, Any]) -> str:
        detail = ReportDetail(fields["report"])
        return check_table(wordlist, fields["input"], detail)


class ProfileView(TextsView):
    serializer = ProfileSerializer

    def body(self, wordlist: PinnedWordlist, fields: dict[str, Any]) -> dict[str, Any]:
        return profile_body(wordlist, _coverage(wordlist, fields), fields["limit"])

    def table(self, wordlist: PinnedWordlist, fields: dict[str, Any]) -> str:
        return profile_table(wordlist, _coverage(wordlist, fields))


def _coverage(wordlist: PinnedWordlist, fields: dict[str, Any]) -> Coverage:
    """Measure all texts together: they are one corpus."""
    vocabulary = wordlist.vocabulary
    return coverage(
        "\n".join(fields["input"]),
        vocabulary.words,
        vocabulary.lexicon.orthography,
        vocabulary.style,
        checker=vocabulary.checker,
        rank_in_list=wordlist.rank_in_list,
        size=wordlist.ranked_words,
    )


def wants_csv(request: Request) -> bool:
    """Return whether `format` asks for CSV, or without it the header `Accept`."""
    chosen = query_of(request, FormatQuery).get("format")
    if chosen is not None:
        return bool(chosen == "csv")
    return request._request.get_preferred_type(["application/json", CSV]) == CSV
