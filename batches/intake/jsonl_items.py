"""Parse the lines of a batch's input file into items.

The body of a line is validated with the same serializer as a chat request. Its parameters are
stored as validated; this module does not know what they mean. A wrong line gives an error in the
format of OpenAI's batch object.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from batches.formats.batch_object import ENDPOINT
from batches.intake.prompt_upload import MAX_CUSTOM_ID_CHARS, is_plain_messages, is_plain_text
from batches.models import BatchItem, BatchJob
from generation.chat.chat_request import check_model, pin_wordlist
from generation.openai.bounded_json import loads
from generation.openai.errors import as_api_error
from generation.openai.serializers import ChatSerializer
from vocab.models import STYLE_FIELDS, Wordlist
from vocab.pinned_wordlist import PinnedWordlist

REQUIRED = ("custom_id", "method", "url", "body")
# Fields of a body that are not parameters of the answer. All other fields go to the engine.
NOT_PARAMETERS = frozenset({"messages", "model", "stream", "stream_options"})
# Bodies that differ only in their messages are validated once. The cache holds this number of
# bodies, each without its messages and of at most this number of characters as JSON.
CACHED_BODIES = 1000
CACHED_BODY_CHARS = 4000
# Maximum characters kept of an error message or field name.
MAX_ERROR_CHARS = 500
_SURROGATE = re.compile("[\ud800-\udfff]")

LineError = dict[str, Any]


class InputError(Exception):
    """A line, or the whole file, is not valid."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param

    def as_line_error(self, line: int | None) -> LineError:
        """Return an entry of the batch object's `errors`. line: None for the whole file."""
        return {
            "code": self.code,
            "message": _storable(self.message),
            "param": None if self.param is None else _storable(self.param),
            "line": line,
        }


@dataclass(frozen=True, slots=True)
class BodyParameters:
    """The parameters of one body, with the revision of the wordlist that they name, if any."""

    fields: dict[str, Any]
    revision_id: int | None
    n_words: int | None


def wordlists_now() -> dict[str, Any]:
    """Return the current revision number and style of every wordlist, by slug.

    A job stores them, because a worker reads its lines later: a line means the wordlist as it was
    when the job was accepted.
    """
    lists = Wordlist.objects.filter(current__isnull=False).select_related("current")
    rows = lists.values("slug", "current__number", *STYLE_FIELDS)
    return {
        row["slug"]: {
            "number": row["current__number"],
            "style": {f"vocab_{name}": row[name] for name in STYLE_FIELDS},
        }
        for row in rows
    }


