"""API keys. A key is made in the admin, shown once and stored as a prefix and an HMAC."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from generation.auth.lock_wait import waiting_at_most
from generation.auth.scopes import NOT_FOR_BOUND_KEYS, Scope, default_scopes, validate_scopes

logger = logging.getLogger(__name__)

PUBLIC_LENGTH = 8
SECRET_LENGTH = 32
# Recording every use would add a database write to every request.
LAST_USED_RESOLUTION = dt.timedelta(minutes=1)
TOUCH_WAIT_SECONDS = 0.05


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> Self:
        unexpired = models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, enabled=True)

    def find(self, token: str) -> ApiKey | None:
        """Return the usable key with this token."""
        keys = self.usable().select_related("user", "alias__wordlist", "wordlist")
        return keys.filter(digest=ApiKey.digest_of(token)).first()


class ApiKey(models.Model):
    """One client's key. The token itself is never stored.

    A token has 32 random characters, so a keyed hash is safe. A slow password hash would cost time
    on every request and add nothing.

    alias, wordlist: One of them binds the key: every reply to its requests is limited to that list.
        A list or an alias with a key cannot be deleted, because the key would then be free.
    """

    name = models.CharField(max_length=100, help_text="Who or what uses this key.")
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    enabled = models.BooleanField(default=True, help_text="Untick to revoke the key at once.")
    expires_at = models.DateTimeField(null=True, blank=True)
    alias = models.ForeignKey(
        "wordgen_site.ModelAlias",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        verbose_name="only this model alias",
        help_text="Every request with this key uses the alias. Empty: no limit.",
    )
    wordlist = models.ForeignKey(
        "vocab.Wordlist",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        verbose_name="only this wordlist",
        help_text="Every reply to this key has only words of the current revision of this list."
        " The key may use the list's aliases too. Empty: no limit.",
    )
    scopes = models.JSONField(
        default=default_scopes,
        blank=True,
        validators=[validate_scopes],
        help_text="What the key may do. Everything else is refused with 403.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        app_label = "wordgen_site"  # the app whose migrations made the table
        ordering = ["-created_at"]
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(alias=None) | models.Q(wordlist=None),
                name="api_key_bound_once",
                violation_error_message="Choose an alias or a wordlist, not both.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def clean(self) -> None:
        """Raise ValidationError for a scope that a bound key cannot have."""
        super().clean()
        for scope in NOT_FOR_BOUND_KEYS:
            if self.is_bound and scope in self.scopes:
                label = Scope(scope).value
                raise ValidationError({"scopes": f"A key that is bound cannot have {label}."})

    @property
    def is_bound(self) -> bool:
        return self.alias_id is not None or self.wordlist_id is not None

    def set_token(self, token: str | None = None) -> str:
        """Give the unsaved key a token, a random one by default, and return it."""
        if token is None:
            public = secrets.token_hex(PUBLIC_LENGTH // 2)
            token = f"wg_{public}_{secrets.token_hex(SECRET_LENGTH // 2)}"
            self.prefix = f"wg_{public}"
        else:
            # A token that the operator chose may be short, so its prefix would reveal it.
            self.prefix = "(given)"
        self.digest = self.digest_of(token)
        return token

    @staticmethod
    def digest_of(token: str) -> str:
        return salted_hmac("wordgen.api-key", token, algorithm="sha256").hexdigest()

    def touch(self) -> None:
        """Record the time of use, at most once a minute.

        A request that only reads must not fail or wait for this write, for example while the
        database is locked or the disk is full.
        """
        now = timezone.now()
        if self.last_used_at is not None and now - self.last_used_at < LAST_USED_RESOLUTION:
            return
        try:
            with waiting_at_most(TOUCH_WAIT_SECONDS):
                ApiKey.objects.filter(pk=self.pk).update(last_used_at=now)
        except DatabaseError as error:
            logger.warning("time of use not recorded key=%s error=%s", self.prefix, error)
