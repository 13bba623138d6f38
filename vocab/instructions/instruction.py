"""The table of instructions that replace shipped ones, and the text in force."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from vocab.instructions.purpose import Purpose
from vocab.instructions.shipped import OTHERWISE, SHIPPED
from vocab.words.casing import primary_language
from vocab.words.language_tag import UnknownLanguage, canonical_tag, script_of

MAX_TAG_CHARS = 35


class Instruction(models.Model):
    """A text that the model is told. An empty one means the shipped one."""

    language = models.CharField(
        max_length=MAX_TAG_CHARS,
        help_text="Language of the lists that it is for: es, or pt-BR for that variety alone.",
    )
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    text = models.TextField(
        max_length=2000,
        blank=True,
        help_text="In the language of the lists. Empty: the text that comes with the server.",
    )

    class Meta:
        ordering = ["language", "purpose"]
        constraints = [
            models.UniqueConstraint(
                fields=["language", "purpose"], name="instruction_once_for_a_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.language}: {self.purpose}"

    def clean(self) -> None:
        super().clean()
        try:
            self.language = canonical_tag(self.language)
        except UnknownLanguage as error:
            raise ValidationError({"language": str(error)}) from error

    @property
    def shipped(self) -> str:
        """The text that applies if this one is empty."""
        return shipped_text(self.language, Purpose(self.purpose))


def instruction(language: str, purpose: Purpose) -> str:
    """Return the text for a list's language, a BCP-47 tag.

    A text for pt-BR goes before one for pt. A language without any text has the English one.
    """
    tags = tags_of(language)
    rows = Instruction.objects.filter(purpose=purpose, language__in=tags).exclude(text="")
    own = dict(rows.values_list("language", "text"))
    return next((own[tag] for tag in tags if tag in own), shipped_text(language, purpose))


def shipped_text(language: str, purpose: Purpose) -> str:
    known = next((tag for tag in tags_of(language) if tag in SHIPPED), OTHERWISE)
    return SHIPPED[known][purpose]


def tags_of(language: str) -> tuple[str, ...]:
    """Return the tags whose texts a language may have, its own first."""
    primary = primary_language(language)
    return tuple(dict.fromkeys((language, f"{primary}-{script_of(language)}", primary)))
