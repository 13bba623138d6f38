"""How the API reads bodies and answers OPTIONS, where REST framework's own ways do not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.metadata import BaseMetadata
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

if TYPE_CHECKING:  # the settings name this module to it
    from rest_framework.views import APIView


class TolerantJSONParser(JSONParser):
    """JSON of whatever depth and charset it says it has: what cannot be read is the client's fault.

    REST framework's own lets brackets in a thousand brackets, or a charset that is no charset, out
    as faults of the server.
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
    """OPTIONS is answered by the `Allow` header; what there is to describe is in the schema."""

    def determine_metadata(self, request: Request, view: APIView) -> None:
        return None
