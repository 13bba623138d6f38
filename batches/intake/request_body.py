"""Validate the body of one request of a job, and pin its wordlist.

The lines of a batch's file and the items of a job's list are validated by the serializer of chat
requests. A body that is not valid becomes the error of its item, and the other items are answered.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeGuard

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import QuerySet

from batches.models import BatchItem
from batches.models.items import MAX_PARAM_CHARS
from generation.aliases.resolver import (
    models_of_snapshot,
    resolve_request,
    slugs_of_snapshot,
    stored_revision,
)
from generation.chat.chat_request import pin_wordlist
from generation.openai.errors import ApiError, as_api_error
from generation.openai.fields.field_types import is_text
from generation.openai.fields.ignored_fields import IgnoredSerializer
from generation.openai.fields.vocab_fields import NEED_A_LIST
from generation.openai.serializers import ROLES, ChatSerializer
from vocab.models import STYLE_FIELDS, Wordlist
from vocab.pinned_wordlist import PinnedWordlist

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# Fields of a body that are not parameters of the answer. All other fields go to the engine, except
# `model`, which is stored if it is an alias.
NOT_PARAMETERS = frozenset(
    {
        "messages",
        "stream",
        "stream_options",
        "response_format",
        *IgnoredSerializer().fields,
    }
)
# Takes the place of messages that need no validation.
PLAIN_MESSAGES = [{"role": "user", "content": "-"}]
# Bodies that differ only in their messages are validated once, and a wordlist with its number of
# words and style is resolved once. A reader keeps this number of bodies, each of at most this
# number of characters as JSON, and this number of wordlists.
CACHED_BODIES = 1000
CACHED_BODY_CHARS = 4000
CACHED_WORDLISTS = 1000
# Maximum characters kept of an error message.
MAX_ERROR_CHARS = 500
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class RequestBody:
    """A valid body.

    parameters: With the complete style of the wordlist, if there is one.
    """

    messages: list[dict[str, Any]]
    parameters: dict[str, Any]
    wordlist: PinnedWordlist | None

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of the item, as JSON values."""
        return {
            "messages": self.messages,
            "parameters": self.parameters,
            "revision_id": self.wordlist.revision.pk if self.wordlist else None,
            "n_words": self.wordlist.n_words if self.wordlist else None,
        }


def invalid_columns(messages: Any, error: ApiError) -> dict[str, Any]:
    """Return the columns of an item whose body is not valid, as JSON values.

    messages: The body's messages, which may be the invalid field.
    """
    return {
        "messages": messages if is_plain_messages(messages) else [],
        "parameters": {},
        "invalid": True,
        "status": BatchItem.Status.FAILED.value,
        "error": storable(error.message),
        "error_code": error.code or "",
        "error_param": storable(error.param or "")[:MAX_PARAM_CHARS],
        "error_status": error.status_code,
    }


