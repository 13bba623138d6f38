"""The admin of API keys. A token is shown once, when its key is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from generation.auth.api_key import ApiKey
from generation.auth.scopes import Scope, default_scopes

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    ApiKeyModelAdmin = admin.ModelAdmin[ApiKey]
    ApiKeyModelForm = forms.ModelForm[ApiKey]
else:
    ApiKeyModelAdmin = admin.ModelAdmin
    ApiKeyModelForm = forms.ModelForm

admin.site.site_header = "Wordgen"
admin.site.site_title = "Wordgen"
admin.site.index_title = "Administration"


class ApiKeyForm(ApiKeyModelForm):
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        initial=default_scopes,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=ApiKey._meta.get_field("scopes").help_text,
    )

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        # An existing key may expire in the past, which ends it. A new one would never work.
        if self.instance._state.adding and expires_at and expires_at <= timezone.now():
            raise forms.ValidationError("This time is in the past: the key would never work.")
        return expires_at


@admin.register(ApiKey)
class ApiKeyAdmin(ApiKeyModelAdmin):
    form = ApiKeyForm
    list_display = [
        "name",
        "prefix",
        "user",
        "enabled",
        "bound_to",
        "created_at",
        "last_used_at",
        "expires_at",
    ]
    list_select_related = ["user", "alias", "wordlist"]
    search_fields = ["name", "prefix", "user__username"]
    actions = ["revoke"]

    @admin.display(description="only this alias or wordlist")
    def bound_to(self, key: ApiKey) -> str | None:
        bound = key.alias or key.wordlist
        return None if bound is None else str(bound)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[Any]:
        if obj is None:
            return ["name", "user", "expires_at", "alias", "wordlist", "scopes"]
        return [
            "name",
            "enabled",
            "expires_at",
            "alias",
            "wordlist",
            "scopes",
            "user",
            "prefix",
            "created_at",
            "last_used_at",
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        if obj is None:
            return []
        # A key sees its user's jobs, so another user must not get the key.
        return ["user", "prefix", "created_at", "last_used_at"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        initial = cast("dict[str, Any]", super().get_changeform_initial_data(request))
        return {"user": cast("User", request.user).pk, **initial}

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        token = obj.set_token()
        super().save_model(request, obj, form, change)
        # Django deletes the message when it has been shown. Only a hash of the token is stored.
        self.message_user(
            request,
            format_html(
                "<strong>Copy the key now</strong>, it will not be shown again:"
                " <code style='user-select: all'>{}</code>",
                token,
            ),
            messages.SUCCESS,
        )

    @admin.action(description="Revoke selected keys", permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        keys = list(queryset.filter(enabled=True))
        queryset.update(enabled=False)
        for key in keys:
            self.log_change(request, key, "Revoked.")
        count = len(keys)
        self.message_user(
            request, f"{count} key{'' if count == 1 else 's'} revoked.", messages.SUCCESS
        )