class LineParser:
    """Parses the lines of one job's file in their order.

    seen: The custom_ids of the lines before.
    """

    def __init__(self, job: BatchJob, seen: set[str]) -> None:
        self._job = job
        self._seen = seen
        self._bodies: dict[str, BodyParameters] = {}

    def item(self, content: bytes | None, index: int) -> BatchItem:
        """Return the unsaved item of a line. Raises InputError.

        content: None for a line that is too long.
        """
        if content is None:
            raise InputError(
                "request_too_large",
                f"This line has more than {settings.MAX_REQUEST_BYTES:,} bytes.",
            )
        line = _parse(content)
        custom_id = self._custom_id(line)
        if line["method"] != "POST":
            raise InputError("invalid_request", "The method must be 'POST'.", "method")
        if line["url"] != ENDPOINT:
            raise InputError(
                "invalid_url",
                f"The URL {line['url']!r} is not the batch's endpoint, '{ENDPOINT}'.",
                "url",
            )
        messages, parameters = self._body(line["body"])
        self._seen.add(custom_id)
        return BatchItem(
            job_id=self._job.pk,
            index=index,
            custom_id=custom_id,
            messages=messages,
            parameters=parameters.fields,
            revision_id=parameters.revision_id,
            n_words=parameters.n_words,
        )

    def _custom_id(self, line: dict[str, Any]) -> str:
        custom_id = line["custom_id"]
        if not is_plain_text(custom_id, MAX_CUSTOM_ID_CHARS) or not custom_id.strip():
            raise InputError(
                "invalid_request",
                f"custom_id must be a string of 1 to {MAX_CUSTOM_ID_CHARS} characters.",
                "custom_id",
            )
        if custom_id in self._seen:
            raise InputError(
                "duplicate_custom_id",
                f"The custom_id {custom_id!r} is already used by an earlier line.",
                "custom_id",
            )
        return str(custom_id)

    def _body(self, body: Any) -> tuple[list[dict[str, Any]], BodyParameters]:
        """Return the messages and the parameters of a body. Raises InputError."""
        if not isinstance(body, dict):
            raise InputError("invalid_request", "The body must be a JSON object.", "body")
        if body.get("stream") not in (None, False):
            raise InputError(
                "streaming_unsupported", "The answers of a batch are not streamed.", "body.stream"
            )
        messages = body.get("messages")
        plain = messages if is_plain_messages(messages) else None
        others = {name: value for name, value in body.items() if name != "messages"}
        cache_key = json.dumps(others, sort_keys=True)
        if plain and cache_key in self._bodies:
            return plain, self._bodies[cache_key]
        try:
            fields = _validate(body)
            parameters = self._pin(fields)
        except DatabaseError:
            raise
        except Exception as error:
            api_error = as_api_error(error)
            param = f"body.{api_error.param}" if api_error.param else "body"
            code = api_error.code or "invalid_request"
            raise InputError(code, api_error.message, param) from error
        if not _is_storable(parameters.fields):
            raise InputError(
                "invalid_value",
                "The body contains a character that cannot be stored (NUL, unpaired surrogate).",
                "body",
            )
        if len(self._bodies) == CACHED_BODIES:
            self._bodies.clear()
        if len(cache_key) <= CACHED_BODY_CHARS:
            self._bodies[cache_key] = parameters
        return plain or fields["messages"], parameters

    def _pin(self, fields: dict[str, Any]) -> BodyParameters:
        parameters = {name: fields[name] for name in fields if name not in NOT_PARAMETERS}
        wordlist = self._wordlist(parameters)
        if wordlist is None:
            return BodyParameters(parameters, None, None)
        parameters |= wordlist.style_parameters
        return BodyParameters(parameters, wordlist.revision.pk, wordlist.n_words)

    def _wordlist(self, parameters: dict[str, Any]) -> PinnedWordlist | None:
        """Return the wordlist that the parameters named when the job was accepted.

        A slug without a number means the revision and style that the job stored for it.
        """
        reference = str(parameters.get("vocab_lang", ""))
        slug, _, number = reference.partition("@")
        stored = self._job.wordlists.get(slug)
        if stored is None:
            return pin_wordlist(parameters)
        revision = reference if number else f"{slug}@{stored['number']}"
        return pin_wordlist({**stored["style"], **parameters, "vocab_lang": revision})


def _parse(content: bytes) -> dict[str, Any]:
    """Return the line's object, which has exactly the REQUIRED fields. Raises InputError."""
    try:
        line = loads(content)
    except UnicodeDecodeError as error:
        raise InputError(
            "invalid_json_line", f"This line is not UTF-8 at byte {error.start}."
        ) from None
    except RecursionError:
        raise InputError("invalid_json_line", "This line is nested too deeply.") from None
    except ValueError as error:
        raise InputError(
            "invalid_json_line", f"This line is not parseable as JSON: {error}."
        ) from None
    if not isinstance(line, dict):
        raise InputError("invalid_json_line", "This line is not a JSON object.")
    for name in REQUIRED:
        if line.get(name) is None:
            raise InputError(
                "missing_required_parameter", f"Missing required parameter: '{name}'.", name
            )
    for name in line:
        if name not in REQUIRED:
            raise InputError(
                "unknown_parameter", f"Unrecognized argument supplied: {name!r}.", name
            )
    return line


def _storable(text: str) -> str:
    """Shorten a message that may quote any part of a line, and replace what databases refuse."""
    shortened = text if len(text) <= MAX_ERROR_CHARS else f"{text[:MAX_ERROR_CHARS]}…"
    return shortened.encode("utf-8", "replace").decode().replace("\x00", "?")


def _is_storable(fields: dict[str, Any]) -> bool:
    """Return False if the fields contain a character that databases refuse."""
    text = json.dumps(fields, ensure_ascii=False)
    return "\\u0000" not in text and not _SURROGATE.search(text)


def _validate(body: dict[str, Any]) -> dict[str, Any]:
    serializer = ChatSerializer(data=body)
    serializer.is_valid(raise_exception=True)
    fields: dict[str, Any] = serializer.validated_data
    check_model(fields.get("model"))
    return fields
