"""The Django project on top of `vocab`, `generation` and `batches`: settings, URLs, middleware,
health checks, metrics, the OpenAPI description and the commands `setup` and `serve`. Nothing
imports this package; other packages read settings through `django.conf`.
"""

__version__ = "0.2.0"  # the only place: pyproject.toml and settings.VERSION read it here
