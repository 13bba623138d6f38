"""Resolve the model that a request names, and bind the request to what that model binds.

All requests go through `resolve_request`, or through `CallerModels.resolve` if they have no
parameters, so that no path leads around the binding of an API key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.exceptions import ValidationError

from generation.aliases.binding import BOUND_PREFIX, Binding
from generation.aliases.model_alias import NAME, ModelAlias, served_names
from generation.auth.api_key import ApiKey
from generation.openai.errors import MAX_PATH_CHARS, ApiError
from generation.openai.fields.strict_serializer import StrictSerializer
from generation.openai.fields.vocab_fields import WIDENING
from vocab.revisions import WordlistNotFound, resolve

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_NAME = re.compile(NAME)

# Returns the revision that a reference to a wordlist means (es@3 for es), or None.
RevisionOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A validated request body, with what its model binds.

    fields: The validated fields without `model`.
    binding: What the model or the key binds, if anything.
    has_bound_list: Whether the list is the one that the binding has.
    """

    fields: dict[str, Any]
    binding: Binding | None = None
    has_bound_list: bool = False

    def list_chosen_by(self, user: User) -> User | None:
        """Return who must be allowed to use the list; None if an operator bound it in the admin.

        user: Who sent the request.
        """
        return None if self.has_bound_list else user

    @property
    def alias(self) -> str | None:
        return None if self.binding is None else self.binding.alias

    @property
    def bound_fields(self) -> dict[str, Any]:
        return {} if self.binding is None else self.binding.fields

    @property
    def model(self) -> str:
        """The `model` of the response."""
        name: str = self.alias or settings.SERVED_MODEL_NAME
        return name

    @property
    def parameters(self) -> dict[str, Any]:
        """The fields to store with a batch job: with `model` only if it is an alias."""
        return self.fields if self.alias is None else {**self.fields, "model": self.alias}


