from django.apps import AppConfig


class WordgenSiteConfig(AppConfig):
    name = "wordgen_site"
    verbose_name = "Access"

    def ready(self) -> None:
        from wordgen_site.config import checks  # noqa: F401  (registers the system checks)
