"""The tables of API keys and model aliases belong to this app. `generation` uses their models."""

from generation.aliases.model_alias import ModelAlias
from generation.auth.api_key import ApiKey

__all__ = ["ApiKey", "ModelAlias"]
