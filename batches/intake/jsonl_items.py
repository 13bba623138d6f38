"""From a line of a batch's file to an item, or to what is wrong with it in OpenAI's words.

The body of a line is validated with the same serializer as a chat request. All that it may hold
besides the messages is carried as it comes: nothing here knows one parameter from another.
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
from generation.openai.errors import as_api_error
from generation.openai.serializers import ChatSerializer
from vocab.models import STYLE_FIELDS, Wordlist
from vocab.pinned_wordlist import PinnedWordlist

REQUIRED = ("custom_id", "method", "url", "body")
# Of a body, what is no parameter of the answer: the rest goes to the engine.
NOT_PARAMETERS = frozenset({"messages", "model", "stream", "stream_options"})
# Bodies that differ in their messages only are validated once; so many different ones are kept, of
# at most so many characters.
REMEMBERED_BODIES = 1000
REMEMBERED_CHARS = 4000
# Of a message or a name in an error, so much is kept.
MAX_SAID = 500
_SURROGATE = re.compile("[\ud800-\udfff]")

Error = dict[str, Any]


class Refused(Exception):
    """What is wrong with a line."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param

    def at(self, line: int | None) -> Error:
        """As OpenAI's batch object lists it."""
        return {
            "code": self.code,
            "message": _as_text(self.message),
            "param": None if self.param is None else _as_text(self.param),
            "line": line,
        }


@dataclass(frozen=True, slots=True)
class Parameters:
    """Those of one body, with the wordlist it is pinned to."""

    fields: dict[str, Any]
    revision_id: int | None
    n_words: int | None


def wordlists_now() -> dict[str, Any]:
    """Every list's revision and style at this moment, to be kept with a job: its lines are read
    later, and mean the lists as they were when it came in.
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


class LineChecker:
    """Reads the lines of one job's file, in their order. seen: the ids of those before."""

    def __init__(self, job: BatchJob, seen: set[str]) -> None:
        self._job = job
        self._seen = seen
        self._bodies: dict[str, Parameters] = {}

    def item(self, content: bytes | None, index: int) -> BatchItem:
        """Return the item of a line, unsaved. Raises Refused."""
        if content is None:
            raise Refused(
                "request_too_large",
                f"This line has more than {settings.MAX_REQUEST_BYTES:,} bytes.",
            )
        line = _parsed(content)
        custom_id = self._custom_id(line)
        if line["method"] != "POST":
            raise Refused("invalid_request", "The method must be 'POST'.", "method")
        if line["url"] != ENDPOINT:
            raise Refused(
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
            raise Refused(
                "invalid_request",
                f"custom_id must be a string of 1 to {MAX_CUSTOM_ID_CHARS} characters.",
                "custom_id",
            )
        if custom_id in self._seen:
            raise Refused(
                "duplicate_custom_id",
                f"The custom_id {custom_id!r} is that of an earlier line too.",
                "custom_id",
            )
        return str(custom_id)

    def _body(self, body: Any) -> tuple[list[dict[str, Any]], Parameters]:
        if not isinstance(body, dict):
            raise Refused("invalid_request", "The body must be a JSON object.", "body")
        if body.get("stream") not in (None, False):
            raise Refused(
                "streaming_unsupported", "A batch's answers are not streamed.", "body.stream"
            )
        messages = body.get("messages")
        plain = messages if is_plain_messages(messages) else None
        others = {name: value for name, value in body.items() if name != "messages"}
        alike = json.dumps(others, sort_keys=True)
        if plain and alike in self._bodies:
            return plain, self._bodies[alike]
        try:
            fields = _validated(body)
            parameters = self._pinned(fields)
        except DatabaseError:
            raise
        except Exception as error:
            said = as_api_error(error)
            param = f"body.{said.param}" if said.param else "body"
            raise Refused(said.code or "invalid_request", said.message, param) from error
        if not _can_be_stored(parameters.fields):
            raise Refused(
                "invalid_value",
                "It holds a character that is no text (NUL or half of a surrogate pair).",
                "body",
            )
        if len(self._bodies) == REMEMBERED_BODIES:
            self._bodies.clear()
        if len(alike) <= REMEMBERED_CHARS:
            self._bodies[alike] = parameters
        return plain or fields["messages"], parameters

    def _pinned(self, fields: dict[str, Any]) -> Parameters:
        parameters = {name: fields[name] for name in fields if name not in NOT_PARAMETERS}
        wordlist = self._wordlist(parameters)
        if wordlist is None:
            return Parameters(parameters, None, None)
        parameters |= wordlist.style_parameters
        return Parameters(parameters, wordlist.revision.pk, wordlist.n_words)

    def _wordlist(self, parameters: dict[str, Any]) -> PinnedWordlist | None:
        """The list that the parameters meant when the job came in."""
        reference = str(parameters.get("vocab_lang", ""))
        slug, _, number = reference.partition("@")
        then = self._job.wordlists.get(slug)
        if then is None:
            return pin_wordlist(parameters)
        exactly = reference if number else f"{slug}@{then['number']}"
        return pin_wordlist({**then["style"], **parameters, "vocab_lang": exactly})


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        line = json.loads(content.decode())
    except UnicodeDecodeError as error:
        raise Refused(
            "invalid_json_line", f"This line is not UTF-8 at byte {error.start}."
        ) from None
    except RecursionError:
        raise Refused("invalid_json_line", "This line is nested too deeply.") from None
    except ValueError as error:
        raise Refused(
            "invalid_json_line", f"This line is not parseable as JSON: {error}."
        ) from None
    if not isinstance(line, dict):
        raise Refused("invalid_json_line", "This line is not a JSON object.")
    for name in REQUIRED:
        if line.get(name) is None:
            raise Refused(
                "missing_required_parameter", f"Missing required parameter: '{name}'.", name
            )
    for name in line:
        if name not in REQUIRED:
            raise Refused("unknown_parameter", f"Unrecognized argument supplied: {name!r}.", name)
    return line


def _as_text(said: str) -> str:
    """What can be stored of a message, which may quote anything that a line holds."""
    shortened = said if len(said) <= MAX_SAID else f"{said[:MAX_SAID]}…"
    return shortened.encode("utf-8", "replace").decode().replace("\x00", "?")


def _can_be_stored(fields: dict[str, Any]) -> bool:
    """False if there is a character in it that databases refuse."""
    text = json.dumps(fields, ensure_ascii=False)
    return "\\u0000" not in text and not _SURROGATE.search(text)


def _validated(body: dict[str, Any]) -> dict[str, Any]:
    serializer = ChatSerializer(data=body)
    serializer.is_valid(raise_exception=True)
    fields: dict[str, Any] = serializer.validated_data
    check_model(fields.get("model"))
    return fields
