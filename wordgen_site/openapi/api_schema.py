"""The parts of the OpenAPI description that all operations share.

The operations are described in `generation/openai/schema/operations.py`,
`generation/wordlist_api/schema/*_operations.py` and `batches/api/*_schemas.py`. Types and ranges of
the request fields come from the serializers that validate them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiResponse

from generation.openai.schema.response_schemas import ErrorBody

# Imported only when the description is made, because requests do not need them.
DESCRIPTIONS = (
    "generation.openai.schema.operations",
    "generation.openai.schema.responses_operations",
    "generation.openai.schema.text_completion_operation",
    "generation.wordlist_api.schema.list_operations",
    "generation.wordlist_api.schema.revision_operations",
    "generation.wordlist_api.schema.study_operations",
    "generation.vocab_api.schema",
    "batches.api.job_schemas",
    "batches.api.file_schemas",
    "batches.api.batch_schemas",
    "wordgen_site.openapi.site_operations",
)
ERRORS = {
    "400": "The request is wrong; `param` names the field.",
    "401": "The key is missing or not valid.",
    "403": "The key does not have the scope of this endpoint (`insufficient_scope`).",
    "default": "Any other error has the same shape.",
}
REQUEST_ID = {
    "x-request-id": {
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "description": "Names this request in the server's log.",
        "required": True,
    }
}


class ApiGenerator(SchemaGenerator):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        for module in DESCRIPTIONS:
            import_module(module)
        super().__init__(*args, **kwargs)


class ApiSchema(AutoSchema):
    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        """Add the errors and the header that all operations share."""
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, text in ERRORS.items():
            if status not in bodies:
                error = OpenApiResponse(ErrorBody, description=text)
                bodies[status] = self._get_response_for_code(
                    error, status, ["application/json"], direction
                )
        for body in bodies.values():
            body["headers"] = body.get("headers", {}) | REQUEST_ID
        return bodies


def without_enum_ids(result: Any, generator: ApiGenerator, **kwargs: Any) -> Any:
    """Remove a key that only another, unused hook of the library reads."""
    if isinstance(result, dict):
        return {
            key: without_enum_ids(value, generator)
            for key, value in result.items()
            if key != "x-spec-enum-id"
        }
    if isinstance(result, list):
        return [without_enum_ids(each, generator) for each in result]
    return result


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "generation.auth.authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key from the admin: `Authorization: Bearer wg_...`.",
        }
