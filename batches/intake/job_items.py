"""Turn the items of a job's JSON list into the columns of rows.

An item may have parameters of its own, as in the body of a chat request. A parameter that the query
string sets has priority over them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import ValidationError

from batches.intake.request_body import (
    PLAIN_MESSAGES,
    BodyReader,
    invalid_columns,
    is_plain_messages,
    is_plain_text,
    storable,
    wordlists_now,
)
from generation.aliases.resolver import snapshot
from generation.openai.errors import ApiError
from generation.openai.fields.other_fields import ALIASES
from generation.openai.serializers import BatchItemSerializer
from vocab.pinned_wordlist import PinnedWordlist

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from generation.auth.api_key import ApiKey

MAX_CUSTOM_ID_CHARS = 200
ITEM_FIELDS = frozenset({"messages", "custom_id"})
STREAMING = ("stream", "stream_options")
# Other names of parameters of the query string.
OTHER_NAMES = {"max_completion_tokens": "max_tokens", **ALIASES}


@dataclass(slots=True)
class Items:
    """How many items something is true of, and the index of the first one."""

    first: int
    count: int = 0

    def __str__(self) -> str:
        if self.count == 1:
            return f"1 item, file[{self.first}]"
        return f"{self.count:,} items, the first is file[{self.first}]"


class ItemReader:
    """Reads the items of one job in their order.

    given: The validated parameters of the query string, without defaults.
    owner: Whose job it is.
    api_key: It may be bound to an alias or a list, which then applies to all items.

    Raises ApiError if they name no wordlist that can be used.
    """

    def __init__(self, given: Mapping[str, Any], owner: User, api_key: ApiKey | None) -> None:
        self._given = given
        # The job's seed is not that of an item: each item derives its own from it.
        self._shared = {name: value for name, value in given.items() if name != "seed"}
        bindings = snapshot(api_key)
        self._bodies = BodyReader(wordlists_now(owner, bindings), bindings, owner)
        self._job = self._bodies.read({**self._shared, "messages": PLAIN_MESSAGES})
        self._serializer = BatchItemSerializer()
        self._ineffective: dict[str, Items] = {}
        self._invalid: Items | None = None
        self._first_error = ""

    @property
    def wordlist(self) -> PinnedWordlist | None:
        """The wordlist of the query string."""
        return self._job.wordlist

    def columns(self, index: int, item: Any) -> dict[str, Any]:
        """Return the columns of an item as JSON values.

        Raises ValidationError, which names the item by its index, for anything else than the value
        of a parameter: such a value is the error of the item alone.
        """
        if is_plain(item):
            return item  # type: ignore[no-any-return]
        try:
            fields: dict[str, Any] = self._serializer.run_validation(item)
        except ValidationError as error:
            raise ValidationError({f"file[{index}]": error.detail}) from None
        own = self._own_parameters(index, item)
        if not own:
            return fields
        try:
            body = self._bodies.read({**own, **self._shared, "messages": fields["messages"]})
        except ApiError as error:
            self._note_invalid(index, error)
            return {**fields, **invalid_columns(fields["messages"], error)}
        if (body.parameters, body.wordlist) == (self._job.parameters, self._job.wordlist):
            return fields
        return {**fields, **body.columns}

    def warnings(self) -> list[str]:
        """Return a sentence for everything in the items read so far that has no effect."""
        found = []
        for name, items in self._ineffective.items():
            if name in STREAMING:
                reason = "The answers of a job are not streamed"
            else:
                reason = f"The query string sets {OTHER_NAMES.get(name, name)}"
            found.append(f"{name}: {reason}, so the value in the file has no effect ({items}).")
        if self._invalid is not None:
            found.append(
                f"Not valid, with an error instead of an answer: {self._invalid}:"
                f" {self._first_error}"
            )
        return found

    def _own_parameters(self, index: int, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the item's fields that have an effect; note the others."""
        own = {}
        for name, value in item.items():
            if name in ITEM_FIELDS or value is None:
                continue
            job_name = OTHER_NAMES.get(name, name)
            if name in STREAMING:
                differs = bool(value)
            elif job_name in self._given:
                differs = value != self._given[job_name]
            else:
                own[name] = value
                continue
            if differs:
                self._ineffective.setdefault(name, Items(index)).count += 1
        return own

    def _note_invalid(self, index: int, error: ApiError) -> None:
        if self._invalid is None:
            self._invalid = Items(index)
            self._first_error = storable(error.message)
        self._invalid.count += 1


def is_plain(item: Any) -> bool:
    """Return True for an item that the serializer would return unchanged.

    Nearly all items are plain, and the serializer takes ten times as long as this check.
    """
    if not isinstance(item, dict) or not item.keys() <= ITEM_FIELDS:
        return False
    custom_id = item.get("custom_id", "-")
    return (
        is_plain_text(custom_id, MAX_CUSTOM_ID_CHARS)
        and custom_id == custom_id.strip() != ""
        and is_plain_messages(item.get("messages"))
    )
