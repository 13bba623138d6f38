"""OpenAI's fields that have no effect here. Their types are checked, then they are ignored."""

from __future__ import annotations

from generation.openai.fields.field_types import (
    MAX_METADATA,
    MAX_METADATA_KEY,
    MAX_METADATA_VALUE,
    MetadataField,
    StrictBooleanField,
    StrictCharField,
)
from generation.openai.fields.strict_serializer import StrictSerializer

MAX_CHARS = 1000
MAX_IDENTIFIER = 64
IGNORED = "Accepted and ignored."


class IgnoredSerializer(StrictSerializer):
    user = StrictCharField(
        required=False, max_length=MAX_CHARS, help_text=f"Name of the end user. {IGNORED}"
    )
    safety_identifier = StrictCharField(
        required=False, max_length=MAX_IDENTIFIER, help_text=f"Hash of the end user. {IGNORED}"
    )
    metadata = MetadataField(
        required=False,
        help_text=f"Up to {MAX_METADATA} pairs of strings, keys of up to {MAX_METADATA_KEY} and"
        f" values of up to {MAX_METADATA_VALUE} characters. {IGNORED}",
    )
    store = StrictBooleanField(
        required=False, help_text=f"Whether to keep the answer. {IGNORED} Nothing is kept."
    )
    service_tier = StrictCharField(
        required=False, max_length=MAX_CHARS, help_text=f"A processing tier. {IGNORED}"
    )
    prompt_cache_key = StrictCharField(
        required=False,
        max_length=MAX_CHARS,
        help_text=f"Key of similar prompts. {IGNORED}",
    )
    prompt_cache_retention = StrictCharField(
        required=False, max_length=MAX_CHARS, help_text=f"How long prompts are cached. {IGNORED}"
    )
    parallel_tool_calls = StrictBooleanField(
        required=False, help_text=f"Whether tools may be called in parallel. {IGNORED}"
    )
    reasoning_effort = StrictCharField(
        required=False, max_length=MAX_CHARS, help_text=f"The effort of reasoning. {IGNORED}"
    )
    verbosity = StrictCharField(
        required=False, max_length=MAX_CHARS, help_text=f"The length of the reply. {IGNORED}"
    )
