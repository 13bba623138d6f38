"""`manage.py model_alias create NAME --list es`, `model_alias list`, `model_alias remove NAME`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import ProtectedError

from generation.aliases.model_alias import ModelAlias
from vocab.models import Wordlist


class Command(BaseCommand):
    help = "Create, list or remove model aliases: names of models that bind a wordlist."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="create an alias")
        create.add_argument("name", metavar="NAME", help="what requests send as model")
        create.add_argument(
            "--list", required=True, metavar="SLUG[@N]", help="such as es, or es@3 for a revision"
        )
        create.add_argument("--words", type=int, metavar="N", help="only the list's first words")
        create.add_argument(
            "--default",
            action="append",
            default=[],
            metavar="FIELD=VALUE",
            help="a request field, such as temperature=0.7; may be repeated",
        )
        create.add_argument(
            "--allow-override",
            action="store_true",
            help="requests may choose another list, more words and another style",
        )
        create.add_argument(
            "--replace", action="store_true", help="change the alias if it exists already"
        )
        actions.add_parser("list", help="list the aliases")
        remove = actions.add_parser("remove", help="remove an alias")
        remove.add_argument("name", metavar="NAME")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["action"]:
            case "create":
                self._create(options)
            case "list":
                for alias in ModelAlias.objects.select_related("wordlist"):
                    self._print(alias)
            case _:
                self._remove(options["name"])

    def _create(self, options: dict[str, Any]) -> None:
        name = options["name"]
        slug, at, number = options["list"].partition("@")
        if at and not number.isdecimal():
            raise CommandError(f"--list: {options['list']!r} is not a slug, or a slug@revision.")
        wordlist = Wordlist.objects.filter(slug=slug).first()
        if wordlist is None:
            raise CommandError(f"--list: There is no wordlist {slug!r}.")
        with transaction.atomic():
            alias = ModelAlias.objects.select_for_update().filter(name=name).first()
            if alias is not None and not options["replace"]:
                raise CommandError(f"The alias {name!r} exists. --replace changes it.")
            alias = alias or ModelAlias(name=name)
            alias.wordlist = wordlist
            alias.revision = int(number) if at else None
            alias.n_words = options["words"]
            alias.defaults = dict(_default(text) for text in options["default"])
            alias.allow_override = options["allow_override"]
            try:
                alias.full_clean()
            except ValidationError as error:
                raise CommandError("\n".join(_lines(error))) from error
            alias.save()
        self._print(alias)

    def _remove(self, name: str) -> None:
        try:
            deleted, _ = ModelAlias.objects.filter(name=name).delete()
        except ProtectedError as error:
            keys = ", ".join(sorted(map(str, error.protected_objects)))
            raise CommandError(
                f"The alias {name!r} is still used by these API keys: {keys}"
            ) from error
        if not deleted:
            raise CommandError(f"There is no alias {name!r}.")
        self.stdout.write(f"{name} was removed.")

    def _print(self, alias: ModelAlias) -> None:
        fields = " ".join(f"{name}={value}" for name, value in alias.binding.fields.items())
        override = " (requests may override)" if alias.allow_override else ""
        self.stdout.write(f"{alias.name}  {fields}{override}")


def _default(text: str) -> tuple[str, Any]:
    """Return the name and the value of `FIELD=VALUE`. A value that is not JSON is a string."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise CommandError(f"--default: {text!r} is not FIELD=VALUE, such as temperature=0.7.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _lines(error: ValidationError) -> list[str]:
    return [f"{field}: {text}" for field, texts in error.message_dict.items() for text in texts]
