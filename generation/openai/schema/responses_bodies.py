"""The response object and the events of its stream, for the OpenAPI description only."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from generation.openai.schema.report_bodies import VocabReportBody
from generation.openai.schema.response_schemas import Body, WordlistBody

NULL = "Always null."


class OutputTextBody(Body):
    type = serializers.ChoiceField(["output_text"], help_text="Always `output_text`.")
    text = serializers.CharField(
        allow_blank=True, help_text="The reply; with a list, only words of the list."
    )
    annotations = serializers.ListField(help_text="Always empty.")
    logprobs = serializers.ListField(
        child=serializers.DictField(),
        help_text="The log-probabilities of each token, if requested; empty otherwise.",
    )


class OutputMessageBody(Body):
    id = serializers.CharField(help_text="`msg_...`")
    type = serializers.ChoiceField(["message"], help_text="Always `message`.")
    status = serializers.ChoiceField(
        ["in_progress", "completed", "incomplete"], help_text="As the response's."
    )
    role = serializers.ChoiceField(["assistant"], help_text="Always `assistant`.")
    content = serializers.ListField(child=OutputTextBody(), help_text="One text.")


class FailureBody(Body):
    code = serializers.ChoiceField(
        ["server_error", "rate_limit_exceeded", "invalid_prompt"], help_text="The kind of error."
    )
    message = serializers.CharField(help_text="A sentence for people.")


class IncompleteBody(Body):
    reason = serializers.ChoiceField(["max_output_tokens"], help_text="What ended the reply.")


class InputTokensBody(Body):
    cached_tokens = serializers.IntegerField(
        min_value=0, help_text="Tokens that were copied from an earlier request."
    )
    cache_write_tokens = serializers.IntegerField(help_text="Always 0.")


class OutputTokensBody(Body):
    reasoning_tokens = serializers.IntegerField(help_text="Always 0.")


class ResponseUsageBody(Body):
    input_tokens = serializers.IntegerField(min_value=0, help_text="Tokens of the input.")
    input_tokens_details = InputTokensBody(help_text="Some of the tokens of the input.")
    output_tokens = serializers.IntegerField(min_value=0, help_text="Tokens of the reply.")
    output_tokens_details = OutputTokensBody(help_text="Some of the tokens of the reply.")
    total_tokens = serializers.IntegerField(min_value=0, help_text="The sum of both.")


class ResponseBody(Body):
    id = serializers.CharField(help_text="`resp_...`")
    object = serializers.ChoiceField(["response"], help_text="Always `response`.")
    created_at = serializers.IntegerField(help_text="Seconds since 1970.")
    status = serializers.ChoiceField(
        ["in_progress", "completed", "incomplete", "failed"],
        help_text="`incomplete` if the reply reached max_output_tokens. `in_progress` and `failed`"
        " occur in streams only.",
    )
    background = serializers.BooleanField(help_text="Always false.")
    completed_at = serializers.IntegerField(
        allow_null=True, help_text="Seconds since 1970, if the status is `completed`."
    )
    error = FailureBody(allow_null=True, help_text="Why it failed.")
    incomplete_details = IncompleteBody(allow_null=True, help_text="Why it is incomplete.")
    instructions = serializers.CharField(
        allow_null=True, allow_blank=True, help_text="The request's."
    )
    max_output_tokens = serializers.IntegerField(allow_null=True, help_text="The request's.")
    max_tool_calls = serializers.IntegerField(allow_null=True, help_text=NULL)
    metadata = serializers.DictField(
        child=serializers.CharField(allow_blank=True), help_text="The request's."
    )
    model = serializers.CharField(help_text="The model of the reply.")
    output = serializers.ListField(
        child=OutputMessageBody(), help_text="One message; none in a stream's first events."
    )
    parallel_tool_calls = serializers.BooleanField(help_text="Always false.")
    previous_response_id = serializers.CharField(allow_null=True, help_text=NULL)
    prompt_cache_key = serializers.CharField(
        allow_null=True, allow_blank=True, help_text="The request's."
    )
    reasoning = serializers.DictField(
        child=serializers.CharField(allow_null=True), help_text="No model here reasons."
    )
    safety_identifier = serializers.CharField(
        allow_null=True, allow_blank=True, help_text="The request's."
    )
    service_tier = serializers.ChoiceField(["default"], help_text="Always `default`.")
    store = serializers.BooleanField(help_text="Always false: nothing is stored.")
    temperature = serializers.FloatField(help_text="The temperature in force.")
    text = serializers.DictField(help_text="The format: text.")
    tool_choice = serializers.ChoiceField(["none"], help_text="Always `none`.")
    tools = serializers.ListField(help_text="Always empty.")
    top_logprobs = serializers.IntegerField(min_value=0, help_text="The request's.")
    top_p = serializers.FloatField(help_text="The top_p in force.")
    truncation = serializers.ChoiceField(
        ["auto", "disabled"], help_text="Whether a prompt that is too long is shortened."
    )
    usage = ResponseUsageBody(allow_null=True, help_text="Numbers of tokens of a finished reply.")
    user = serializers.CharField(allow_null=True, allow_blank=True, help_text="The request's.")
    prompt_truncated = serializers.BooleanField(
        required=False,
        help_text="Whether the earliest messages were dropped, because the prompt was too long. In"
        " a finished response.",
    )
    wordlist = WordlistBody(required=False, help_text="With `vocab_lang`: the list.")
    vocab_report = VocabReportBody(required=False, help_text="With `vocab_lang`: the report.")


STREAM = """\
event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_1",...}}

event: response.in_progress
data: {"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_1",...}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{...}}

event: response.content_part.added
data: {"type":"response.content_part.added","sequence_number":3,"item_id":"msg_1",\
"output_index":0,"content_index":0,"part":{"type":"output_text","text":"",...}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_1",\
"output_index":0,"content_index":0,"delta":"Once","logprobs":[]}

event: response.output_text.done
data: {"type":"response.output_text.done","sequence_number":5,...,"text":"Once","logprobs":[]}

event: response.content_part.done
data: {"type":"response.content_part.done","sequence_number":6,...}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":7,...}

event: response.completed
data: {"type":"response.completed","sequence_number":8,"response":{...,"usage":{...}}}

"""
EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["type", "sequence_number"],
    "properties": {
        "type": {
            "enum": [
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.completed",
                "response.incomplete",
                "response.failed",
                "error",
            ]
        },
        "sequence_number": {"type": "integer", "minimum": 0},
        "response": {"type": "object", "description": "The response object."},
        "item": {"type": "object", "description": "The message."},
        "part": {"type": "object", "description": "The text of the message."},
        "item_id": {"type": "string", "description": "The id of the message."},
        "output_index": {"const": 0},
        "content_index": {"const": 0},
        "delta": {"type": "string", "description": "A piece of the text."},
        "text": {"type": "string", "description": "The whole text."},
        "logprobs": {"type": "array", "description": "If they were requested."},
    },
}
# The schema of one event, in the form of later OpenAPI versions.
STREAM_SCHEMA = {
    "type": "object",
    "required": ["event", "data"],
    "properties": {
        "event": {"type": "string", "description": "The `type` of the data."},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": EVENT,
            "description": "An event of OpenAI's Responses API.",
        },
    },
    "description": "Server-sent events: created, in_progress, the message and its text are added,"
    " the text in pieces, both are done, and completed or incomplete with the whole response (and,"
    " with a list, `wordlist` and `vocab_report`). Comments (`: keep-alive`) may come at any time."
    " A failure after the first piece is an event `error`, then `response.failed`.",
}
