"""The optional parameters of a reply as a form, for the playground and the page of a new job.

The names are those of the API. The values stay text: the API's serializers validate them, so that a
page accepts and refuses exactly what the API does.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings

from vocab.words.orthography import Brackets, Case, Hyphens, Numbers, Punctuation

STYLES = (
    ("vocab_numbers", "Numbers", Numbers),
    ("vocab_punctuation", "Punctuation", Punctuation),
    ("vocab_case", "Capitals", Case),
    ("vocab_hyphens", "Hyphens", Hyphens),
    ("vocab_brackets", "Brackets", Brackets),
)
# Words of this text alone, separated by commas.
WORDS = (
    ("vocab_names", "Names in this text", "Ana, São Paulo"),
    ("vocab_allow", "Words allowed too", "dragon, castle"),
    ("vocab_ban", "Words not allowed", "die, kill"),
)


class OptionsForm(forms.Form):
    """of_list: Fields that have an effect only with a wordlist. wide: Those that fill a row."""

    of_list = (
        *(name for name, _, _ in WORDS),
        "vocab_tell_model",
        "vocab_draft",
        "vocab_repeat_sentences",
        "vocab_particles",
        *(name for name, _, _ in STYLES),
    )
    wide = ("system", "seed", *(name for name, _, _ in WORDS))
    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "%s", **kwargs})
        self.fields["system"] = forms.CharField(
            label="System message",
            required=False,
            strip=False,
            widget=forms.Textarea(
                attrs={
                    "rows": 2,
                    "placeholder": "You write for people who are learning the language.",
                }
            ),
        )
        for name, label, example in WORDS:
            self.fields[name] = forms.CharField(
                label=label,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": example, "dir": "auto"}),
            )
        self._choose(
            "vocab_tell_model",
            "Ask for simple words",
            "without a system message",
            [("true", "always"), ("false", "never")],
        )
        self._choose("vocab_draft", "Draft first", "no", [("true", "yes, hidden")])
        self._choose(
            "vocab_repeat_sentences", "The same sentence again", "never", [("true", "allowed")]
        )
        self._number("vocab_particles", "Particles", 1, least=1, most=settings.MAX_NUM_BEAMS)
        for name, label, choices in STYLES:
            pairs = [(choice.value, choice.value) for choice in choices]
            self._choose(name, label, "default of the list", pairs)
        largest = max(settings.ALLOWED_MAX_NEW_TOKENS)
        self._number("max_tokens", "Max tokens", largest, least=1, most=largest)
        self._number("temperature", "Temperature", 1, least=0, most=2, step=0.1)
        self._number("top_p", "Top p", 1, least=0, most=1, step=0.05)
        self._number("top_k", "Top k", 50, least=-1)
        self._number("min_p", "Min p", 0, least=0, most=1, step=0.01)
        self._number("repetition_penalty", "Repetition penalty", 1, least=0.01, most=10, step=0.05)
        self._number("num_beams", "Beams", 1, least=1, most=settings.MAX_NUM_BEAMS)
        self._number("seed", "Seed", "a new one each time")
        self.options = tuple(self.fields)  # without the fields of a subclass
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"{name}-error"

    def groups(self) -> Iterable[tuple[forms.BoundField, bool, bool]]:
        """Yield (field, whether it fills a row, whether it needs a wordlist)."""
        for name in self.options:
            yield self[name], name in self.wide, name in self.of_list

    def _choose(self, name: str, label: str, default: str, pairs: list[tuple[str, str]]) -> None:
        self.fields[name] = forms.ChoiceField(
            label=label, required=False, choices=[("", default), *pairs]
        )

    def _number(
        self,
        name: str,
        label: str,
        default: float | str,
        *,
        least: float | None = None,
        most: float | None = None,
        step: float = 1,
    ) -> None:
        limits = {"min": least, "max": most, "step": step, "placeholder": default}
        attrs = {key: value for key, value in limits.items() if value is not None}
        attrs["inputmode"] = "numeric" if step == 1 else "decimal"
        self.fields[name] = forms.CharField(
            label=label, required=False, max_length=40, widget=forms.NumberInput(attrs=attrs)
        )