@dataclass(frozen=True, slots=True)
class CallerModels:
    """The models that one caller may name.

    bound: What the API key is bound to. None if it is not bound, and for users without a key.
    find: Returns the binding of the alias with a name, or None.
    """

    bound: Binding | None
    find: Callable[[str], Binding | None]
    revision_of: RevisionOf

    def resolve(self, name: str | None) -> Binding | None:
        """Return what a model binds; None for the served model. None names the served model.

        For a bound key, the served model means what the key is bound to. Raises ApiError: 404 for
        an unknown name, 403 for an alias that the key may not use.
        """
        bound = self.bound
        if name is None or (bound is not None and name in (*served_names(), bound.alias)):
            return bound
        # An alias goes before the served model, which may have got the same name later.
        binding = self.find(name)
        if binding is None and name not in served_names():
            raise _unknown_model(name)
        if (
            bound is not None
            and binding is not None
            and (bound.alias is not None or binding.slug != bound.slug)
        ):
            raise ApiError(
                403,
                f"This API key is bound to the {_bound_to(bound)}; it may not use {name!r}.",
                param="model",
                code="model_not_allowed",
            )
        return binding

    def check(self, binding: Binding, given: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
        """Raise ApiError (400) if the request replaces a field that it may not replace.

        given: The fields of the request itself, without nulls. fields: The same fields, validated.
        A smaller number of words is allowed, because it stays within the binding.
        """
        if binding.allow_override and self.bound is None:
            return
        for name in WIDENING:
            if name in given and fields.get(name) and name not in binding.fields:
                raise ApiError(
                    400,
                    f"{name}: {_owner(binding)} fixes the words of its list.",
                    param=name,
                    code="fixed_by_model",
                )
        for name, value in binding.fields.items():
            if not name.startswith(BOUND_PREFIX) or name not in given:
                continue
            if not self._within(name, fields[name], value):
                raise ApiError(
                    400,
                    f"{name}: {_owner(binding)} fixes it to {value!r}.",
                    param=name,
                    code="fixed_by_model",
                )

    def has_bound_list(self, binding: Binding, reference: str) -> bool:
        """Return whether a reference means the revision that the binding means."""
        return self._within("vocab_lang", reference, binding.fields["vocab_lang"])

    def _within(self, name: str, asked: Any, bound: Any) -> bool:
        if name == "vocab_n_words":
            return bool(asked <= bound)
        if name == "vocab_lang" and asked != bound:
            revision = self.revision_of(asked)
            return revision is not None and revision == self.revision_of(bound)
        return bool(asked == bound)


def resolve_request(serializer: StrictSerializer, body: Any, models: CallerModels) -> ModelRequest:
    """Validate a body, in which the fields that its model binds are filled in.

    serializer: It is not changed, so that it may validate many bodies.
    Raises ValidationError and ApiError. A default parameter that the serializer does not have is
    added to the validated fields, because other endpoints have it under another name or not at all.
    """
    given: dict[str, Any] = {}
    if isinstance(body, Mapping):
        given = {name: value for name, value in body.items() if value is not None}
    binding = models.resolve(_model_name(given))
    if binding is not None and isinstance(body, Mapping):
        replaced = {serializer.aliases.get(name, name) for name in given}
        known = {
            name: value
            for name, value in binding.fields.items()
            if name in serializer.fields and name not in replaced
        }
        body = {**known, **given}
    fields: dict[str, Any] = serializer.run_validation(body)
    fields.pop("model", None)
    return bind(fields, binding, models, given)


def bind(
    fields: dict[str, Any], binding: Binding | None, models: CallerModels, given: Mapping[str, Any]
) -> ModelRequest:
    """Add to validated fields those of the binding that they lack.

    given: The fields of the request itself, without nulls. Raises ApiError.
    """
    if binding is None:
        return ModelRequest(fields)
    models.check(binding, given, fields)
    fields = {**binding.fields, **fields}
    has_bound_list = models.has_bound_list(binding, fields["vocab_lang"]) and (
        fields.get("vocab_lists") == binding.fields.get("vocab_lists")
    )
    return ModelRequest(fields, binding, has_bound_list)


def _model_name(given: Mapping[str, Any]) -> str | None:
    name = given.get("model")
    if name is not None and not isinstance(name, str):
        raise ValidationError({"model": ["Not a valid string."]}, code="invalid")
    # The serializers trim it too, and refuse an empty one.
    return (name or "").strip() or None


# --- the caller of a request ----------------------------------------------------------------------


def models_of(key: ApiKey | None) -> CallerModels:
    """Return the models that a key may name now. key: None for a user of the playground."""
    return CallerModels(bound_of(key), _stored_alias, stored_revision)


def bound_of(key: ApiKey | None) -> Binding | None:
    if key is None:
        return None
    if key.alias is not None:
        return key.alias.binding
    if key.wordlist is not None:
        return Binding(None, {"vocab_lang": key.wordlist.slug})
    return None


def aliases_of(key: ApiKey | None) -> QuerySet[ModelAlias]:
    """Return the aliases that a key may use."""
    aliases = ModelAlias.objects.select_related("wordlist")
    if key is None:
        return aliases
    if key.alias_id is not None:
        return aliases.filter(pk=key.alias_id)
    if key.wordlist_id is not None:
        return aliases.filter(wordlist=key.wordlist_id)
    return aliases


def stored_revision(reference: str) -> str | None:
    """Return the name of the revision that a reference means now; None if there is none."""
    try:
        return resolve(reference, None).reference
    except WordlistNotFound:
        return None


def _stored_alias(name: str) -> Binding | None:
    if not _NAME.fullmatch(name):  # may be what a database cannot compare
        return None
    alias = ModelAlias.objects.select_related("wordlist").filter(name=name).first()
    return None if alias is None else alias.binding


# --- a batch, whose lines are read later ----------------------------------------------------------


def snapshot(key: ApiKey | None) -> dict[str, Any]:
    """Return as JSON what a key may name now. A batch stores the revisions of the lists itself."""
    bound = bound_of(key)
    return {
        "bound": None if bound is None else asdict(bound),
        "aliases": {alias.name: asdict(alias.binding) for alias in aliases_of(key)},
    }


def models_of_snapshot(stored: Mapping[str, Any], revision_of: RevisionOf) -> CallerModels:
    """Return the models of a snapshot; an empty one has no aliases.

    revision_of: Returns what a reference meant when the snapshot was made.
    """
    bound = stored.get("bound")
    aliases: Mapping[str, Any] = stored.get("aliases", {})

    def find(name: str) -> Binding | None:
        return Binding(**aliases[name]) if name in aliases else None

    return CallerModels(None if bound is None else Binding(**bound), find, revision_of)


def slugs_of_snapshot(stored: Mapping[str, Any]) -> set[str]:
    """Return the slugs of the lists that a snapshot binds."""
    bindings = [*stored["aliases"].values(), *([stored["bound"]] if stored["bound"] else [])]
    return {Binding(**each).slug for each in bindings}


# --- messages -------------------------------------------------------------------------------------


def _owner(binding: Binding) -> str:
    return "This API key" if binding.alias is None else f"The model {binding.alias!r}"


def _bound_to(bound: Binding) -> str:
    return f"list {bound.slug!r}" if bound.alias is None else f"model {bound.alias!r}"


def _unknown_model(name: str) -> ApiError:
    return ApiError(
        404,
        f"The model {name[:MAX_PATH_CHARS]!r} does not exist; this server has"
        f" {settings.SERVED_MODEL_NAME!r} and the aliases that GET /v1/models lists.",
        param="model",
        code="model_not_found",
    )
