"""Prepare an installation: database, starter lists, model, admin user and first API key.

Existing parts are not changed, so a second run takes about a second.
"""

from __future__ import annotations

import errno
import secrets
import sqlite3
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from generation.auth.api_key import ApiKey
from generation.engine.contract import ModelUnavailable
from generation.serving.embedded_model import prepare_embedded_model
from wordgen_site.config.data_dir import protect

FIRST_KEY_NAME = "first key"
GIVEN_KEY_NAME = "SECRET_TOKEN"


class Command(BaseCommand):
    help = "Set up the database, wordlists, model, admin user and first API key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-model", action="store_true", help="Do not prepare the model.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            protect(settings.DATA_DIR, settings.DATABASES)
            call_command("migrate", interactive=False, verbosity=0)
            protect(settings.DATA_DIR, settings.DATABASES)  # the database is new
            call_command("load_wordlists", stdout=self.stdout)
            if settings.ENGINE == "local" and not options["no_model"]:
                self._prepare_model()
            user = self._admin_user()
            self._api_key(user)
        except (OSError, OperationalError, sqlite3.OperationalError) as error:
            raise CommandError(_one_line(error)) from error

    def _prepare_model(self) -> None:
        if settings.MODEL_NAME != settings.EMBEDDED_MODEL:
            return  # loaded (and downloaded) on first use or by `manage.py warmup`
        try:
            prepare_embedded_model(show_progress=True)
        except ModelUnavailable as error:
            raise CommandError(str(error)) from error

    def _admin_user(self) -> User:
        users = get_user_model().objects
        existing = users.filter(is_superuser=True).order_by("pk").first()
        if existing is not None:
            return existing
        if users.filter(username=settings.ADMIN_USER).exists():
            raise CommandError(
                f"The user {settings.ADMIN_USER!r} exists and is not a superuser;"
                " set ADMIN_USER to another name."
            )
        password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(12)
        user = users.create_superuser(settings.ADMIN_USER, password=password)
        shown = "from ADMIN_PASSWORD" if settings.ADMIN_PASSWORD else password
        self._announce(f"Admin user: {settings.ADMIN_USER}   password: {shown}")
        return user

    def _api_key(self, user: User) -> None:
        token = settings.SECRET_TOKEN
        if token:
            if not ApiKey.objects.filter(digest=ApiKey.digest_of(token)).exists():
                key = ApiKey(name=GIVEN_KEY_NAME, user=user)
                key.set_token(token)
                key.save()
                self._announce("API key:    from SECRET_TOKEN")
        elif not ApiKey.objects.exists():
            key = ApiKey(name=FIRST_KEY_NAME, user=user)
            token = key.set_token()
            key.save()
            self._announce(f"API key:    {token}   (shown only this once)")

    def _announce(self, line: str) -> None:
        self.stdout.write(self.style.SUCCESS(line))


def _one_line(error: Exception) -> str:
    if (isinstance(error, OSError) and error.errno == errno.ENOSPC) or "disk is full" in str(error):
        return f"The disk is full: nothing more can be written to {settings.DATA_DIR}."
    return f"Set-up failed in {settings.DATA_DIR}: {error}"
