"""The admin of model aliases. `ModelAlias.clean` finds the errors of the form."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.html import format_html

from generation.aliases.model_alias import ModelAlias

if TYPE_CHECKING:
    ModelAliasModelAdmin = admin.ModelAdmin[ModelAlias]
else:
    ModelAliasModelAdmin = admin.ModelAdmin


@admin.register(ModelAlias)
class ModelAliasAdmin(ModelAliasModelAdmin):
    list_display = ["name", "reference", "n_words", "default_parameters", "allow_override"]
    list_select_related = ["wordlist"]
    search_fields = ["name", "wordlist__slug"]
    fields = ["name", "wordlist", "revision", "n_words", "defaults", "allow_override"]

    @admin.display(description="wordlist", ordering="wordlist__slug")
    def reference(self, alias: ModelAlias) -> str:
        return str(alias.binding.fields["vocab_lang"])

    @admin.display(description="default parameters")
    def default_parameters(self, alias: ModelAlias) -> str:
        return format_html("<code>{}</code>", json.dumps(alias.defaults, ensure_ascii=False))
