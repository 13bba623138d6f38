from django.apps import AppConfig


class WordgenSiteConfig(AppConfig):
    name = "wordgen_site"
    verbose_name = "Access"
