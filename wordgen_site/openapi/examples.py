"""Examples for the fields and parameters of the OpenAPI description that contain no value.

They are found by name, because a name means the same everywhere. Where it does not, the key is
"Component.name", or "operationId.name" for a parameter. A field whose schema is another component
gets its examples there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from wordgen_site.openapi.report_examples import REPORT_EXAMPLES
from wordgen_site.openapi.wordlist_examples import WORDLIST_EXAMPLES

MOMENT = 1_767_225_600  # seconds since 1970
MOMENT_TEXT = "2026-01-01T00:00:00Z"
MISSING = object()  # None is an example
HAS_VALUE = ("examples", "example", "default", "enum", "const", "$ref")

EXAMPLES: dict[str, Any] = {
    # requests
    "model": "SmolLM2-135M-Instruct",
    "max_tokens": 60,
    "max_completion_tokens": 60,
    "max_new_tokens": 60,
    "n_predict": 60,
    "num_predict": 60,
    "stop": "\n\n",
    "seed": 5,
    "top_logprobs": 3,
    "best_of": 1,
    "CompletionRequest.logprobs": 2,
    "TextLogprobsBody.tokens": [" a"],
    "token_logprobs": [-0.25],
    "TextLogprobsBody.top_logprobs": [{" a": -0.25, " the": -1.5}],
    "text_offset": [0],
    "TextChoiceBody.text": " a cat.",
    "truncate": False,
    "vocab_lang": "es",
    "vocab_n_words": 1000,
    "vocab_allow_prompt_names": True,
    "vocab_allow_prompt_words": False,
    "vocab_numbers": "all",
    "vocab_punctuation": "plain",
    "vocab_case": "sentence",
    "vocab_hyphens": "listed",
    "vocab_brackets": "words",
    "vocab_units": "characters",
    "vocab_repeat_sentences": False,
    "dry_multiplier": 0.8,
    "dry_sequence_breakers": ["\n"],
    "vocab_reply_words": "60-80",
    "vocab_sentence_words": "-12",
    "vocab_tell_model": True,
    "thinking_token_budget": 200,
    "enable_thinking": True,
    "thinking": True,
    "include_reasoning": True,
    "reasoning_content": "The user asks about a dog.",
    "draft_tokens": 40,
    "told_model": True,
    "prompt": "The dog sees a cat.",
    "add_special_tokens": True,
    "name": "ana",
    "user": "class-7b",
    "safety_identifier": "3f2a9c",
    "store": False,
    "tools": [],
    "functions": [],
    "tool_call_id": "call_1",
    "tool_calls": [],
    "arguments": '{"city": "Lima"}',
    "ToolCall.id": "call_1",
    "service_tier": "auto",
    "prompt_cache_key": "lesson-7",
    "prompt_cache_retention": "24h",
    "parallel_tool_calls": False,
    "reasoning_effort": "low",
    "verbosity": "low",
    "continuous_usage_stats": False,
    "include_obfuscation": False,
    "annotations": [],
    "json_schema": None,
    "instructions": "Be brief.",
    "max_output_tokens": 60,
    "max_tool_calls": None,
    "ResponseRequest.max_tool_calls": 3,
    "effort": "low",
    "summary": None,
    "generate_summary": None,
    "mode": "standard",
    "context": "auto",
    "description": None,
    "schema": None,
    "strict": None,
    "custom_id": "dog",
    "after": "file-0123456789abcdef01234567",
    "file": "{}",
    "seconds": 86_400,
    "expires_after[seconds]": 86_400,
    # responses
    "AddedWordsBody.allowed": ["dragón"],
    "AddedWordsBody.names": ["Lucía"],
    "AddedWordsBody.prompt": [],
    "NamedListBody.name": "animals@2",
    "RequestWordsBody.lists": [{"name": "animals@2", "n_words": 200}],
    "RequestWordsBody.words": 0,
    "RequestWordsBody.allowed": 1,
    "RequestWordsBody.names": 1,
    "RequestWordsBody.banned": 0,
    "VocabReportBody.banned": [],
    "RequestWordsBody.prompt": [],
    "id": "batch_0123456789abcdef01234567",
    "TextCompletionBody.id": "cmpl-0123456789abcdef0123456789abcdef",
    "ChatCompletionBody.id": "chatcmpl-0123456789abcdef0123456789abcdef",
    "ResultBody.id": "chatcmpl-batch-batch_0123456789abcdef01234567-0",
    "FileBody.id": "file-0123456789abcdef01234567",
    "DeletedFileBody.id": "file-0123456789abcdef01234567",
    "ModelBody.id": "SmolLM2-135M-Instruct",
    "ResponseBody.id": "resp_0123456789abcdef0123456789abcdef",
    "OutputMessageBody.id": "msg_0123456789abcdef0123456789abcdef",
    "text": "The dog sees a cat.",
    "OutputTextBody.logprobs": [],
    "FailureBody.message": "The server had an error.",
    "ResponseBody.text": {"format": {"type": "text"}},
    "reasoning": {"effort": None, "summary": None},
    "background": False,
    "incomplete_details": None,
    "previous_response_id": None,
    "temperature": 1.0,
    "top_p": 1.0,
    "usage": None,
    "cache_write_tokens": 0,
    "prompt_truncated": False,
    "created": MOMENT,
    "created_at": MOMENT,
    "owned_by": "wordgen",
    "root": "SmolLM2-135M-Instruct",
    "parent": None,
    "allow_override": False,
    "default_parameters": {"temperature": 0.7},
    "max_model_len": 2560,
    "notes": [],
    "index": 0,
    "content": "The dog sees a cat.",
    "refusal": None,
    "logprobs": None,
    "prompt_tokens": 34,
    "completion_tokens": 26,
    "total_tokens": 60,
    "input_tokens": 34,
    "output_tokens": 26,
    "cached_tokens": 0,
    "reasoning_tokens": 0,
    "words": 53,
    "distinct_words": 24,
    "out_of_list": [],
    "no_words": False,
    "out_of_style": [],
    "word_parts": 0,
    "slug": "es",
    "revision": 1,
    "sha256": "961aa444" * 8,
    "n_words": 1000,
    "style": {"numbers": "all", "punctuation": "plain"},
    "count": 6,
    "tokens": [504, 2767],
    "token_strs": ["The", "Ġdog"],
    "message": "Accepted 2 prompts.",
    "ErrorDetailBody.message": "temperature: A valid number is required.",
    "LineErrorBody.message": "This line is not parseable as JSON.",
    "param": "temperature",
    "code": "invalid_type",
    "LineErrorBody.code": "invalid_json_line",
    "line": 2,
    "error": None,
    "ResultBody.error": {"message": "The job expired.", "code": "batch_expired"},
    # files and batches
    "job_id": "batch_0123456789abcdef01234567",
    "batch_id": "batch_0123456789abcdef01234567",
    "file_id": "file-0123456789abcdef01234567",
    "input_file_id": "file-0123456789abcdef01234567",
    "output_file_id": "file-123456789abcdef012345678",
    "error_file_id": "file-23456789abcdef0123456789",
    "first_id": "file-0123456789abcdef01234567",
    "last_id": "file-0123456789abcdef01234567",
    "has_more": False,
    "deleted": True,
    "filename": "batch.jsonl",
    "bytes": 487,
    "metadata": {"class": "7b"},
    "in_progress_at": MOMENT,
    "expires_at": MOMENT + 86_400,
    "JobBody.expires_at": MOMENT_TEXT,
    "finalizing_at": MOMENT,
    "completed_at": MOMENT,
    "failed_at": MOMENT,
    "expired_at": MOMENT,
    "cancelling_at": MOMENT,
    "cancelled_at": MOMENT,
    "submitted_at": MOMENT_TEXT,
    "started_at": MOMENT_TEXT,
    "finished_at": MOMENT_TEXT,
    "paused": False,
    "priority": 0,
    "parameters": {"vocab_lang": "es", "vocab_n_words": 1000, "max_tokens": 60},
    "warnings": [
        "temperature: The query string sets temperature, so the value in the file has no effect"
        " (1 item, file[0])."
    ],
    "runtimes": [{"model": "SmolLM2-135M-Instruct", "dtype": "float32"}],
    "total": 2,
    "completed": 1,
    "failed": 0,
    "cancelled": 0,
    "pending": 1,
    "items_per_minute": 12.5,
    "remaining_seconds": 5,
    **REPORT_EXAMPLES,
    **WORDLIST_EXAMPLES,
}


def lacks_value(schema: dict[str, Any]) -> bool:
    """True if the schema contains no value and no reference to a component."""
    return not any(f'"{key}":' in json.dumps(schema) for key in HAS_VALUE)


def with_examples(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Fill in the examples. drf-spectacular calls this hook."""
    for component, name, field in _fields(result):
        example = EXAMPLES.get(f"{component}.{name}", EXAMPLES.get(name, MISSING))
        if example is not MISSING and lacks_value(field):
            field["examples"] = [example]
    return result


def _fields(result: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for component, schema in result["components"]["schemas"].items():
        for name, field in schema.get("properties", {}).items():
            yield component, name, field
    for path in result["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                if not {"example", "examples"} & parameter.keys():
                    yield operation["operationId"], parameter["name"], parameter["schema"]
