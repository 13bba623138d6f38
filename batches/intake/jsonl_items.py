"""Parse the lines of a batch's input file into items.

A line that cannot be read as a request gives an error in the format of OpenAI's batch object. A
line whose body is not valid gives an item that has failed.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from batches.formats.batch_object import ENDPOINT
from batches.intake.job_items import MAX_CUSTOM_ID_CHARS
from batches.intake.request_body import BodyReader, invalid_columns, is_plain_text, storable
from batches.models import BatchItem, BatchJob
from generation.openai.bounded_json import loads
from generation.openai.errors import ApiError

REQUIRED = ("custom_id", "method", "url", "body")

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
            "message": storable(self.message),
            "param": None if self.param is None else storable(self.param),
            "line": line,
        }


class LineParser:
    """Parses the lines of one job's file in their order.

    seen: The custom_ids of the lines before.
    """

    def __init__(self, job: BatchJob, seen: set[str]) -> None:
        self._job = job
        self._seen = seen
        self._bodies = BodyReader(job.wordlists, job.bindings, job.owner)

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
        columns = self._columns(line["body"])
        self._seen.add(custom_id)
        return BatchItem(job_id=self._job.pk, index=index, custom_id=custom_id, **columns)

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

    def _columns(self, body: Any) -> dict[str, Any]:
        """Return the columns of an item with that body. Raises InputError."""
        if not isinstance(body, dict):
            raise InputError("invalid_request", "The body must be a JSON object.", "body")
        try:
            if body.get("stream") not in (None, False):
                raise ApiError(
                    400,
                    "stream: The answers of a batch are not streamed.",
                    param="stream",
                    code="streaming_unsupported",
                )
            return self._bodies.read(body).columns
        except ApiError as error:
            return invalid_columns(body.get("messages"), error)


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
