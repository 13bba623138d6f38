"""The table of model aliases."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from rest_framework.exceptions import APIException

from generation.aliases.binding import Binding
from generation.chat.chat_request import pin_wordlist
from generation.openai.errors import as_api_error
from generation.openai.parameters import ParametersSerializer
from vocab.models import Wordlist

# Clients put the name into addresses, files of settings and command lines.
NAME = r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}"
# Request fields that are columns of the table, and so no default parameters.
COLUMNS = {"model": "name", "vocab_lang": "wordlist", "vocab_n_words": "n_words"}


def served_names() -> tuple[str, ...]:
    """Return the names of the served model itself."""
    return (settings.SERVED_MODEL_NAME, settings.MODEL_NAME)


class ModelAlias(models.Model):
    """A name that requests send as `model`. It binds a wordlist and sets default parameters.

    revision: Number of a fixed revision. Revisions are deleted only with their list, and a list
        with an alias cannot be deleted.
    defaults: Request fields as `clean` has validated them.
    """

    name = models.CharField(
        max_length=100,
        unique=True,
        validators=[RegexValidator(rf"^{NAME}\Z", "Use letters, digits, ., - and _, at most 100.")],
        help_text="What requests send as model, such as es-1000.",
    )
    wordlist = models.ForeignKey(Wordlist, on_delete=models.PROTECT, related_name="aliases")
    revision = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Number of a fixed revision of the list. Empty: always the current one.",
    )
    n_words = models.PositiveIntegerField(
        "number of words",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Only the first words of the list are allowed. Empty: all of them.",
    )
    defaults = models.JSONField(
        "default parameters",
        default=dict,
        blank=True,
        help_text="Request fields as JSON, such as"
        ' {"temperature": 0.7, "max_tokens": 200, "vocab_numbers": "none"}. A request may replace'
        " all except the vocab_ fields.",
    )
    allow_override = models.BooleanField(
        default=False,
        help_text="Requests may choose another list, more words and another style.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "wordgen_site"  # beside the API keys, which refer to aliases
        ordering = ["name"]
        verbose_name = "model alias"
        verbose_name_plural = "model aliases"

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Validate the alias as a request that it stands for, and normalise `defaults`.

        Raises ValidationError for the form's field that is wrong.
        """
        super().clean()
        if self.name in served_names():
            raise ValidationError({"name": "This is the name of the served model."})
        self.defaults = self._checked(self.defaults)
        if not self.wordlist_id:  # the error of this field is reported already
            return
        serializer = ParametersSerializer(data=self.binding.fields)
        try:
            serializer.is_valid(raise_exception=True)
            pin_wordlist(serializer.validated_data, None)
        except APIException as error:
            raise self._as_form_error(error) from error
        validated: dict[str, Any] = serializer.validated_data
        names = [ParametersSerializer.aliases.get(name, name) for name in self.defaults]
        self.defaults = {name: validated[name] for name in names if name in validated}

    def _checked(self, defaults: object) -> dict[str, Any]:
        """Return JSON that may be a list or anything else as the object that it must be."""
        if defaults is None:  # the admin's field was empty
            return {}
        if not isinstance(defaults, dict):
            message = 'Expected a JSON object of request fields, such as {"temperature": 0.7}.'
            raise ValidationError({"defaults": message})
        for name, column in COLUMNS.items():
            if name in defaults:
                label = getattr(self._meta.get_field(column), "verbose_name", column)
                raise ValidationError({"defaults": f"{name}: Use the field '{label}' for this."})
        return defaults

    def _as_form_error(self, error: APIException) -> ValidationError:
        api_error = as_api_error(error)
        column = COLUMNS.get(api_error.param or "", "defaults")
        if column == "wordlist" and self.revision is not None:
            column = "revision"
        return ValidationError({column: api_error.message})

    @property
    def binding(self) -> Binding:
        reference = self.wordlist.slug
        if self.revision is not None:
            reference += f"@{self.revision}"
        fields: dict[str, Any] = {"vocab_lang": reference}
        if self.n_words is not None:
            fields["vocab_n_words"] = self.n_words
        return Binding(self.name, fields | self.defaults, self.allow_override)
