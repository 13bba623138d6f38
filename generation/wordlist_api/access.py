"""Which lists a request may read and change."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework.request import Request

from generation.auth.api_key import ApiKey
from generation.auth.authentication import caller
from generation.openai.errors import ApiError
from generation.openai.pagination import find
from vocab.models import Wordlist, WordlistRevision
from vocab.revisions import RevisionConflict


def readable_lists(request: Request) -> QuerySet[Wordlist]:
    """Return the lists that the key's user may use, without the texts of their revisions.

    A bound key sees only its own list, which may be another user's.
    """
    user, key = caller(request)
    bound = _bound_list(key)
    if bound is not None:
        lists = Wordlist.objects.usable_by(None).filter(pk=bound)
    else:
        lists = Wordlist.objects.usable_by(user)
    return lists.select_related("current").defer("current__text")


def _bound_list(key: ApiKey) -> int | None:
    return key.wordlist_id if key.alias is None else key.alias.wordlist_id


def readable_list(request: Request, slug: str) -> Wordlist:
    """Raises ApiError: 404 for a list that is unknown or that the user may not use."""
    wordlist = find(readable_lists(request), slug, "slug")
    if wordlist is None:
        raise unknown(slug)
    return wordlist


def unknown(slug: str) -> ApiError:
    message = f"There is no wordlist {slug!r}."
    return ApiError(404, message, param="slug", code="wordlist_not_found")


def changeable_list(request: Request, slug: str) -> Wordlist:
    """Raises ApiError: 404 as `readable_list`, 403 for a list that the user may only use."""
    wordlist = readable_list(request, slug)
    if not wordlist.may_change(caller(request)[0]):
        raise ApiError(
            403,
            f"Only its owner and administrators may change the wordlist {slug!r}. Make a list of"
            " your own from its words.",
            param="slug",
            code="not_the_owner",
        )
    return wordlist


def readable_revisions(request: Request, wordlist: Wordlist) -> QuerySet[WordlistRevision]:
    """Return the revisions of a readable list that the request may read, without their texts.

    A bound key opens only the revision that it writes with, if its user may not use the list.
    """
    user, key = caller(request)
    revisions = wordlist.revisions.select_related("wordlist").defer("text")
    if _bound_list(key) is None or wordlist.may_use(user):
        return revisions
    return revisions.filter(number=_default_number(key, wordlist))


def _default_number(key: ApiKey, wordlist: Wordlist) -> int:
    """Return the number of the revision that the key is bound to, or of the current one."""
    if key.alias is not None and key.alias.revision is not None:
        return key.alias.revision
    return wordlist.current.number if wordlist.current else 0


def revision_of(
    request: Request, wordlist: Wordlist, number: int | None, param: str = "revision"
) -> WordlistRevision:
    """Return a revision. Raises ApiError (404), which names `param`.

    number: None for the current revision, or for the fixed one of a bound key.
    """
    if number is None:
        number = _default_number(caller(request)[1], wordlist)
    revision = readable_revisions(request, wordlist).defer(None).filter(number=number).first()
    if revision is None:
        raise ApiError(
            404,
            f"{param}: The wordlist {wordlist.slug!r} has no revision {number}.",
            param=param,
            code="revision_not_found",
        )
    return revision


def conflict(error: RevisionConflict) -> ApiError:
    return ApiError(409, f"base: {error}.", param="base", code="revision_conflict")
