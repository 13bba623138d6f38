from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path, re_path

from generation.api import internal_views
from generation.api.urls import tokenizer_patterns
from generation.monitoring.engine_page import engine_page
from generation.openai.error_responses import not_found, server_error
from wordgen_site.http.login_throttle import throttled
from wordgen_site.mcp.view import mcp
from wordgen_site.monitoring import health_views, metrics_view
from wordgen_site.openapi import docs_views

urlpatterns = [
    path("health", health_views.ready, name="health"),  # where vLLM and llama.cpp have it
    path("health/live", health_views.live, name="health-live"),
    path("health/ready", health_views.ready, name="health-ready"),
    path("openapi.json", docs_views.SchemaView.as_view(), name="openapi"),
    path("docs", docs_views.DocsView.as_view(), name="docs"),
    path("metrics", metrics_view.MetricsView.as_view(), name="metrics"),
    path("admin/engine/", engine_page, name="admin-engine"),  # before the admin's own
    path("admin/login/", throttled(admin.site.login), name="admin-login"),
    path("admin/", admin.site.urls),
    path("login/", throttled(LoginView.as_view(redirect_authenticated_user=True)), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("", include("wordgen_site.account.urls")),
    path("internal/generate", internal_views.generate, name="internal-generate"),
    path("internal/engine", internal_views.engine, name="internal-engine"),
    path("mcp", mcp, name="mcp"),
    path("v1/", include("generation.api.urls")),
    path("v1/", include("generation.wordlist_api.urls")),
    path("v1/", include("generation.vocab_api.urls")),
    path("v1/", include("batches.api.urls")),
    *tokenizer_patterns,
    re_path(r"^(v1|tokenize|detokenize)(/.*)?$", not_found),  # an unknown API path is JSON too
    path("", include("generation.playground.urls")),
    path("", include("batches.pages.urls")),
    path("", include("vocab.pages.urls")),
]

handler500 = server_error
