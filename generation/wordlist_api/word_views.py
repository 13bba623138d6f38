"""/v1/wordlists/SLUG/words and /changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from generation.auth.authentication import caller
from generation.openai.pagination import envelope, query_of
from generation.wordlist_api.access import changeable_list, conflict, readable_list, revision_of
from generation.wordlist_api.bodies import changes_body, revision_body
from generation.wordlist_api.content import edit_error
from generation.wordlist_api.fields.change_fields import AddWordsSerializer, ChangesSerializer
from generation.wordlist_api.fields.queries import WordsQuery
from generation.wordlist_api.list_views import ListsApiView
from vocab.editing.operations import Add, EditError, Move, Operation, Remove, Rename
from vocab.editing.search import find
from vocab.models import Wordlist
from vocab.revisions import RevisionConflict, revise


class WordsView(ListsApiView):
    def get(self, request: Request, slug: str) -> Response:
        wordlist = readable_list(request, slug)
        query = query_of(request, WordsQuery)
        revision = revision_of(request, wordlist, query.get("revision"))
        # Pages follow the ranks; `find` begins with the word that is the query itself.
        found = sorted(find(revision.words, query.get("q", "")))
        after, limit = query["after"], query["limit"]
        rest = [entry for entry in found if entry[0] > after]
        page = rest[:limit]
        data = [{"object": "wordlist.word", "rank": rank, "word": word} for rank, word in page]
        listed = envelope(data, [rank for rank, _ in page], has_more=len(rest) > limit)
        return Response({**listed, "revision": revision.number, "total": len(found)})

    def post(self, request: Request, slug: str) -> Response:
        wordlist = changeable_list(request, slug)
        serializer = AddWordsSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        return _revise(request, wordlist, [Add(fields["words"])], ["words"], fields)


class ChangesView(ListsApiView):
    def post(self, request: Request, slug: str) -> Response:
        wordlist = changeable_list(request, slug)
        serializer = ChangesSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields: dict[str, Any] = serializer.validated_data
        operations, params = [], []
        for index, each in enumerate(fields["operations"]):
            kind, operation = _operation(each)
            operations.append(operation)
            params.append(f"operations[{index}].{kind}")
        return _revise(request, wordlist, operations, params, fields)


def _operation(fields: dict[str, Any]) -> tuple[str, Operation]:
    """Return the field that says what is done, and the operation."""
    match fields:
        case {"add": words}:
            return "add", Add(words, fields.get("at"))
        case {"remove": words}:
            return "remove", Remove(words)
        case {"move": {"word": word, "to": rank}}:
            return "move", Move(word, rank)
        case {"rename": {"word": word, "to": spelling}}:
            return "rename", Rename(word, spelling)
    raise ValueError(f"not an operation: {fields}")


def _revise(
    request: Request,
    wordlist: Wordlist,
    operations: Sequence[Operation],
    params: Sequence[str],
    fields: dict[str, Any],
) -> Response:
    """Apply operations to a list. params: The field of each operation, for errors."""
    user, _ = caller(request)
    try:
        revision, edited = revise(
            wordlist,
            operations,
            base=fields.get("base"),
            note=fields.get("note", ""),
            user=user,
        )
    except EditError as error:
        raise edit_error(error, params[error.index]) from error
    except RevisionConflict as error:
        raise conflict(error) from error
    body = revision_body(revision, is_current=True)
    return Response({**body, "changes": changes_body(edited)})
