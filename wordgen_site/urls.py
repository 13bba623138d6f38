from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path, re_path

from generation import internal
from generation.engine_page import engine_page
from generation.openai.error_responses import not_found, server_error
from generation.urls import tokenizer_patterns
from wordgen_site import docs, health, metrics

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("openapi.json", docs.SchemaView.as_view(), name="openapi"),
    path("docs", docs.DocsView.as_view(), name="docs"),
    path("metrics", metrics.MetricsView.as_view(), name="metrics"),
    path("admin/engine/", engine_page, name="admin-engine"),  # before the admin's own
    path("admin/", admin.site.urls),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("internal/generate", internal.generate, name="internal-generate"),
    path("internal/engine", internal.engine, name="internal-engine"),
    path("v1/", include("generation.urls")),
    path("v1/", include("batches.urls")),
    *tokenizer_patterns,
    re_path(r"^(v1|tokenize|detokenize)(/.*)?$", not_found),  # an unknown API path is JSON too
    path("", include("generation.playground_urls")),
    path("", include("batches.page_urls")),
]

handler500 = server_error
