"""The form of a new job: what the columns of its file mean, and the parameters of the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from batches.models.jobs import MAX_NAME_CHARS
from batches.prompt_files.items import Choices
from batches.prompt_files.prompt_file import PromptFile
from generation.playground.options_form import OptionsForm
from vocab.models import Wordlist

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NO_COLUMN = ""


class JobForm(OptionsForm):
    """file: What the draft has. user: Whose lists are offered."""

    def __init__(self, *args: Any, file: PromptFile, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._file = file
        header = file.first_row_seems_a_heading
        self.fields["name"] = forms.CharField(
            label="Name of the job", required=False, max_length=MAX_NAME_CHARS
        )
        lists = Wordlist.objects.offered_to(user).in_menu_order(user)
        self.fields["vocab_lang"] = forms.ChoiceField(
            label="Wordlist",
            required=False,
            choices=[
                *((each.slug, f"{each.title} ({each.slug})") for each in lists),
                ("", "No list: any word"),
            ],
        )
        self.fields["vocab_n_words"] = forms.CharField(
            label="First words",
            required=False,
            max_length=20,
            widget=forms.NumberInput(
                attrs={"min": 1, "placeholder": "all", "inputmode": "numeric"}
            ),
        )
        if file.width:
            self._add_columns(header)

    def _add_columns(self, header: bool) -> None:
        columns = [(str(index), name) for index, name in enumerate(self._file.names(header=header))]
        if self._file.headings is None:
            self.fields["header"] = forms.BooleanField(
                label="The first row has the names of the columns",
                required=False,
                initial=header,
            )
        self.fields["prompt_column"] = forms.ChoiceField(
            label="Column with the prompts",
            choices=columns,
            initial=str(self._file.suggested_prompt_column(header=header)),
        )
        if len(columns) > 1:
            suggested = self._file.suggested_id_column(header=header)
            self.fields["id_column"] = forms.ChoiceField(
                label="Column with your own ids",
                required=False,
                choices=[(NO_COLUMN, "none"), *columns],
                initial=NO_COLUMN if suggested is None else str(suggested),
            )

    @property
    def options_have_errors(self) -> bool:
        return any(name in self.errors for name in self.options)

    def choices(self) -> Choices:
        """Return what the form says of the file. The form must be valid."""
        cleaned = self.cleaned_data
        id_column = cleaned.get("id_column", NO_COLUMN)
        return Choices(
            header=cleaned.get("header", False),
            prompt_column=int(cleaned.get("prompt_column", 0)),
            id_column=None if id_column == NO_COLUMN else int(id_column),
            system=cleaned["system"],
        )

    def parameters(self) -> dict[str, str]:
        """Return the parameters as the query string of POST /v1/batch/jobs has them."""
        names = [name for name in self.options if name != "system"]
        if self.cleaned_data["vocab_lang"]:
            names += ["vocab_lang", "vocab_n_words"]
        else:
            names = [name for name in names if name not in self.of_list]
        return {name: value for name in names if (value := self.cleaned_data[name].strip())}