def wordlists_now(user: User, bindings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the id, the current revision number and the style of wordlists, by slug.

    A job stores them, because a worker reads its lines later: a line means the wordlist as it was
    when the job was accepted.

    bindings: What `snapshot` returned. Their lists are included, and have `only_bound` if the user
        may not name them otherwise.
    """
    usable = Wordlist.objects.usable_by(user)
    bound = Wordlist.objects.filter(slug__in=slugs_of_snapshot(bindings), current__isnull=False)
    return _stored(bound, only_bound=True) | _stored(usable)


def _stored(lists: QuerySet[Wordlist], **more: bool) -> dict[str, Any]:
    return {
        row["slug"]: {
            "list": row["pk"],
            "number": row["current__number"],
            "style": {f"vocab_{name}": row[name] for name in STYLE_FIELDS},
            **more,
        }
        for row in lists.values("pk", "slug", "current__number", *STYLE_FIELDS)
    }


class BodyReader:
    """Validates the bodies of one job.

    wordlists, bindings: What `wordlists_now` and `snapshot` returned when the job was accepted.
    owner: Whose job it is.
    """

    def __init__(
        self, wordlists: Mapping[str, Any], bindings: Mapping[str, Any], owner: User
    ) -> None:
        self._wordlists = wordlists
        self._owner = owner
        self._models = models_of_snapshot(bindings, self._revision_of)
        # One for all bodies: to create it takes ten times as long as to validate a body.
        self._serializer = ChatSerializer()
        self._bodies: dict[str, RequestBody] = {}
        self._pinned: dict[tuple[Any, ...], PinnedWordlist | ApiError | None] = {}

    def read(self, body: Mapping[str, Any]) -> RequestBody:
        """Return the valid body. Raises ApiError, as for a chat request, and database errors."""
        messages = body.get("messages")
        if not is_plain_messages(messages):
            return self._validate(body)
        others = {name: value for name, value in body.items() if name != "messages"}
        key = json.dumps(others, sort_keys=True)
        known = self._bodies.get(key)
        if known is None:
            known = self._validate({**others, "messages": PLAIN_MESSAGES})
            if len(self._bodies) == CACHED_BODIES:
                self._bodies.clear()
            if len(key) <= CACHED_BODY_CHARS:
                self._bodies[key] = known
        return replace(known, messages=messages)

    def _validate(self, body: Mapping[str, Any]) -> RequestBody:
        try:
            resolved = resolve_request(self._serializer, body, self._models)
            fields = resolved.parameters
            parameters = {name: fields[name] for name in fields if name not in NOT_PARAMETERS}
            wordlist = self._pin(parameters, resolved.list_chosen_by(self._owner))
        except (DatabaseError, InterfaceError):
            raise
        except Exception as error:
            raise as_api_error(error) from None
        if wordlist is not None:
            parameters |= wordlist.pinned_parameters
        if not _is_storable(parameters):
            raise ApiError(
                400,
                "The body contains a character that cannot be stored (NUL, unpaired surrogate).",
                code="invalid_value",
            )
        return RequestBody(fields["messages"], parameters, wordlist)

    def _pin(self, parameters: Mapping[str, Any], user: User | None) -> PinnedWordlist | None:
        """Return the wordlist that the parameters name. Raises ApiError.

        user: As the user of `pin_wordlist`.
        """
        names = ("vocab_lang", *NEED_A_LIST)
        key = (user is None, *(_hashable(parameters.get(name)) for name in names))
        if key not in self._pinned:
            if len(self._pinned) == CACHED_WORDLISTS:
                self._pinned.clear()
            try:
                self._pinned[key] = self._resolve(parameters, user)
            except ApiError as error:
                self._pinned[key] = error
        pinned = self._pinned[key]
        if isinstance(pinned, ApiError):
            raise pinned.with_traceback(None)  # otherwise each time would add to its traceback
        return pinned

    def _resolve(self, parameters: Mapping[str, Any], user: User | None) -> PinnedWordlist | None:
        """Return the wordlist that the parameters named when the job was accepted.

        A slug without a number means the revision and style of that time, and this revision of a
        list that the owner could use then can be used.
        """
        lists = parameters.get("vocab_lists") or ()
        references = [str(parameters.get("vocab_lang", "")), *(each["name"] for each in lists)]
        for place, reference in enumerate(references):
            param = f"vocab_lists[{place - 1}]" if place else "vocab_lang"
            self._check_not_replaced(reference, param)
        # No other revision, because a list may have become private before it was made.
        if all(map(self._was_usable, references)):
            user = None
        stored = self._wordlists.get(references[0].partition("@")[0])
        if stored is not None:
            pinned = {"vocab_lang": self._with_number(references[0])}
            parameters = {**stored["style"], **parameters, **pinned}
        if lists:
            numbered = [{**each, "name": self._with_number(each["name"])} for each in lists]
            parameters = {**parameters, "vocab_lists": numbered}
        return pin_wordlist(parameters, user)

    def _check_not_replaced(self, reference: str, param: str) -> None:
        """Raise ApiError (404) if the list was deleted after the job was accepted.

        Another list, perhaps a private one, may have got its slug.
        """
        slug = reference.partition("@")[0]
        stored = self._wordlists.get(slug, {})
        if "list" in stored and not Wordlist.objects.filter(pk=stored["list"]).exists():
            raise ApiError(
                404,
                f"There is no wordlist {slug!r}: it was deleted after the job was accepted.",
                param=param,
                code="wordlist_not_found",
            )

    def _was_usable(self, reference: str) -> bool:
        """Return whether the owner could use this revision when the job was accepted."""
        slug, _, number = reference.partition("@")
        stored = self._wordlists.get(slug)
        return (
            stored is not None
            and not stored.get("only_bound")
            and number in ("", str(stored["number"]))
        )

    def _revision_of(self, reference: str) -> str | None:
        """Return the revision that a reference meant when the job was accepted, if any."""
        return stored_revision(self._with_number(reference))

    def _with_number(self, reference: str) -> str:
        slug, _, number = reference.partition("@")
        stored = self._wordlists.get(slug)
        return reference if number or stored is None else f"{slug}@{stored['number']}"


def _hashable(value: Any) -> Hashable:
    return json.dumps(value, sort_keys=True) if isinstance(value, (list, dict)) else value


def is_plain_messages(messages: Any) -> TypeGuard[list[dict[str, str]]]:
    """Return True for messages that the serializer would return unchanged.

    Nearly all messages are plain, and the serializer takes ten times as long as this check.
    """
    return (
        isinstance(messages, list)
        and 0 < len(messages) <= settings.MAX_MESSAGES
        and all(_is_plain_message(message) for message in messages)
    )


def _is_plain_message(message: Any) -> bool:
    return (
        isinstance(message, dict)
        and message.keys() == {"role", "content"}
        and isinstance(message["role"], str)
        and message["role"] in ROLES
        and is_plain_text(message["content"], settings.MAX_MESSAGE_CHARS)
    )


def is_plain_text(text: Any, max_chars: int) -> bool:
    return isinstance(text, str) and len(text) <= max_chars and is_text(text)


def storable(text: str) -> str:
    """Shorten a message that may quote any part of a body, and replace what databases refuse."""
    shortened = text if len(text) <= MAX_ERROR_CHARS else f"{text[:MAX_ERROR_CHARS]}…"
    return shortened.encode("utf-8", "replace").decode().replace("\x00", "?")


def _is_storable(fields: dict[str, Any]) -> bool:
    """Return False if the fields contain a character that databases refuse."""
    text = json.dumps(fields, ensure_ascii=False)
    return "\\u0000" not in text and not _SURROGATE.search(text)
