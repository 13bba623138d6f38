"""Reading bodies and queries and answering OPTIONS, where the frameworks' defaults do not fit."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.metadata import BaseMetadata
from rest_framework.parsers import JSONParser, get_encoding  # type: ignore[attr-defined]
from rest_framework.request import Request
from rest_framework.utils import json

from generation.openai.bounded_json import loads
from generation.openai.errors import ApiError

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
            text = codecs.getreader(encoding)(stream).read()
            parsed: dict[str, Any] = loads(text, parse_constant=json.strict_constant)
            return parsed
        except APIException:
            raise
        except RecursionError:
            raise ParseError("JSON parse error - it is nested too deeply") from None
        except (LookupError, TypeError, ValueError) as error:
            raise ParseError(f"JSON parse error - {error}") from error


def single_values(parameters: MultiValueDict[str, Any]) -> dict[str, Any]:
    """Return the parameters of a query string or form, each with its only value.

    Raises ApiError (400) for a parameter that is given twice: only one value could be honoured.
    """
    for name, values in parameters.lists():
        if len(values) > 1:
            raise ApiError(
                400, f"{name}: It is given more than once.", param=name, code="invalid_value"
            )
    return parameters.dict()


class AllowOnly(BaseMetadata):
    """Answer OPTIONS with the `Allow` header alone. The OpenAPI schema has the description."""

    def determine_metadata(self, request: Request, view: APIView) -> None:
        return None
