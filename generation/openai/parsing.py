"""Reading bodies and queries and answering OPTIONS, where the frameworks' defaults do not fit."""

from __future__ import annotations

import zlib
from collections.abc import Container, Mapping
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import APIException, ParseError
from rest_framework.metadata import BaseMetadata
from rest_framework.parsers import JSONParser, get_encoding  # type: ignore[attr-defined]
from rest_framework.request import Request
from rest_framework.utils import json

from generation.openai.bounded_json import loads
from generation.openai.errors import ApiError
from generation.openai.negotiation import content_encoding

GZIP = 16 + zlib.MAX_WBITS  # zlib's number for the format

if TYPE_CHECKING:  # rest_framework.views imports this module, which the settings name
    from django.utils.datastructures import MultiValueDict
    from rest_framework.views import APIView


class TolerantJSONParser(JSONParser):
    """A JSON parser that reports every unreadable body as the client's error (400).

    With REST framework's parser, very deep nesting and an unknown charset become errors of the
    server (500), and a body of millions of values stops all other threads while it is read.
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            encoding = get_encoding(parser_context or {})
            text = _content(stream, parser_context).decode(encoding)
            parsed: dict[str, Any] = loads(
                text.removeprefix("\ufeff"), parse_constant=json.strict_constant
            )
            return parsed
        except (APIException, RequestDataTooBig):
            raise
        except RecursionError:
            raise ParseError("JSON parse error - it is nested too deeply") from None
        except (LookupError, TypeError, ValueError) as error:
            raise ParseError(f"JSON parse error - {error}") from error


def _content(stream: IO[bytes], parser_context: Mapping[str, Any] | None) -> bytes:
    """Return the bytes of the body, decompressed. Raises RequestDataTooBig and ValueError."""
    content = stream.read()
    request = (parser_context or {}).get("request")
    if request is None or content_encoding(request) == "":
        return content
    limit: int = settings.MAX_REQUEST_BYTES
    decompressor = zlib.decompressobj(wbits=GZIP)
    try:
        # One byte more than the limit: the rest of a small body can be gigabytes.
        decompressed = decompressor.decompress(content, limit + 1)
    except zlib.error as error:
        raise ValueError(f"it is not gzip: {error}") from None
    if len(decompressed) > limit:
        raise RequestDataTooBig
    if not decompressor.eof or decompressor.unused_data:
        raise ValueError("its gzip data does not end where the body ends")
    return decompressed


def single_values(
    parameters: MultiValueDict[str, Any], names: Container[str] | None = None
) -> dict[str, Any]:
    """Return the parameters of a query string or form, each with its only value.

    names: The parameters that count; by default all of them.

    Raises ApiError (400) for a parameter that is given twice: only one value could be honoured.
    """
    single: dict[str, Any] = {}
    for name, values in parameters.lists():
        if names is not None and name not in names:
            continue
        if len(values) > 1:
            raise ApiError(
                400, f"{name}: It is given more than once.", param=name, code="invalid_value"
            )
        single[name] = parameters[name]
    return single


class AllowOnly(BaseMetadata):
    """Answer OPTIONS with the `Allow` header alone. The OpenAPI schema has the description."""

    def determine_metadata(self, request: Request, view: APIView) -> None:
        return None
