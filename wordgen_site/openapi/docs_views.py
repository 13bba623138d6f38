"""GET /openapi.json, and /docs, which shows it in a browser. Both are public."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request

# All files come from this server. The viewer needs inline styles.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@extend_schema(exclude=True)
class SchemaView(SpectacularJSONAPIView):
    authentication_classes = ()


@extend_schema(exclude=True)
class DocsView(SpectacularSwaggerSplitView):
    authentication_classes = ()
    url_name = "openapi"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = super().get(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response
