"""Reading JSON bodies and answering OPTIONS, where REST framework's defaults do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.metadata import BaseMetadata
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

if TYPE_CHECKING:  # rest_framework.views imports this module, which the settings name
    from rest_framework.views import APIView


class TolerantJSONParser(JSONParser):
    """A JSON parser that reports every unreadable body as the client's error (400).

    With REST framework's parser, very deep nesting and an unknown charset become errors of the
    server (500).
    """

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            return super().parse(stream, media_type, parser_context)
        except APIException:
            raise
        except RecursionError:
            raise ParseError("JSON parse error - it is nested too deeply") from None
        except (LookupError, TypeError, ValueError) as error:
            raise ParseError(f"JSON parse error - {error}") from error


class AllowOnly(BaseMetadata):
    """Answer OPTIONS with the `Allow` header alone. The OpenAPI schema has the description."""

    def determine_metadata(self, request: Request, view: APIView) -> None:
        return None
