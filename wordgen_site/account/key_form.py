"""The form of a new API key of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from generation.auth.api_key import ApiKey
from generation.auth.scopes import Scope, default_scopes

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NAME_CHARS = 100


class KeyForm(forms.Form):
    name = forms.CharField(
        max_length=NAME_CHARS, help_text="Who or what uses the key, such as “worksheet app”."
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=Scope.choices,
        initial=default_scopes,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def make_key(self, user: User) -> tuple[ApiKey, str]:
        """Store a key and return it with its token, which is not stored."""
        key = ApiKey(user=user, name=self.cleaned_data["name"], scopes=self.cleaned_data["scopes"])
        token = key.set_token()
        key.save()
        return key, token
